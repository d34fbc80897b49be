package ci_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/ci"
)

func makePipe(t testing.TB, path string) {
	t.Helper()
	must(t, syscall.Mkfifo(path, 0o600))
}

// TestCheck_FileOfAnotherUser is a container whose user isn't the runner's: userns-remap, rootless Docker, --user.
func TestCheck_FileOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can play another user")
	}
	t.Parallel()
	const owner = 1001
	for _, test := range []struct {
		system   ci.System
		variable string
		hidden   bool // the directory too is closed to the process
	}{
		{ci.GitHub(), "GITHUB_OUTPUT", false}, {ci.GitHub(), "GITHUB_OUTPUT", true}, {ci.GitLab(), "GITLAB_ENV", false},
		{ci.CircleCI(), "BASH_ENV", false}, {ci.Jenkins(), "WORKSPACE_TMP", false},
	} {
		t.Run(fmt.Sprintf("%s %v", test.variable, test.hidden), func(t *testing.T) {
			t.Parallel()
			directory, err := os.MkdirTemp("", "owner-") //nolint:usetesting // t.TempDir lies in a directory that is closed to others
			must(t, err)
			t.Cleanup(func() { _ = os.RemoveAll(directory) })
			path := filepath.Join(directory, "file")
			must(t, os.WriteFile(path, nil, 0o600))
			must(t, os.Chown(path, owner, owner))
			must(t, os.Chown(directory, owner, owner))
			mode := os.FileMode(0o755)
			if test.hidden {
				mode = 0o700
			}
			must(t, os.Chmod(directory, mode))
			if test.variable == "WORKSPACE_TMP" {
				path = directory
			}
			host := ci.Host{Env: lookup(map[string]string{test.variable: path})}
			var problem *ci.ProblemError
			asUser(t, 65534, func() { err = test.system.Check(host, ci.Uses{Export: true}) })
			if !errors.As(err, &problem) {
				t.Fatalf("got %v", err)
			}
			for _, want := range []string{"uid 0", fmt.Sprintf("uid %d", owner), path} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v doesn't name %s", err, want)
				}
			}
			if !strings.Contains(problem.Hint(), "userns-remap") {
				t.Errorf("hint %q", problem.Hint())
			}
		})
	}
}

// TestIDToken_EventIsAPipe: nobody writes to it, and the job isn't held up.
func TestIDToken_EventIsAPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "event.json")
	makePipe(t, path)
	w := newWorld(t, map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": path})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := ci.GitHub().IDToken(ctx, w.host, ""); err == nil || ctx.Err() != nil {
		t.Errorf("got %v, %v", err, ctx.Err())
	}
}

// asUser runs act with the file rights of another user, for which root needs no other process.
func asUser(t testing.TB, uid int, act func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with this function
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0); errno != 0 {
			done <- errno
			return
		}
		act()
	}()
	must(t, <-done)
}

// TestExport_FileSwapped puts something else where a file was, between the check before the mint and the write after it.
func TestExport_FileSwapped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		system   ci.System
		variable string
	}{{ci.GitHub(), "GITHUB_OUTPUT"}, {ci.GitLab(), "GITLAB_ENV"}, {ci.CircleCI(), "BASH_ENV"}} {
		for name, swap := range map[string]func(t *testing.T, path, elsewhere string){
			"a link":      func(t *testing.T, path, elsewhere string) { must(t, os.Symlink(elsewhere, path)) },
			"a pipe":      func(t *testing.T, path, _ string) { makePipe(t, path) },
			"a directory": func(t *testing.T, path, _ string) { must(t, os.Mkdir(path, 0o700)) },
		} {
			t.Run(test.variable+" "+name, func(t *testing.T) {
				t.Parallel()
				path, elsewhere := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "elsewhere")
				must(t, os.WriteFile(path, nil, 0o600))
				must(t, os.WriteFile(elsewhere, nil, 0o600))
				host := ci.Host{Out: &strings.Builder{}, Env: lookup(map[string]string{test.variable: path})}
				must(t, test.system.Check(host, ci.Uses{Export: true}))
				must(t, os.Remove(path))
				swap(t, path, elsewhere)
				if err := test.system.Export(host, outputs()); err == nil || strings.Contains(err.Error(), secret().Reveal()) {
					t.Errorf("got %v", err)
				}
				if content, err := os.ReadFile(elsewhere); err != nil || len(content) > 0 {
					t.Errorf("%d bytes went elsewhere, %v", len(content), err)
				}
			})
		}
	}
}

// TestExport_FileSwappedWhileWriting swaps GitHub's file at the moment when the library opens it by its name. What was
// written before can't be taken back, but it is told, and the token is revoked then.
func TestExport_FileSwappedWhileWriting(t *testing.T) {
	t.Parallel()
	for at := 2; at <= 3; at++ { // the first look-up is ours, the second and the third are the library's
		dir := t.TempDir()
		path, elsewhere := filepath.Join(dir, "file"), filepath.Join(dir, "elsewhere")
		must(t, os.WriteFile(path, nil, 0o600))
		must(t, os.WriteFile(elsewhere, nil, 0o600))
		seen := 0
		host := ci.Host{Out: &strings.Builder{}, Env: func(string) string {
			if seen++; seen == at {
				must(t, os.Remove(path))
				must(t, os.Symlink(elsewhere, path))
			}
			return path
		}}
		err := ci.GitHub().Export(host, []ci.Output{{Name: "url", Value: "x"}, {Name: "username", Value: "y"}, {Name: "access-token", Value: "hidden"}})
		if err == nil || !strings.Contains(err.Error(), "replaced") {
			t.Errorf("swapped at look-up %d: got %v", at, err)
		}
		if content, err := os.ReadFile(elsewhere); err != nil || strings.Contains(string(content), "hidden") {
			t.Errorf("swapped at look-up %d: the next values went elsewhere too: %q, %v", at, content, err)
		}
	}
}
