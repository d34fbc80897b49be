package sandboxtest

import (
	"os"
	"syscall"
)

// inMemory puts temporary files, those of the programs that the tests start too, where none of them waits for a disk. A container
// may have no room there, or not let programs run.
func inMemory() {
	const place, noexec, room = "/dev/shm", 8, 1 << 30
	var system syscall.Statfs_t
	if err := syscall.Statfs(place, &system); err != nil || system.Flags&noexec != 0 || system.Bavail < room/uint64(system.Bsize) { //nolint:gosec // no block has a negative size
		return
	}
	if os.Getenv("TMPDIR") == "" {
		_ = os.Setenv("TMPDIR", place)
	}
}
