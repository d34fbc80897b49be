package process

import (
	"bytes"
	"os"
	"strconv"
)

// onlyZombies reports whether every process of a group has ended and only waits for its parent to ask how. Below a container's
// PID 1 that never asks ("tail -f", "cat") such processes stay, and kill(2) can't tell them from living ones: the whole grace
// period passed in waiting for them.
func onlyZombies(group int) bool {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return false
	}
	found := false
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue // it has ended meanwhile
		}
		// PID (NAME) STATE PARENT GROUP ...; the name may hold anything.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 3 || string(fields[2]) != strconv.Itoa(group) {
			continue
		}
		if state := string(fields[0]); state != "Z" && state != "X" {
			return false
		}
		found = true
	}
	return found
}
