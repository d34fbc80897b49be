package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// execCommand is the command with signals that a test sends, in the surroundings of no CI.
func execCommand(t *testing.T, s *sandboxtest.Sandbox, stderr *bytes.Buffer) (c *cli.Command, signals func() chan<- os.Signal) {
	t.Helper()
	env := map[string]string{"JF_URL": s.URL, "JF_ACCESS_TOKEN": s.AdminToken, "PATH": os.Getenv("PATH"), "RUNNER_TEMP": t.TempDir()}
	subscribed := make(chan chan<- os.Signal, 1)
	return &cli.Command{
		Stdin: strings.NewReader(""), Stdout: new(bytes.Buffer), Stderr: stderr,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		Environ:   func() []string { return []string{"PATH=" + env["PATH"]} },
		Proxy:     func(*http.Request) (*url.URL, error) { return nil, nil },
		Subscribe: func(c chan<- os.Signal, list ...os.Signal) {
			if len(list) > 1 {
				subscribed <- c
			}
		},
		Unsubscribe: func(chan<- os.Signal) {},
	}, func() chan<- os.Signal { return <-subscribed }
}

// awaitFile returns when a file is there.
func awaitFile(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Lstat(path); err == nil {
			return
		}
		if time.Now().After(end) {
			t.Errorf("%s: not there within 20 s", path)
			return
		}
	}
}

// The end of the context means the end of the job, whoever ended it; the signal that ended it counts once.
func TestExec_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		signal os.Signal
		want   int
	}{
		"without_a_signal": {nil, 128 + int(syscall.SIGTERM)},
		"with_the_signal":  {syscall.SIGINT, 128 + int(syscall.SIGINT)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, stderr, ready := sandboxtest.Start(t), new(bytes.Buffer), filepath.Join(t.TempDir(), "ready")
			c, signals := execCommand(t, s, stderr)
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				awaitFile(t, ready)
				if tt.signal != nil {
					signals() <- tt.signal
				}
				cancel(errors.New("the end"))
			}()
			status := c.Main(ctx, []string{"frogmint", "exec", "--groups", "CI", "--", "sh", "-c", "touch " + ready + "; exec sleep 30"})
			if status != tt.want {
				t.Errorf("exit status %d, want %d\n%s", status, tt.want, stderr)
			}
			if tokens := s.Server.LiveTokens(); len(tokens) > 0 {
				t.Errorf("alive: %+v", tokens)
			}
		})
	}
}

// A context that has ended before exec began costs no token.
func TestExec_AfterItsContext(t *testing.T) {
	t.Parallel()
	s, stderr := sandboxtest.Start(t), new(bytes.Buffer)
	c, _ := execCommand(t, s, stderr)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	status := c.Main(ctx, []string{"frogmint", "exec", "--groups", "CI", "--", "sleep", "30"})
	if status != 128+int(syscall.SIGTERM) {
		t.Errorf("exit status %d\n%s", status, stderr)
	}
	if tokens := s.Server.LiveTokens(); len(tokens) > 0 {
		t.Errorf("alive: %+v", tokens)
	}
}
