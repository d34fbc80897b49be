package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestExec runs the program as it is shipped, with real signals, shells and terminals.
func TestExec(t *testing.T) {
	t.Parallel()
	goAhead(t)
	binary := shipped(t)
	for name, test := range map[string]func(*testing.T, string){
		"kill_matrix": testKillMatrix, "killed": testKilled, "killed_with_guardian": testKilledWithGuardian, "guardian_ends": testGuardianEnds, "killed_after_term": testKilledAfterTerm, "parents_thread_ends": testParentsThreadEnds,
		"secrets": testSecrets, "terminal": testTerminal, "terminal_of_a_ci": testTerminalOfCI, "background": testBackground,
		"revoke_without_a_token": testRevokeWithoutToken, "revoke_interrupted": testRevokeInterrupted,
		"log_closed": testLogClosed, "log_full": testLogFull, "log_stalled": testLogStalled,
		"stages_interrupted": testStagesInterrupted,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, binary)
		})
	}
}

// launch starts frogmint exec with a command, by an administrator's token, and returns when the command has written its
// process id to the file pid.
func launch(t *testing.T, s *sandboxtest.Sandbox, binary, work string, env ...string) (r *running, child int) {
	t.Helper()
	r, err := start(t.TempDir(), append(admin.environment(s), env...), binary, "exec", "--groups", "CI", "--expiry", "600", "--", "sh", "-c", work)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end(child) })
	if child, err = number(filepath.Join(r.dir, "pid")); err != nil {
		t.Fatalf("%v\n%s", err, r.text())
	}
	return r, child
}

