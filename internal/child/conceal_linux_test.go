package child

import (
	"syscall"
	"testing"
)

func TestConceal(t *testing.T) {
	t.Parallel()
	Conceal()
	dumpable, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_GET_DUMPABLE, 0, 0)
	if errno != 0 || dumpable != 0 {
		t.Errorf("dumpable: got %d, %v, want 0", dumpable, errno)
	}
}
