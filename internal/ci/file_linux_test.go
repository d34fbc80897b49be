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

// TestCheck_OtherFileProblems: where no other user has to do with it, the hint is about the variable.
func TestCheck_OtherFileProblems(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can play another user")
	}
	t.Parallel()
	directory, err := os.MkdirTemp("", "owner-") //nolint:usetesting // t.TempDir lies in a directory that is closed to others
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	must(t, os.Chmod(directory, 0o755)) //nolint:gosec // as open as a runner's own directory
	own, theirs := filepath.Join(directory, "own"), filepath.Join(directory, "theirs")
	must(t, os.WriteFile(own, nil, 0o600))
	must(t, os.Mkdir(theirs, 0o755)) //nolint:gosec // likewise
	must(t, os.Chown(theirs, 1001, 1001))
	for _, path := range []string{own, filepath.Join(theirs, "none")} {
		host := ci.Host{Env: lookup(map[string]string{"GITHUB_OUTPUT": path})}
		asUser(t, 65534, func() { err = ci.GitHub().Check(host, ci.Uses{Export: true}) })
		if err == nil || strings.Contains(err.Error(), "uid") || !strings.Contains(hint(err), "step of the workflow") {
			t.Errorf("%s: got %v, hint %q", path, err, hint(err))
		}
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

// TestOpenSeen_FileSwapped puts something else where a file is, after the look and before the opening.
func TestOpenSeen_FileSwapped(t *testing.T) {
	t.Parallel()
	for name, swap := range map[string]func(path, elsewhere string){
		"nothing":      func(string, string) {},
		"a link":       func(path, elsewhere string) { must(t, os.Symlink(elsewhere, path)) },
		"a pipe":       func(path, _ string) { makePipe(t, path) },
		"another file": func(path, elsewhere string) { must(t, os.Rename(elsewhere, path)) },
	} {
		for _, access := range []int{os.O_WRONLY, os.O_RDWR, os.O_RDONLY} {
			dir := t.TempDir()
			path, elsewhere := filepath.Join(dir, "file"), filepath.Join(dir, "elsewhere")
			must(t, os.WriteFile(path, nil, 0o600))
			must(t, os.WriteFile(elsewhere, nil, 0o600))
			seen, err := os.Lstat(path)
			must(t, err)
			if name != "nothing" {
				must(t, os.Rename(path, filepath.Join(dir, "kept"))) // so that no other file gets its inode
				swap(path, elsewhere)
			}
			file, err := ci.OpenSeen(path, seen, access)
			if (err == nil) != (name == "nothing") {
				t.Errorf("%s, access %d: %v", name, access, err)
			}
			if err == nil {
				must(t, file.Close())
			}
		}
	}
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
	for at := 2; at <= 4; at++ { // the first look-up is ours, the others are the library's, one for each value
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
		if content, err := os.ReadFile(elsewhere); err != nil || strings.Contains(string(content), "hidden") && at < 4 {
			t.Errorf("swapped at look-up %d: the next values went elsewhere too: %q, %v", at, content, err)
		}
	}
}
