package sandboxtest

import (
	"os"
	"syscall"
	"testing"
)

// WriteProgram writes a file that can be run. No other test of the process starts a program meanwhile: its child would hold the
// file open for writing until it is another program, and until then the system refuses to run the file ("text file busy").
func WriteProgram(tb testing.TB, path string, content []byte) {
	tb.Helper()
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, content, 0o700) //nolint:gosec // it must run
	syscall.ForkLock.RUnlock()
	if err != nil {
		tb.Fatal(err)
	}
}