// A SIGKILL ends the command too. A guardian in a session of its own logs out and revokes the token, also where the whole process group is
// killed, as Forgejo's and Gitea's runners on a host and Woodpecker's local backend do.
func testKilled(t *testing.T, binary string) {
	for name, test := range map[string]struct {
		sign int // of the process id that is killed
		args []string
	}{"alone": {1, nil}, "with its group": {-1, nil}, "after a renewal": {-1, []string{"--expiry", "6", "--token-file", "token"}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir, temp := sandboxtest.Start(t), t.TempDir(), t.TempDir()
			argv := append(append([]string{binary, "exec", "--groups", "CI", "--login", "docker,npm"}, test.args...), "--", "sh", "-c", `sleep 30 & echo $! >grandchild; `+settles+`wait`)
			r, err := start(dir, append(admin.environment(s), "TMPDIR="+temp), argv...)
			if err != nil {
				t.Fatal(err)
			}
			child, err := number(filepath.Join(dir, "pid"))
			if err != nil {
				t.Fatalf("%v\n%s", err, r.text())
			}
			grandchild, err := number(filepath.Join(dir, "grandchild"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.end(child) })
			if test.args != nil {
				if err := await("a renewal", patience, func() bool { return strings.Contains(r.text(), "renewed: ") }); err != nil {
					t.Fatalf("%v\n%s", err, r.text())
				}
			}
			if err := settled(dir, r.command.Process.Pid); err != nil {
				t.Fatalf("%v\n%s", err, r.text())
			}
			if err := syscall.Kill(test.sign*r.command.Process.Pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if err := await("the end of the command", patience, func() bool { return gone(child) && gone(grandchild) }); err != nil {
				t.Error(err)
			}
			if err := await("the end of the token", patience, func() bool { return len(minted(s.Server)) == 0 }); err != nil {
				t.Errorf("%v: %+v", err, s.Server.LiveTokens())
			}
			if err := await("the end of the clients' files", patience, func() bool {
				left, err := os.ReadDir(temp)
				return err == nil && len(left) == 0
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

// Without a guardian, such as where the whole container is killed, the token's short life bounds the damage.
func testKilledWithGuardian(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	r, child := launch(t, s, binary, `echo $$ >pid; exec sleep 30`)
	guardian := 0
	for pid, parent := range parents() {
		if parent == r.command.Process.Pid && pid != child {
			guardian = pid
		}
	}
	if guardian == 0 {
		t.Fatalf("no guardian\n%s", r.text())
	}
	// Only root may read the first.
	if environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", guardian)); err == nil && len(environment) > 0 {
		t.Errorf("the guardian has an environment: %q", environment)
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", guardian))
	if _, after, ok := strings.Cut(string(status), "RssAnon:"); ok {
		if kib, err := strconv.Atoi(strings.Fields(after)[0]); err != nil || kib > 2048 {
			t.Errorf("the guardian takes %d KiB, %v", kib, err)
		}
	}
	_ = syscall.Kill(guardian, syscall.SIGKILL)
	if err := r.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := await("the end of the command", within, func() bool { return gone(child) }); err != nil {
		t.Error(err)
	}
	tokens := s.Server.LiveTokens()
	if len(tokens) != 1 || tokens[0].ExpiresAt.Sub(tokens[0].IssuedAt) != 10*time.Minute {
		t.Fatalf("live tokens: %+v, want one of ten minutes", tokens)
	}
	later, err := sandbox.ParseFault("clock-skew=10m1s")
	if err != nil {
		t.Fatal(err)
	}
	s.Server.SetFaults(later)
	if tokens := s.Server.LiveTokens(); len(tokens) != 0 {
		t.Errorf("alive past its time: %+v", tokens)
	}
}

// GitHub and Azure send SIGTERM 2.5 s before they kill. Where it is the first signal that frogmint gets, since a shell kept
// the SIGINT before it to itself, that has to be enough, also for a command that ignores it and a slow JFrog.
func testKilledAfterTerm(t *testing.T, binary string) {
	for name, test := range map[string]struct {
		system string
		argv   []string
	}{
		"github":          {"github", []string{binary, "exec", "--groups", "CI", "--", "sh", "job.sh"}},
		"azure":           {"azure", []string{binary, "exec", "--groups", "CI", "--", "sh", "job.sh"}},
		"below a script":  {"github", []string{"bash", "-e", "-c", "echo begin\n" + binary + " exec --groups CI -- sh job.sh\necho end"}},
		"while it renews": {"github", []string{binary, "exec", "--groups", "CI", "--expiry", "6", "--token-file", "token", "--", "sh", "job.sh"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := sandboxtest.Start(t), t.TempDir()
			work := `trap "" TERM INT HUP; echo $$ >pid; sleep 20; sleep 20`
			if err := os.WriteFile(filepath.Join(dir, "job.sh"), []byte(work), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := start(dir, append(admin.environment(s), "FROGMINT_CI="+test.system), test.argv...)
			if err != nil {
				t.Fatal(err)
			}
			child, err := number(filepath.Join(dir, "pid"))
			if err != nil {
				t.Fatalf("%v\n%s", err, r.text())
			}
			pid, err := r.frogmint()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.end(pid, child) })
			// The answer to a renewal is waited for 3/7 of 2.3 s, and after the command's 0.4 s there are two more.
			slow, err := sandbox.ParseFault("latency=700ms")
			if err != nil {
				t.Fatal(err)
			}
			s.Server.SetFaults(slow)
			if name == "while it renews" {
				if err := await("renewing", patience, func() bool { return asked(s.Server, "POST", "/access/api/v1/tokens") > 1 }); err != nil {
					t.Fatal(err)
				}
			}
			sent := time.Now()
			if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			killed, err := after("2.5")
			if err != nil {
				t.Fatal(err)
			}
			inTime := false
			_ = await("the end of frogmint", patience, func() bool {
				inTime = gone(pid)
				return inTime || killed()
			})
			t.Logf("gone after %s", time.Since(sent).Round(time.Millisecond))
			r.end(pid)
			if tokens := minted(s.Server); len(tokens) > 0 {
				t.Errorf("alive: %+v\n%s", tokens, r.text())
			}
			if !inTime || !gone(child) {
				t.Errorf("frogmint was gone in time: %v; the command is gone: %v\n%s", inTime, gone(child), r.text())
			}
		})
	}
}

// A runner that isn't a shell starts its steps from one of many threads, and the thread may end long before the step.
// The kernel takes that for the end of the parent.
func testParentsThreadEnds(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	var r *running
	started, over := make(chan error), make(chan struct{})
	go onDyingThread(func() {
		var err error
		r, err = start(t.TempDir(), admin.environment(s), binary, "exec", "--groups", "CI", "--", "sh", "-c", `echo $$ >pid; until [ -e over ]; do sleep 0.05; done`)
		started <- err
		<-over
	})
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	child, err := number(filepath.Join(r.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end(child) })
	close(over)
	time.Sleep(500 * time.Millisecond)
	if gone(child) || gone(r.command.Process.Pid) {
		t.Fatalf("ended with a thread of its parent:\n%s", r.text())
	}
	if err := os.WriteFile(filepath.Join(r.dir, "over"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if status := r.status(); status != 0 {
		t.Errorf("exit status %d\n%s", status, r.text())
	}
}

// onDyingThread runs work on a thread that ends with it. The process's first thread never does.
func onDyingThread(work func()) {
	runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	if syscall.Gettid() != syscall.Getpid() {
		work()
		return
	}
	done := make(chan struct{})
	go func() {
		onDyingThread(func() { close(done); work() })
	}()
	<-done // holds the first thread until another has the work
	runtime.UnlockOSThread()
}

// No token stands in an argument of any process, nor the creator's in the environment of the command.
func testSecrets(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	r, child := launch(t, s, binary, `echo $$ >pid; until [ -e over ]; do sleep 0.05; done`, "ALSO="+s.AdminToken, "FROGMINT_ACCESS_TOKEN="+s.AdminToken)
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", child))
	if err != nil {
		t.Fatal(err)
	}
	token := ""
	for entry := range bytes.SplitSeq(environment, []byte{0}) {
		if value, ok := strings.CutPrefix(string(entry), "JF_ACCESS_TOKEN="); ok {
			token = value
		}
	}
	if token == "" || token == s.AdminToken {
		t.Fatalf("JF_ACCESS_TOKEN of the command has %d bytes and isn't its own token", len(token))
	}
	if bytes.Contains(environment, []byte(s.AdminToken)) {
		t.Errorf("the command has the creator's token:\n%s", environment)
	}
	for pid := range parents() {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if bytes.Contains(line, []byte(token)) || bytes.Contains(line, []byte(s.AdminToken)) {
			t.Errorf("a token in the arguments of process %d, %s", pid, name(pid))
		}
	}
	if err := os.WriteFile(filepath.Join(r.dir, "over"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if status := r.status(); status != 0 {
		t.Errorf("exit status %d\n%s", status, r.text())
	}
	if strings.Contains(r.text(), "eyJ") {
		t.Errorf("a token in the log:\n%s", r.text())
	}
}

// The guardian is gone when frogmint is, and never seen by whoever waits for the log to be closed.
func testGuardianEnds(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	r, _ := launch(t, s, binary, `echo $$ >pid; until [ -e over ]; do sleep 0.05; done`)
	var below []int
	for pid, parent := range parents() {
		if parent == r.command.Process.Pid {
			below = append(below, pid)
		}
	}
	if err := os.WriteFile(filepath.Join(r.dir, "over"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if status := r.status(); status != 0 || len(below) != 2 {
		t.Errorf("exit status %d, processes below it: %v\n%s", status, below, r.text())
	}
	for _, pid := range below {
		if !gone(pid) {
			t.Errorf("process %d, %s, is still there", pid, name(pid))
		}
	}
}

// What a command leaves behind when it ends by itself is the job's own business. After a signal it is not.
func testBackground(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	quiet, left := launch(t, s, binary, `sleep 20 & echo $! >pid`)
	if status := quiet.status(); status != 0 {
		t.Errorf("exit status %d\n%s", status, quiet.text())
	}
	if gone(left) {
		t.Error("the process in the background was ended although nobody asked")
	}
	_ = syscall.Kill(left, syscall.SIGKILL)
	r, left := launch(t, s, binary, `(trap "" TERM; sleep 20; sleep 20) & echo $! >pid; wait`)
	sent := time.Now()
	if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := r.status(); status != 128+int(syscall.SIGTERM) {
		t.Errorf("exit status %d\n%s", status, r.text())
	}
	if took := time.Since(sent); took > within {
		t.Errorf("gone %v after the signal", took)
	}
	if !gone(left) {
		t.Error("a process of the command is still there")
	}
	if tokens := s.Server.LiveTokens(); len(tokens) > 0 {
		t.Errorf("alive: %+v", tokens)
	}
}

// A signal that comes before frogmint revoke has its token ends it at once, and the exit status says what that means.
func testRevokeWithoutToken(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "token"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := start(dir, admin.environment(s), binary, "revoke", "--token-file", "token")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end() })
	opened := func() bool {
		file, err := os.OpenFile(filepath.Join(dir, "token"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			t.Cleanup(func() { _ = file.Close() })
		}
		return !isNoReader(err)
	}
	if err := await("reading the token", patience, opened); err != nil {
		t.Fatalf("%v\n%s", err, r.text())
	}
	interrupt(t, r, syscall.SIGTERM, 3)
}

// A signal that comes while frogmint revoke waits for JFrog doesn't cut it off.
func testRevokeInterrupted(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	dir := t.TempDir()
	mint, err := start(dir, admin.environment(s), "sh", "-c", binary+" mint --groups CI --format token >token")
	if err != nil {
		t.Fatal(err)
	}
	if status := mint.status(); status != 0 {
		t.Fatalf("minting: exit status %d\n%s", status, mint.text())
	}
	slow(t, s, "latency=2s@revoke")
	r, err := start(dir, []string{"JF_URL=" + s.URL}, binary, "revoke", "--token-file", "token")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end() })
	if err := await("revoking", patience, func() bool { return asked(s.Server, "DELETE", "/access/api/v1/tokens") > 0 }); err != nil {
		t.Fatalf("%v\n%s", err, r.text())
	}
	interrupt(t, r, syscall.SIGTERM, 0)
	if !strings.Contains(r.text(), ": revoked") {
		t.Errorf("the log doesn't say that the token was revoked:\n%s", r.text())
	}
}

// interrupt sends a signal and checks the end.
func interrupt(t *testing.T, r *running, sig os.Signal, want int) {
	t.Helper()
	sent := time.Now()
	if err := r.command.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	if status := r.status(); status != want {
		t.Errorf("exit status %d, want %d\n%s", status, want, r.text())
	}
	if took := time.Since(sent); took > within {
		t.Errorf("gone %v after the signal", took)
	}
}

// counting is a command that counts its interrupts and ends when it is told so.
const counting = `trap "echo interrupted >>count" INT; echo $$ >pid; until [ -e over ]; do sleep 0.05; done`

// What is typed at a terminal reaches the command once, and is its own business: an editor or a shell lives on.
func testTerminal(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	typed, r := onTerminal(t, s, binary, counting)
	typed("\x03")
	time.Sleep(3 * time.Second)
	if gone(r.command.Process.Pid) {
		t.Fatalf("ended by an interrupt that was the command's business:\n%s", r.text())
	}
	if count, _ := os.ReadFile(filepath.Join(r.dir, "count")); string(count) != "interrupted\n" {
		t.Errorf("interrupts of the command: %q, want one", count)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "over"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if status := r.status(); status != 0 {
		t.Errorf("exit status %d\n%s", status, r.text())
	}
	if tokens := s.Server.LiveTokens(); len(tokens) > 0 {
		t.Errorf("alive: %+v", tokens)
	}
}

// Buildkite gives its jobs a terminal. There an interrupt ends the job.
func testTerminalOfCI(t *testing.T, binary string) {
	s := sandboxtest.Start(t)
	typed, r := onTerminal(t, s, binary, counting, "FROGMINT_CI=buildkite")
	sent := time.Now()
	typed("\x03")
	if status := r.status(); status != 128+int(syscall.SIGKILL) {
		t.Errorf("exit status %d\n%s", status, r.text())
	}
	if took := time.Since(sent); took > within {
		t.Errorf("gone %v after the interrupt", took)
	}
	if count, _ := os.ReadFile(filepath.Join(r.dir, "count")); string(count) != "interrupted\n" {
		t.Errorf("interrupts of the command: %q, want one", count)
	}
	if tokens := s.Server.LiveTokens(); len(tokens) > 0 {
		t.Errorf("alive: %+v", tokens)
	}
}

// onTerminal starts frogmint exec on a terminal of its own and returns how to type there.
func onTerminal(t *testing.T, s *sandboxtest.Sandbox, binary, work string, env ...string) (typed func(string), r *running) {
	t.Helper()
	keyboard, screen := openTerminal(t)
	r, err := startOn(screen, t.TempDir(), append(admin.environment(s), env...), binary, "exec", "--groups", "CI", "--", "sh", "-c", work)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end() })
	if _, err := number(filepath.Join(r.dir, "pid")); err != nil {
		t.Fatalf("%v\n%s", err, r.text())
	}
	return func(keys string) {
		if _, err := keyboard.WriteString(keys); err != nil {
			t.Fatal(err)
		}
	}, r
}

// openTerminal makes a pseudo-terminal: where people type, and what programs have.
func openTerminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	var locked, number int32
	for request, argument := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		//nolint:gosec // the kernel reads or writes one int there
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, keyboard.Fd(), request, uintptr(unsafe.Pointer(argument))); errno != 0 {
			t.Fatal(errno)
		}
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	return keyboard, screen
}
