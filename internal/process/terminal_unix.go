//go:build linux || darwin

package process

import (
	"os"
	"syscall"
	"unsafe"
)

// OnTerminal reports whether one of the files is the terminal that this process was started from, in its foreground: what
// is typed there then reaches the process and its children alike. Other things than an *os.File are no terminals.
func OnTerminal(files ...any) bool {
	for _, one := range files {
		if file, ok := one.(*os.File); ok && inForegroundOf(file) {
			return true
		}
	}
	return false
}

// inForeground reports whether the process is in the foreground of its terminal, wherever its files lead: a child outside
// of that group would be stopped when it asks there for a password.
func inForeground() bool {
	file, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer file.Close() //nolint:errcheck // opened for reading
	return inForegroundOf(file)
}

func inForegroundOf(file *os.File) bool {
	raw, err := file.SyscallConn()
	if err != nil {
		return false
	}
	var group int32
	var failure syscall.Errno
	err = raw.Control(func(fd uintptr) {
		//nolint:gosec // the kernel writes one int there
		_, _, failure = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCGPGRP, uintptr(unsafe.Pointer(&group)))
	})
	return err == nil && failure == 0 && int(group) == syscall.Getpgrp()
}
