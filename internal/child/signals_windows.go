package child

import (
	"os"
	"syscall"
)

// Signals lists what is noticed: Ctrl-C and Ctrl-Break as INT, the end of the console or of the session as TERM.
func Signals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// Ends reports whether a signal asks a program to end.
func Ends(sig os.Signal) bool { return sig == os.Interrupt || sig == syscall.SIGTERM }

// typed reports whether the console tells every process of it: it does so with all that are noticed.
func typed(os.Signal) bool { return true }

// send has nothing to do: the console has told the command.
func (p *process) send(os.Signal) {}

func (p *process) sendKill() { _ = p.cmd.Process.Kill() }

func (p *process) left() bool { return false }

func endedBy(*os.ProcessState) int { return 0 }
