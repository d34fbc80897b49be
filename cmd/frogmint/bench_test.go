package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkStart is the time from the start of the program to its end, with nothing to do between.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "frogmint")
	linked(b, binary, "-s -w")
	for b.Loop() {
		command := exec.CommandContext(b.Context(), binary, "version")
		command.Env = []string{"PATH=" + os.Getenv("PATH")}
		if out, err := command.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
}
