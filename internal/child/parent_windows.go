package child

import "os"

// FollowParent does nothing: a process here has no parent that it could lose.
func FollowParent(_ func(chan<- os.Signal, ...os.Signal), _ func(chan<- os.Signal), _ func()) (stop func()) {
	return func() {}
}
