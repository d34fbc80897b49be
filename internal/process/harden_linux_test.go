package process

import (
	"syscall"
	"testing"
)

func TestHarden(t *testing.T) {
	t.Parallel()
	if err := Harden(); err != nil {
		t.Fatal(err)
	}
	dumpable, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_GET_DUMPABLE, 0, 0)
	if errno != 0 || dumpable != 0 {
		t.Errorf("dumpable: got %d, %v, want 0", dumpable, errno)
	}
	limit := syscall.Rlimit{Cur: 1, Max: 1}
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("core files: got %+v, %v, want a limit of 0", limit, err)
	}
}
