package process

import "os"

// followParent does nothing: a process here has no parent that it could lose.
func followParent(_ func(chan<- os.Signal, ...os.Signal), _ func(chan<- os.Signal), _ func()) (stop func()) {
	return func() {}
}
