//go:build unix

package process

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	sandboxtest.WriteProgram(t, path, []byte("#!/bin/sh\n"+text))
	return path
}

func TestOutput_GivesEnvironmentAndArgumentsAsTheyAre(t *testing.T) {
	t.Parallel()
	output, err := Output(t.Context(), []string{"WORD=value"}, program(t, `printf '%s %s' "$WORD" "$2"`), "first", "it's $(second)")
	if err != nil || string(output) != "value it's $(second)" {
		t.Errorf("got %q, error %v", output, err)
	}
}

func TestOutput_FailsWithinItsBounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"refused", "echo the-secret; printf 'no\\n::warning::x' >&2; exit 3", "exit status 3: no : :warning: :x"},
		{"endless", "while :; do printf 0123456789abcdef0123456789abcdef0123456789abcdef; done | head -c 70000", "limit of a command's output"},
		{"long standard error", "head -c 70000 /dev/zero | tr '\\0' x >&2; exit 1", "exit status 1: xxx"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			output, err := Output(t.Context(), os.Environ(), program(t, test.text))
			if err == nil || output != nil || !strings.Contains(err.Error(), test.want) || len(err.Error()) > 600 {
				t.Errorf("got %q, error %v", output, err)
			}
			if err != nil && strings.Contains(err.Error(), "the-secret") {
				t.Errorf("the error shows the output: %v", err)
			}
		})
	}
}

func TestOutput_TellsAMissingCommand(t *testing.T) {
	t.Parallel()
	if _, err := Output(t.Context(), nil, "no-such-program-of-a-ci"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := Output(t.Context(), nil, program(t, "exit 127")); err == nil || errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestOutput_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("told to end")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, cause)
	defer cancel()
	start := time.Now()
	// Its child keeps the pipe open.
	_, err := Output(ctx, os.Environ(), program(t, "sleep 30 & sleep 30"))
	if !errors.Is(err, cause) || time.Since(start) > 10*time.Second {
		t.Errorf("got %v after %s", err, time.Since(start))
	}
	if _, err := Output(ctx, nil, program(t, "true")); !errors.Is(err, cause) {
		t.Errorf("after its context: got %v", err)
	}
}
