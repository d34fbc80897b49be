package native

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/test/ghrunner"
)

// preload makes node run a module before the script.
func (j *job) preload(source string) {
	j.tb.Helper()
	file := filepath.Join(j.tb.TempDir(), "preload.mjs")
	write(j.tb, file, []byte(source))
	address := "file:///" + strings.TrimPrefix(filepath.ToSlash(file), "/")
	j.env = append(j.env, ghrunner.Pair{Name: "NODE_OPTIONS", Value: "--import=" + address})
}

// hurry makes the script's waits 30 times shorter.
func (j *job) hurry() {
	j.preload("const real = setTimeout; globalThis.setTimeout = (act, wait, ...more) => real(act, wait / 30, ...more)")
}

// refused runs the main step, which must end with one error of cause and hint, having run nothing and left nothing.
func (j *job) refused(t *testing.T, parts ...string) result {
	t.Helper()
	main := j.step("main")
	errors := main.errors()
	if main.status != 1 || len(errors) != 1 {
		t.Fatalf("exit status %d, %d errors\n%s", main.status, len(errors), main.log)
	}
	t.Log(errors[0])
	cause, hint, hinted := strings.Cut(errors[0], "\nhint: ")
	if !hinted || cause == "" || hint == "" || strings.Contains(hint, "\n") {
		t.Errorf("not cause and hint: %q", errors[0])
	}
	wants(t, errors[0], parts...)
	if len(j.box.Server.Requests()) > 0 || len(j.left()) > 0 {
		t.Errorf("something was run or left: %v", j.left())
	}
	wants(t, j.step("post").ok(t).log, "nothing to revoke: the main step ran no binary")
	return main
}

func quoted(text string) string {
	out, _ := json.Marshal(text) // a string can't fail
	return string(out)
}

// await waits until a condition holds.
func await(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("no %s within a minute", what)
		}
	}
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

// Write appends p.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept.Write(p)
}

func (b *buffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept.String()
}

func wants(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			tb.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}
