package process

import (
	"os"
	"syscall"
	"time"
)

// Limits are how long after the first signal that asks this process to end its parts may take.
type Limits struct {
	Command time.Duration // until the command is killed
	Cleanup time.Duration // until what has to be undone is to be undone
	Exit    time.Duration // until nothing is waited for any more
}

// LimitsAfter returns the limits that a CI leaves. What the command doesn't use of its part is left for the cleanup, and
// the end is for the last lines of the log:
//
//	2.0 s command + 2.2 s cleanup + 0.5 s log = 4.7 s of the 5 s that Jenkins leaves; the others leave more
//	0.4 s command + 1.9 s cleanup + 0.1 s log = 2.4 s of the 2.5 s that GitHub and Azure leave after SIGTERM
//
// GitHub and Azure, for which killsAfterTerm is true, send SIGINT 7.5 s earlier. Where a shell has kept that to itself,
// SIGTERM is the first signal.
func LimitsAfter(first os.Signal, killsAfterTerm bool) Limits {
	if killsAfterTerm && first == syscall.SIGTERM {
		return Limits{Command: 400 * time.Millisecond, Cleanup: 2300 * time.Millisecond, Exit: 2400 * time.Millisecond}
	}
	return Limits{Command: 2 * time.Second, Cleanup: 4200 * time.Millisecond, Exit: 4700 * time.Millisecond}
}
