package process

import (
	"os"
	"syscall"
)

// OnTerminal reports whether one of the files is a console. Other things than an *os.File are none.
func OnTerminal(files ...any) bool {
	for _, one := range files {
		var mode uint32
		if file, ok := one.(*os.File); ok && syscall.GetConsoleMode(syscall.Handle(file.Fd()), &mode) == nil {
			return true
		}
	}
	return false
}

func inForeground() bool { return false }
