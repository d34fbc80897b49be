package process

import (
	"errors"
	"fmt"
	"syscall"
)

// Harden keeps the memory and the environment of this process, credentials included, from others. A crash writes no core
// file, and no other process of the same user, the child among them, can read what is below /proc. Root with CAP_SYS_PTRACE
// still can.
func Harden() error { return errors.Join(forbidCoreFiles(), hideMemory()) }

// hideMemory also keeps a crash from handing the memory to a program that collects core dumps, which the limit on core files
// doesn't prevent.
func hideMemory() error {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); errno != 0 {
		return fmt.Errorf("hiding this process's memory from others: %w", errno)
	}
	return nil
}
