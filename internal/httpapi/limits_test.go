package httpapi_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
)

func TestReadAll_FailsPastTheLimit(t *testing.T) {
	t.Parallel()
	if data, err := httpapi.ReadAll(strings.NewReader("12345"), 5, "answer"); err != nil || string(data) != "12345" {
		t.Errorf("at the limit: %q, %v", data, err)
	}
	data, err := httpapi.ReadAll(strings.NewReader("123456"), 5, "answer")
	if data != nil || err == nil || err.Error() != "more than 5 bytes (limit answer)" {
		t.Errorf("past the limit: %q, %v", data, err)
	}
	if data, err := httpapi.ReadAll(io.MultiReader(strings.NewReader("x"), endless{err: io.ErrUnexpectedEOF}), 5, "answer"); string(data) != "x" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("broken: %q, %v", data, err)
	}
}

// endless gives zeros, or an error.
type endless struct{ err error }

func (e endless) Read(data []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	return len(data), nil
}

func TestReadAll_StopsReadingAtTheLimit(t *testing.T) {
	t.Parallel()
	if _, err := httpapi.ReadAll(endless{}, 1<<20, "answer"); err == nil || !strings.Contains(err.Error(), "(limit answer)") {
		t.Errorf("a stream without end: %v", err)
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := httpapi.ReadFile(t.Context(), path, 5, "token"); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if data, err := httpapi.ReadFile(t.Context(), path, 4, "token"); data != nil || err == nil || !strings.Contains(err.Error(), "limit token") {
		t.Errorf("past the limit: %q, %v", data, err)
	}
	if _, err := httpapi.ReadFile(t.Context(), path+".none", 5, "token"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}

// stream counts how often it is closed.
type stream struct {
	io.Reader
	closed chan struct{}
}

func (s stream) Close() error { close(s.closed); return nil }

func TestReadStream_ClosesWhatItRead(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{})
	open := func() (io.ReadCloser, error) { return stream{strings.NewReader("x"), closed}, nil }
	if data, err := httpapi.ReadStream(t.Context(), open, 5, "token"); err != nil || string(data) != "x" {
		t.Errorf("%q, %v", data, err)
	}
	<-closed
}

// Nobody writes to the pipe. The test ends it, so that the reading that was left behind ends too.
func TestReadStream_IsBounded(t *testing.T) {
	t.Parallel()
	stopped := errors.New("told to stop")
	for name, test := range map[string]struct {
		cancel time.Duration // 0 for never
		took   time.Duration
		want   string
	}{
		"by a minute": {0, time.Minute, "nothing came within 1m0s (limit of reading)"},
		"by ctx":      {3 * time.Second, 3 * time.Second, stopped.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				reader, writer := io.Pipe()
				defer func() { _ = writer.Close() }()
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				if test.cancel > 0 {
					time.AfterFunc(test.cancel, func() { cancel(stopped) })
				}
				started := time.Now()
				data, err := httpapi.ReadStream(ctx, func() (io.ReadCloser, error) { return reader, nil }, 5, "token")
				if data != nil || err == nil || err.Error() != test.want || time.Since(started) != test.took {
					t.Errorf("after %s: %q, %v", time.Since(started), data, err)
				}
			})
		})
	}
}

func TestReadStream_IsBoundedWhileOpening(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opened := make(chan struct{})
		defer close(opened)
		_, err := httpapi.ReadStream(t.Context(), func() (io.ReadCloser, error) { <-opened; return nil, io.EOF }, 5, "token")
		if err == nil || !strings.Contains(err.Error(), "limit of reading") {
			t.Errorf("a pipe that nobody opens for writing: %v", err)
		}
	})
}
