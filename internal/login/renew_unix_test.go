//go:build unix

package login_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// A renewal keeps all of a file or says that it can't, and then no file has the next token.
func TestLogin_RenewsNoFileThatItCannotRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		replace func(path string) error
		want    string
	}{
		"a pipe":    {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "it is no regular file"},
		"a folder":  {func(path string) error { return os.Mkdir(path, 0o700) }, "it is no regular file"},
		"a link":    {func(path string) error { return os.Symlink("/etc/hostname", path) }, "it is no regular file"},
		"too large": {func(path string) error { return os.WriteFile(path, make([]byte, 2<<20+1), 0o600) }, "it has more than 2 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newJob(t).logIn(t, "npm, docker")
			second := filepath.Join(l.Folder(), "docker", "config.json")
			if err := errors.Join(os.Remove(second), test.replace(second)); err != nil {
				t.Fatal(err)
			}
			before, err := os.Lstat(second)
			if err != nil {
				t.Fatal(err)
			}
			err = l.Write("ci-bot", redact.NewSecret("TOKEN-2"))
			if err == nil || !strings.Contains(err.Error(), "writing docker/config.json: "+test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if after, err := os.Lstat(second); err != nil || after.Mode() != before.Mode() || after.Size() != before.Size() {
				t.Errorf("it is %v now, %v", after, err)
			}
			if first := read(t, filepath.Join(l.Folder(), "npmrc")); !strings.Contains(first, "TOKEN-1") || strings.Contains(first, "TOKEN-2") {
				t.Errorf("npmrc has %q", first)
			}
		})
	}
}

// The user's own file may have 1 MiB; the login's lines come on top of it, and a client's.
func TestLogin_RenewsAllOfALargeFile(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.own(t, ".npmrc", strings.Repeat("x", 1<<20))
	l := j.logIn(t, "npm")
	path := filepath.Join(l.Folder(), "npmrc")
	want := strings.ReplaceAll(read(t, path), "TOKEN-1", "TOKEN-2")
	if err := l.Write("ci-bot", redact.NewSecret("TOKEN-2")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != want {
		t.Errorf("%d bytes, want %d, which end in %q", len(got), len(want), want[len(want)-60:])
	}
	j.own(t, ".curlrc", strings.Repeat("x", 1<<20+1))
	if _, err := login.New("curl", j.host()); err == nil || !strings.Contains(err.Error(), "it has more than 1 MiB") {
		t.Errorf("one byte too many: got %v", err)
	}
}
