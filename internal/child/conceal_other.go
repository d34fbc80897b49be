//go:build !linux

package child

// Conceal does nothing: this system shows no other process's environment below /proc.
func Conceal() {}
