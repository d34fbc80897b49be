package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// A creator is who mints in a test, with the environment that names it.
type creator string

const (
	admin  creator = "admin"  // an administrator's access token
	broker creator = "broker" // a job's ID token, exchanged for a token that mints and that JFrog can't revoke
)

func (c creator) environment(s *sandboxtest.Sandbox) []string {
	common := []string{"PATH=" + os.Getenv("PATH"), "HOME=/nowhere", "JF_URL=" + s.URL}
	if c == admin {
		return append(common, "JF_ACCESS_TOKEN="+s.AdminToken)
	}
	return append(common, "GITHUB_ACTIONS=true", "FROGMINT_OIDC_PROVIDER_NAME=github-broker",
		"ACTIONS_ID_TOKEN_REQUEST_URL="+s.IDTokenRequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+s.IDTokenRequestToken)
}

// minted returns the live tokens that frogmint minted: those have its description. The exchanged ones can't be revoked.
func minted(server *sandbox.Server) []sandbox.TokenInfo {
	var found []sandbox.TokenInfo
	for _, token := range server.LiveTokens() {
		if strings.Contains(token.Description, "nonce=") {
			found = append(found, token)
		}
	}
	return found
}

// A running is a process that a test started, with the output of all below it in a file: a pipe would keep the test
// waiting for processes that are left behind.
type running struct {
	command *exec.Cmd
	dir     string
	output  *os.File
	ended   chan struct{}
}

// start starts a command in a session of its own, as runners do.
func start(dir string, env []string, argv ...string) (*running, error) {
	return startWith(func(*exec.Cmd) {}, dir, env, argv...)
}

// startOn is start with a terminal as standard input.
func startOn(terminal *os.File, dir string, env []string, argv ...string) (*running, error) {
	return startWith(func(command *exec.Cmd) { command.Stdin, command.SysProcAttr.Setctty = terminal, true }, dir, env, argv...)
}

// startWith is start with something about the command changed.
func startWith(change func(*exec.Cmd), dir string, env []string, argv ...string) (*running, error) {
	output, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		return nil, err
	}
	r := &running{command: exec.Command(argv[0], argv[1:]...), dir: dir, output: output, ended: make(chan struct{})} //nolint:noctx // a test's own command, which it ends itself
	r.command.Dir, r.command.Env = dir, env
	r.command.Stdout, r.command.Stderr = output, output
	r.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	change(r.command)
	if err := r.command.Start(); err != nil {
		return nil, err
	}
	letAhead(r.command.Process.Pid)
	go func() {
		_ = r.command.Wait()
		close(r.ended)
	}()
	return r, nil
}

// status is the exit status as a shell gives it; the process must have ended.
func (r *running) status() int {
	<-r.ended
	state, _ := r.command.ProcessState.Sys().(syscall.WaitStatus)
	if state.Signaled() {
		return 128 + int(state.Signal())
	}
	return state.ExitStatus()
}

func (r *running) text() string {
	text, err := os.ReadFile(r.output.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// frogmint returns the process id of the program: the process itself or its only child.
func (r *running) frogmint() (int, error) {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if pid := r.command.Process.Pid; name(pid) == "frogmint" {
			return pid, nil
		}
		for pid, parent := range parents() {
			// A shell may have become frogmint meanwhile: then this is its guardian.
			if parent == r.command.Process.Pid && name(pid) == "frogmint" && name(parent) != "frogmint" {
				return pid, nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return 0, fmt.Errorf("no frogmint below process %d within %s", r.command.Process.Pid, patience)
}

// patience bounds the wait for something to begin, on a machine that does other things too.
const patience = 20 * time.Second

// await polls until done.
func await(what string, limit time.Duration, done func() bool) error {
	for deadline := time.Now().Add(limit); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %s", what, limit)
		}
	}
	return nil
}

// gone reports whether a process has ended. One that nobody has waited for yet has ended too.
func gone(pid int) bool {
	_, state := stat(pid)
	return state == "" || state == "Z" || state == "X"
}

func name(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(text))
}

// stat returns the parent and the state of a process, 0 and "" of none.
func stat(pid int) (parent int, state string) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, ""
	}
	// The name is in brackets and may hold anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	parent, _ = strconv.Atoi(fields[1])
	return parent, fields[0]
}

func parents() map[int]int {
	found := map[int]int{}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			found[pid], _ = stat(pid)
		}
	}
	return found
}

// asked counts the requests that the server has got.
func asked(server *sandbox.Server, method, path string) int {
	count := 0
	for _, request := range server.Requests() {
		if request.Method == method && strings.HasPrefix(request.Path, path) {
			count++
		}
	}
	return count
}

// number reads the process id that a command wrote to a file; it is complete with its line break.
func number(path string) (int, error) {
	var pid int
	err := await(path, patience, func() bool {
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasSuffix(string(text), "\n") {
			return false
		}
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	return pid, err
}

// settles begins a command: it writes its process id, and goes on when frogmint has handed a signal on to it. By then frogmint waits
// for the command, and has told its guardian of it.
const settles = `trap ": >settled" WINCH; echo $$ >pid; until [ -e settled ]; do sleep 0.05; done; trap - WINCH; `

// settled signals frogmint until the command has seen it; not so often that a shell gets to nothing else.
func settled(dir string, frogmint int) error {
	var last time.Time
	return await("a signal handed on", patience, func() bool {
		_, err := os.Stat(filepath.Join(dir, "settled"))
		if err != nil && time.Since(last) > 200*time.Millisecond {
			last = time.Now()
			_ = syscall.Kill(frogmint, syscall.SIGWINCH) // which ends nothing, wherever it arrives
		}
		return err == nil
	})
}

// after starts a runner's clock, which tells when so many seconds are over. It is a process as frogmint is, which a busy machine
// keeps waiting no less.
func after(seconds string) (over func() bool, err error) {
	clock := exec.Command("sleep", seconds) //nolint:noctx // it ends by itself
	clock.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := clock.Start(); err != nil {
		return nil, err
	}
	var ended atomic.Bool
	go func() {
		_ = clock.Wait()
		ended.Store(true)
	}()
	return ended.Load, nil
}

// end kills what a failed test may leave behind.
func (r *running) end(pids ...int) {
	for _, pid := range append(pids, r.command.Process.Pid) {
		if pid > 0 && !gone(pid) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	<-r.ended
	_ = r.output.Close()
}

// isNoReader is what opening a pipe for writing says while nobody reads.
func isNoReader(err error) bool { return errors.Is(err, syscall.ENXIO) }
