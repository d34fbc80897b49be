//go:build unix && !linux

package process

import (
	"os"
	"time"
)

// followParent calls ended once when the parent of this process dies, until stop is called: a shell that dies of a signal
// tells its command nothing. subscribe and unsubscribe aren't used: there is no signal for it here, and the parent is looked
// for twice a second.
func followParent(_ func(chan<- os.Signal, ...os.Signal), _ func(chan<- os.Signal), ended func()) (stop func()) {
	parent := os.Getppid()
	quit := make(chan struct{})
	go func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for os.Getppid() == parent {
			select {
			case <-tick.C:
			case <-quit:
				return
			}
		}
		ended()
	}()
	return func() { close(quit) }
}
