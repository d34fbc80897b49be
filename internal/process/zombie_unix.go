//go:build unix && !linux

package process

// onlyZombies reports false: how to ask this system is not known here.
func onlyZombies(int) bool { return false }
