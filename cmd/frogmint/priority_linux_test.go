package main

import (
	"os"
	"strconv"
	"syscall"
	"testing"
)

// ahead is the nice value of the tests that hold frogmint to seconds, and of what they start.
const ahead = -10

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
