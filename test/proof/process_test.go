//go:build linux

package proof

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// binary builds the program once a run and returns its path under one of its names.
func binary(t *testing.T, name string) string {
	t.Helper()
	dir, err := plain()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

var plain = sync.OnceValues(func() (string, error) { return buildBinary(root) })

// buildBinary builds the program as it is shipped, from a copy of the module, into a folder of its own, with its other names as
// links.
func buildBinary(module string, flags ...string) (string, error) {
	dir, err := os.MkdirTemp(scratch, "binary-*")
	if err != nil {
		return "", err
	}
	shared, err := os.ReadFile(filepath.Join(module, "cmd/frogmint/build.flags"))
	if err != nil {
		return "", err
	}
	args := append([]string{
		"build", "-buildvcs=false", "-ldflags", "-s -w -funcalign=8 -X github.com/frogmint/frogmint/internal/cli.version=" + builtVersion,
		"-o", filepath.Join(dir, "frogmint"),
	}, flags...)
	command := exec.Command("go", append(args, "./cmd/frogmint")...) //nolint:noctx // it ends by itself
	command.Dir, command.Env = module, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="+string(shared))
	if out, err := command.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	for _, name := range []string{"frogmint-main", "frogmint-post"} {
		if err := os.Symlink("frogmint", filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// builtVersion is the version that the program is built with.
const builtVersion = "v1.2.3"

// scratch is the folder of what all tests share, and jobs where each job has one of its own: in memory where the system has
// such a place, since thousands of jobs have four files each.
var scratch, jobs string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		sandboxtest.AtOnce("8")
		var err error
		if scratch, err = os.MkdirTemp("", "proof-*"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(scratch) }()
		if jobs, err = os.MkdirTemp("/dev/shm", "proof-*"); err != nil {
			jobs = scratch
		}
		defer func() { _ = os.RemoveAll(jobs) }()
		return m.Run()
	}())
}

// exec runs a step as a process with the job's environment and nothing else but PATH.
func (j *job) exec(t *testing.T, argv ...string) stepResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hangs)
	defer cancel()
	command := exec.CommandContext(ctx, argv[0], argv[1:]...)
	// Whatever it writes beside what it was told to, it writes where the search looks.
	command.Dir = j.dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + j.dir}
	for name, value := range j.env {
		command.Env = append(command.Env, name+"="+value)
	}
	began := time.Now()
	out, err := command.CombinedOutput()
	_, _ = j.printed.Write(out)
	result := stepResult{log: string(out), took: time.Since(began), hung: ctx.Err() != nil}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Error(err)
	}
	if exit != nil {
		result.status = exit.ExitCode()
	}
	return result
}
