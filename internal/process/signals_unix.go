//go:build unix

package process

import (
	"os"
	"syscall"
)

// Signals lists what is handed on. All others keep their meaning: SIGURG and SIGCHLD are the runtime's, and handing them
// on would only disturb the command.
func Signals() []os.Signal {
	return []os.Signal{
		syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH,
	}
}

// AsksToEnd reports whether a signal asks a program to end.
func AsksToEnd(sig os.Signal) bool {
	switch sig {
	case syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT:
		return true
	}
	return false
}

// isTyped reports whether a terminal sends the signal to all of its foreground group.
func isTyped(sig os.Signal) bool {
	return sig == syscall.SIGINT || sig == syscall.SIGQUIT || sig == syscall.SIGWINCH
}

// send hands a signal on. A process that has ended needs none.
func (p *child) send(sig os.Signal) {
	if number, ok := sig.(syscall.Signal); ok && p.group && AsksToEnd(sig) {
		_ = syscall.Kill(-p.cmd.Process.Pid, number)
		return
	}
	_ = p.cmd.Process.Signal(sig)
}

// sendKill ends the group, or the command where it has none of its own.
func (p *child) sendKill() {
	if p.group {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		return
	}
	_ = p.cmd.Process.Kill()
}

// groupAlive reports whether a process of the group is alive, once its leader has ended. The group's number stays taken for
// as long as it has a member.
func (p *child) groupAlive() bool {
	if !p.group {
		return false
	}
	group := p.cmd.Process.Pid
	// As PID 1 of a container the wrapper is the parent of orphans too; unless they are waited for, they stay.
	for {
		if pid, err := syscall.Wait4(-group, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			break
		}
	}
	return syscall.Kill(-group, 0) == nil && !onlyZombies(group)
}

// endingSignal returns the number of the signal that ended a process, 0 for none.
func endingSignal(state *os.ProcessState) int {
	if how, ok := state.Sys().(syscall.WaitStatus); ok && how.Signaled() {
		return int(how.Signal())
	}
	return 0
}
