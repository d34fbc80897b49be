package limit

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// The bounds on reading.
const (
	ReadingTime = time.Minute // a file, a pipe or standard input
)

// ReadFile reads a file to its end, as ReadWithin does.
func ReadFile(ctx context.Context, path string, limit int64, name string) ([]byte, error) {
	open := func() (io.ReadCloser, error) { return os.Open(path) } //nolint:gosec // which file is the caller's affair
	return ReadWithin(ctx, open, limit, name)
}

// ReadWithin reads what open gives to its end, as ReadAll does, and closes it. A pipe that nobody writes to would hold the
// program: when ctx ends, and after a minute anyway, it returns the cause, and leaves the reading behind, which ends with
// the process.
func ReadWithin(ctx context.Context, open func() (io.ReadCloser, error), limit int64, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, ReadingTime, fmt.Errorf("nothing came within %s (limit of reading)", ReadingTime))
	defer cancel()
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		stream, err := open()
		if err != nil {
			read <- result{err: err}
			return
		}
		defer stream.Close()
		data, err := ReadAll(stream, limit, name)
		read <- result{data, err}
	}()
	select {
	case r := <-read:
		return r.data, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
