package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func testHost(t *testing.T) ci.Host {
	t.Helper()
	command := &Command{LookupEnv: os.LookupEnv, Environ: func() []string { return []string{"WORD=given"} }}
	return command.newStderrRunner(t.Context(), ci.Generic()).host
}

func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	sandboxtest.WriteProgram(t, path, []byte("#!/bin/sh\n"+text))
	return path
}

func TestHostRun(t *testing.T) {
	t.Parallel()
	output, err := testHost(t).Run(t.Context(), program(t, `printf '%s %s' "$WORD" "$2"`), "first", "it's $(second)")
	if err != nil || string(output) != "given it's $(second)" {
		t.Errorf("got %q, error %v", output, err)
	}
}

func TestHostRunFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"refused", "echo the-secret; printf 'no\\n::warning::x' >&2; exit 3", "exit status 3: no : :warning: :x"},
		{"endless", "while :; do printf 0123456789abcdef0123456789abcdef0123456789abcdef; done | head -c 70000", "more than 65536 bytes of output"},
		{"a long complaint", "head -c 70000 /dev/zero | tr '\\0' x >&2; exit 1", "exit status 1: xxx"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			output, err := testHost(t).Run(t.Context(), program(t, test.text))
			if err == nil || output != nil || !strings.Contains(err.Error(), test.want) || len(err.Error()) > 600 {
				t.Errorf("got %q, error %v", output, err)
			}
			if err != nil && strings.Contains(err.Error(), "the-secret") {
				t.Errorf("the error shows the output: %v", err)
			}
		})
	}
	var problem *ci.ProblemError
	if _, err := testHost(t).Run(t.Context(), "no-such-program-of-a-ci"); !errors.As(err, &problem) {
		t.Errorf("got %v", err)
	}
}

func TestHostRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("told to end")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, cause)
	defer cancel()
	start := time.Now()
	// Its child keeps the pipe open.
	_, err := testHost(t).Run(ctx, program(t, "sleep 30 & sleep 30"))
	if !errors.Is(err, cause) || time.Since(start) > 10*time.Second {
		t.Errorf("got %v after %s", err, time.Since(start))
	}
}

func TestHostLocal(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "job.sock")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, r.Host) //nolint:gosec // a test server on loopback
	})
	overSocket := httptest.NewUnstartedServer(handler)
	_ = overSocket.Listener.Close()
	overSocket.Listener = listener
	overSocket.Start()
	t.Cleanup(overSocket.Close)
	overTCP := httptest.NewServer(handler)
	t.Cleanup(overTCP.Close)

	for _, test := range []struct{ socket, url, want string }{
		{socket, "http://job/", "job"}, {socket, "http://job/away", "302 a redirect"},
		{"", overTCP.URL + "/", strings.TrimPrefix(overTCP.URL, "http://")},
	} {
		target, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		client := testHost(t).Local(test.socket)
		answer, err := client.Send(t.Context(), httpapi.Call{Op: "asking", Method: http.MethodGet, URL: target})
		client.Close()
		if got := fmt.Sprintf("%s%v", answer.Body, err); !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q", test.url, got)
		}
	}
}
