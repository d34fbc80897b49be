package process

import (
	"os"
	"runtime"
	"syscall"
)

// parentDied is what the kernel is asked to send. A signal that nobody else sends, because this one comes too early at
// times: the kernel's "parent" is the thread that started this process, and a runner's threads come and go.
const parentDied = syscall.Signal(45)

// followParent calls ended once when the parent of this process dies, until stop is called: a shell that dies of a signal
// tells its command nothing. subscribe and unsubscribe are signal.Notify and signal.Stop.
func followParent(subscribe func(chan<- os.Signal, ...os.Signal), unsubscribe func(chan<- os.Signal), ended func()) (stop func()) {
	parent := os.Getppid()
	died, quit := make(chan os.Signal, 1), make(chan struct{})
	subscribe(died, parentDied)
	go func() {
		// The kernel keeps the request with the thread that made it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		// It fails on kernels that only look like Linux; the parent is then not followed.
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(parentDied), 0)
		// The question stands before the wait: the parent may have died before the kernel was asked.
		for os.Getppid() == parent {
			select {
			case <-died:
			case <-quit:
				return
			}
		}
		ended()
	}()
	return func() {
		unsubscribe(died)
		close(quit)
	}
}
