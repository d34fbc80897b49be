//go:build unix && !linux

package process

// Harden keeps a crash from writing the memory of this process, credentials included, to a core file. This system shows
// no other process's environment below /proc.
func Harden() error { return forbidCoreFiles() }
