package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// most is the size of the shipped binary that must not be passed, in bytes. One import can add two million: text/template
// and what uses it (AddStepSummaryTemplate of go-githubactions, too) keeps the linker from leaving methods out.
const most = 8_200_000

func TestSize(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "frogmint")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "nethttpomithttp2", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() >= most {
		t.Errorf("%d bytes, %d is the limit", info.Size(), most)
	}
}
