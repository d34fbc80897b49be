package process

import (
	"os"
	"syscall"
)

// Signals lists what is noticed: Ctrl-C and Ctrl-Break as INT, the end of the console or of the session as TERM.
func Signals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// AsksToEnd reports whether a signal asks a program to end.
func AsksToEnd(sig os.Signal) bool { return sig == os.Interrupt || sig == syscall.SIGTERM }

// isTyped reports whether the console tells every process of it: it does so with all that are noticed.
func isTyped(os.Signal) bool { return true }

// send has nothing to do: the console has told the command.
func (p *child) send(os.Signal) {}

func (p *child) sendKill() { _ = p.cmd.Process.Kill() }

func (p *child) groupAlive() bool { return false }

func endingSignal(*os.ProcessState) int { return 0 }
