// Package httpapi is the program's one way to speak HTTP: a client with every bound set, one call, one error type and one
// retry policy, for JFrog and for the services of CI systems.
//
// Everything is bounded. Going past a bound is an error that names the bound as "limit NAME", never a silent cut.
package httpapi

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// Bounds on what comes from outside, in bytes.
const (
	MaxBody    = 1 << 20   // an HTTP answer's body
	MaxHeaders = 64 << 10  // an HTTP answer's headers
	MaxToken   = 64 << 10  // one token, of whatever kind
	MaxFile    = 1 << 20   // a file named by an input: CA certificates, ID token, jf's configuration
	MaxState   = 120 << 10 // the saved state; it comes back as one variable, and Linux starts no program with one of 128 KiB
	MaxMessage = 2 << 10   // words of a server that are shown
)

// maxReadTime bounds the wait for a file, a pipe or standard input.
const maxReadTime = time.Minute

// ReadAll reads r to its end. It fails when there are more than limit bytes, with an error that names the limit; what
// was read is then not returned. What came before another error is.
func ReadAll(r io.Reader, limit int64, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("more than %d bytes (limit %s)", limit, name)
	}
	return data, err
}

// ReadFile reads a file to its end, as ReadStream does.
func ReadFile(ctx context.Context, path string, limit int64, name string) ([]byte, error) {
	open := func() (io.ReadCloser, error) { return os.Open(path) } //nolint:gosec // which file is the caller's decision
	return ReadStream(ctx, open, limit, name)
}

// ReadStream reads what open gives to its end, as ReadAll does, and closes it. A pipe that nobody writes to would block
// the program: when ctx ends, and after a minute anyway, it returns the cause and leaves the blocked read behind in a
// goroutine that ends with the process.
func ReadStream(ctx context.Context, open func() (io.ReadCloser, error), limit int64, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxReadTime, fmt.Errorf("nothing came within %s (limit of reading)", maxReadTime))
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
		if err != nil {
			data = nil
		}
		read <- result{data, err}
	}()
	select {
	case r := <-read:
		return r.data, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
