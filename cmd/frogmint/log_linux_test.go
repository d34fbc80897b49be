package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// A log that can't be written must not cost more than itself.

// logged starts a command whose standard error is a pipe, and returns the end that is to be read.
func logged(t *testing.T, s *sandboxtest.Sandbox, env []string, argv ...string) (r *running, log *os.File) {
	t.Helper()
	log, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r, err = startWith(func(c *exec.Cmd) { c.Stderr = write }, t.TempDir(), append(admin.environment(s), env...), argv...)
	_ = write.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.end()
		_ = log.Close()
	})
	return r, log
}

// A runner that dies closes the log, and its shell is killed. What frogmint then says on its way to revoke the token goes
// nowhere, in each CI's form.
func testLogClosed(t *testing.T, binary string) {
	for _, system := range []string{"github", "forgejo", "gitea", "gitlab", "azure", "teamcity"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			s := sandboxtest.Start(t)
			r, log := logged(t, s, []string{"FROGMINT_CI=" + system}, "sh", "-c",
				binary+` exec --groups CI -- sh -c 'echo $$ >pid; exec sleep 30'; true`)
			child, err := number(filepath.Join(r.dir, "pid"))
			if err != nil {
				t.Fatal(err)
			}
			pid, err := r.frogmint()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.end(pid, child) })
			if len(minted(s.Server)) != 1 {
				t.Fatalf("live tokens: %+v", s.Server.LiveTokens())
			}
			_ = log.Close()
			r.end() // the shell only
			if err := await("the end of frogmint", within, func() bool { return gone(pid) }); err != nil {
				t.Error(err)
			}
			if tokens := minted(s.Server); len(tokens) > 0 {
				t.Errorf("alive: %+v", tokens)
			}
		})
	}
}

// actionStep runs one of the action's steps with files of the runner in a folder, and standard output on a device or file.
func actionStep(t *testing.T, s *sandboxtest.Sandbox, binary, name, dir, out string, env ...string) *running {
	t.Helper()
	program := filepath.Join(dir, name)
	if err := os.Symlink(binary, program); err != nil {
		t.Fatal(err)
	}
	stdout, err := os.OpenFile(out, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close() //nolint:errcheck // the command has it
	env = append(admin.environment(s), append(env, "GITHUB_ACTIONS=true", "INPUT_GROUPS=CI")...)
	for _, file := range []string{"GITHUB_STATE", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		env = append(env, file+"="+filepath.Join(dir, file))
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := startWith(func(c *exec.Cmd) { c.Stdout = stdout }, dir, env, program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end() })
	return r
}

// Without a log there is no mask: the main step then fails, says so where it still can, and revokes its token. The
// post step has no need of a log.
func testLogFull(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	broken := actionStep(t, s, binary, "frogmint-main", t.TempDir(), "/dev/full")
	if status := broken.status(); status != 1 || asked(s.Server, "POST", "/access/api/v1/tokens") == 0 {
		t.Errorf("exit status %d\n%s", status, broken.text())
	}
	if text := broken.text(); !strings.Contains(text, "frogmint: error: masking a secret: ") || !strings.Contains(text, "no space left on device") || strings.Contains(text, "goroutine") || strings.Contains(text, "eyJ") {
		t.Errorf("standard error:\n%s", text)
	}
	if tokens := minted(s.Server); len(tokens) > 0 {
		t.Errorf("alive: %+v", tokens)
	}
	dir := t.TempDir()
	whole := actionStep(t, s, binary, "frogmint-main", dir, os.DevNull)
	if status := whole.status(); status != 0 || len(minted(s.Server)) != 1 {
		t.Fatalf("exit status %d\n%s", status, whole.text())
	}
	post := actionStep(t, s, binary, "frogmint-post", dir, "/dev/full", saved(t, dir))
	if status := post.status(); status != 0 {
		t.Errorf("exit status %d\n%s", status, post.text())
	}
	if tokens := minted(s.Server); len(tokens) > 0 {
		t.Errorf("alive: %+v", tokens)
	}
}

// waiting is how many bytes of a pipe nobody has read.
func waiting(pipe *os.File) int {
	var count int32
	//nolint:gosec // the kernel writes one int there
	_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, pipe.Fd(), syscall.TIOCINQ, uintptr(unsafe.Pointer(&count)))
	return int(count)
}

// A log that nobody reads and nobody closes, filled by the command, holds nothing up: see limit.Writer.
func testLogStalled(t *testing.T, binary string) {
	const chatty, stubborn = `echo $$ >pid; exec yes >&2`, `trap "" TERM; echo $$ >pid; yes >&2; sleep 30`
	for name, test := range map[string]struct{ system, fault, work string }{
		"plain":             {"generic", "latency=0s@revoke", chatty},
		"annotations":       {"github", "latency=0s@revoke", chatty},
		"tries again":       {"gitlab", "status=503,times=2@revoke", chatty},
		"everything stalls": {"github", "latency=20s@revoke", stubborn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fault, err := sandbox.ParseFault(test.fault)
			if err != nil {
				t.Fatal(err)
			}
			s := sandboxtest.Start(t, sandbox.WithFaults(fault))
			r, log := logged(t, s, []string{"FROGMINT_CI=" + test.system}, binary, "exec", "--groups", "CI", "--", "sh", "-c", test.work)
			child, err := number(filepath.Join(r.dir, "pid"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.end(child) })
			if err := await("a full pipe", patience, func() bool { return waiting(log) > 60<<10 }); err != nil {
				t.Fatal(err)
			}
			sent := time.Now()
			if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := await("the end of frogmint", within, func() bool { return gone(r.command.Process.Pid) }); err != nil {
				t.Error(err)
			}
			t.Logf("gone after %s", time.Since(sent).Round(time.Millisecond))
			if tokens := minted(s.Server); len(tokens) > 0 {
				t.Errorf("alive: %+v", tokens)
			}
		})
	}
}
