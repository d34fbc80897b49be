package sandboxtest

import (
	"runtime"
	"syscall"
	"time"
)

// CPUTime is how much of a processor work takes, on the calling goroutine alone: on a busy machine a clock on the wall would
// measure the others.
func CPUTime(work func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := threadTime()
	work()
	return threadTime() - before
}

func threadTime() time.Duration {
	var usage syscall.Rusage
	const thread = 1                      // RUSAGE_THREAD
	_ = syscall.Getrusage(thread, &usage) // it fails for no thread of this process
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
