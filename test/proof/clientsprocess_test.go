//go:build linux

package proof

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// started is a process of the job.
type started struct {
	command *exec.Cmd
	output  string
	ended   chan struct{}
}

// begin starts a process in a session of its own, as runners do, with its output in a file.
func (c *clientsJob) begin(env map[string]string, argv ...string) *started {
	c.t.Helper()
	output, err := os.CreateTemp(c.t.TempDir(), "output")
	if err != nil {
		c.t.Fatal(err)
	}
	defer output.Close()                                                                                          //nolint:errcheck // the process has it
	s := &started{command: exec.Command(argv[0], argv[1:]...), output: output.Name(), ended: make(chan struct{})} //nolint:noctx // the test ends it
	s.command.Dir, s.command.Stdout, s.command.Stderr = c.work, output, output
	for name, value := range env {
		s.command.Env = append(s.command.Env, name+"="+value)
	}
	s.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := s.command.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() {
		_ = s.command.Wait()
		close(s.ended)
	}()
	c.t.Cleanup(func() { _ = syscall.Kill(-s.pid(), syscall.SIGKILL); <-s.ended })
	return s
}

func (s *started) pid() int { return s.command.Process.Pid }

// wait returns the exit status as a shell gives it.
func (s *started) wait() int {
	<-s.ended
	state, _ := s.command.ProcessState.Sys().(syscall.WaitStatus)
	if state.Signaled() {
		return 128 + int(state.Signal())
	}
	return state.ExitStatus()
}

func (s *started) text() string {
	text, _ := os.ReadFile(s.output)
	return string(text)
}

// note adds what a process printed to the job's log.
func (c *clientsJob) note(s *started) { _, _ = c.printed.Write([]byte(s.text())) }

func (c *clientsJob) signal(pid int, sig syscall.Signal) {
	c.t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		c.t.Fatal(err)
	}
}

func (c *clientsJob) await(what string, done func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: not within 20 s\n%s", what, visible(c.printed.text()))
		}
	}
}

// number waits for a file in the work folder with a number.
func (c *clientsJob) number(name string) (n int) {
	c.t.Helper()
	c.await("the start of the command", func() bool {
		text, err := os.ReadFile(filepath.Join(c.work, name))
		if err == nil {
			n, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		return err == nil
	})
	return n
}

func (c *clientsJob) environ(pid int) map[string]string {
	c.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		c.t.Fatal(err)
	}
	environ := map[string]string{}
	for entry := range bytes.SplitSeq(text, []byte{0}) {
		if name, value, ok := strings.Cut(string(entry), "="); ok {
			environ[name] = value
		}
	}
	return environ
}

// arguments are those of a process; none of one that has ended. One that begins or ends has none for a moment.
func (c *clientsJob) arguments(pid int) string {
	c.t.Helper()
	var text []byte
	c.await("the arguments of a process", func() bool {
		text, _ = os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		return len(text) > 0 || !alive(pid)
	})
	return string(text)
}

// below are the processes that a process has started.
func below(parent int) (found []int) {
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range entries {
		text, _ := os.ReadFile(path) // the process may have ended
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			found = append(found, pid)
		}
	}
	return found
}

func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !slices.Contains([]string{"Z", "X"}, strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))[0])
}
