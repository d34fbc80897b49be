//go:build unix

package limit

import "syscall"

// NoCoreDumps keeps a crash from writing the process's memory, tokens included, to a file.
func NoCoreDumps() error {
	return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
