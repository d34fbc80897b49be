//go:build unix

package process

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// The bounds on the waits for a guardian.
const (
	tellLimit    = 500 * time.Millisecond
	dismissLimit = 100 * time.Millisecond
)

// Guardian is a process that outlives this one, for what must be done even after a SIGKILL: it is in a session of its own,
// so that a SIGKILL of this process's group doesn't reach it. What ends a whole container, or walks down from this process
// to its children, ends it too. Its methods are for one goroutine at a time; those of nil do nothing.
type Guardian struct {
	cmd   *exec.Cmd
	lines *os.File
	ended chan struct{}
}

// StartGuardian starts a program that reads lines from its standard input. Its input ends when this process does, however
// that comes; what it does then is its own business. It has no output, and no part of this process's environment.
func StartGuardian(path string, args, environ []string) (*Guardian, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	g := &Guardian{lines: write, ended: make(chan struct{}), cmd: &exec.Cmd{
		Path: path, Args: args, Env: append([]string{}, environ...), Dir: "/", Stdin: read, SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}}
	err = g.cmd.Start()
	_ = read.Close()
	if err != nil {
		_ = write.Close()
		return nil, &StartError{Name: path, Err: err}
	}
	go func() {
		_ = g.cmd.Wait() // nobody asks how it ended
		close(g.ended)
	}()
	return g, nil
}

// Tell sends a line to the guardian.
func (g *Guardian) Tell(line string) error {
	if g == nil {
		return nil
	}
	if err := g.lines.SetWriteDeadline(time.Now().Add(tellLimit)); err != nil {
		return err
	}
	_, err := g.lines.WriteString(line + "\n")
	return err
}

// KillGroup kills what is left of the process group that a killed wrapper's command led; 0 is none. A runner that kills the
// wrapper's group doesn't reach it, and waits for as long as one of them keeps the log open.
func KillGroup(group int) {
	if group > 1 {
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
}

// Dismiss ends the guardian's input, and waits for it for a tenth of a second.
func (g *Guardian) Dismiss() {
	if g == nil {
		return
	}
	_ = g.lines.Close()
	select {
	case <-g.ended:
	case <-time.After(dismissLimit):
	}
}
