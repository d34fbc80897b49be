//go:build !linux

package sandboxtest

import "time"

// CPUTime is how long work takes, where the time of a thread isn't to be had.
func CPUTime(work func()) time.Duration {
	began := time.Now()
	work()
	return time.Since(began)
}
