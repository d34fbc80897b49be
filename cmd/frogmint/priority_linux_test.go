package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
)

// ahead is the nice value of the tests that hold frogmint to seconds, and of what they start.
const ahead = -10

// letAhead does for a session what goAhead does for this process: the kernel may share the processor between sessions first.
func letAhead(leader int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", leader), []byte(strconv.Itoa(ahead)), 0) // where the kernel has it, and lets us
}

// goAhead gives this process the processor before others, where it may have that: its tests measure how long frogmint waits, not
// how busy the machine is. What is started later inherits it.
func goAhead(t *testing.T) {
	t.Helper()
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, id, ahead); err != nil {
			t.Logf("the tests go on beside others: %v", err)
			return
		}
	}
}
