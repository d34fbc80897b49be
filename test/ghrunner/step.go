package ghrunner

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Stage is when an action's program runs.
type Stage int

// The stages that frogmint has.
const (
	Main Stage = iota
	Post
)

// Step is one use of a container action in a job.
type Step struct {
	Job    *Job
	Action Action
	// Image is the built image.
	Image string
	// With are the step's inputs, Env its own environment.
	With, Env []Pair
	// Prepare, if set, changes the command files after they are made, to play a broken disk.
	Prepare func(Files) error
	// ReadOnlyFiles mounts the command files so that nobody can write them.
	ReadOnlyFiles bool

	state Env
}

// Environment composes what a stage's container sees, in the runner's order: a later Set wins.
func (s *Step) Environment(files Files) *Env {
	env := new(Env)
	for _, name := range s.Job.Env.Names() {
		value, _ := s.Job.Env.Get(name)
		env.Set(name, value)
	}
	env.SetAll(s.Env)
	for _, key := range s.state.Names() {
		value, _ := s.state.Get(key)
		env.Set("STATE_"+key, value)
	}
	for _, in := range s.Action.inputs(s.With) {
		env.Set("INPUT_"+strings.ToUpper(strings.ReplaceAll(in.Name, " ", "_")), in.Value)
	}
	for _, p := range s.Action.Env {
		if _, ok := env.Get(p.Name); !ok {
			env.Set(p.Name, p.Value)
		}
	}
	env.Set("HOME", s.Job.home())
	env.SetAll(s.Job.context())
	env.Set("GITHUB_ACTION", "mint")
	env.SetAll(files.pairs())
	env.SetAll(s.Job.service())
	env.Translate(s.mounts())
	return env
}

func (s *Step) mounts() []Mount {
	mounts := s.Job.mounts()
	for i := range mounts {
		mounts[i].ReadOnly = s.ReadOnlyFiles && mounts[i].Container == commandsMount
	}
	return mounts
}

// Start runs one stage's container and returns while it runs. The context's end kills the docker client.
func (s *Step) Start(ctx context.Context, stage Stage) (*Run, error) {
	files, err := s.Job.newFiles()
	if err != nil {
		return nil, err
	}
	if s.Prepare != nil {
		if err := s.Prepare(files); err != nil {
			return nil, fmt.Errorf("preparing the command files: %w", err)
		}
	}
	r := &Run{step: s, stage: stage, files: files, Container: sanitize(s.Image) + "_" + suffix()}
	env := s.Environment(files)
	entrypoint := map[Stage]string{Main: s.Action.Entrypoint, Post: s.Action.PostEntrypoint}[stage]
	args := dockerArgs(r.Container, s.Image, entrypoint, env, s.mounts())
	r.cmd = exec.CommandContext(ctx, "docker", args...) //nolint:gosec // that is what this package is for
	r.cmd.Dir = s.Job.workspace
	r.cmd.Env = append(os.Environ(), env.Environ()...)
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting docker: %w", err)
	}
	r.started = time.Now()
	return r, nil
}

// Run runs one stage to its end.
func (s *Step) Run(ctx context.Context, stage Stage) (Result, error) {
	r, err := s.Start(ctx, stage)
	if err != nil {
		return Result{}, err
	}
	return r.Wait()
}

// suffix is what makes a container's name unique.
func suffix() string {
	b := make([]byte, 3)
	rand.Read(b) // never fails: the program ends instead
	return hex.EncodeToString(b)
}

// exitCode is the container's, which docker passes on.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
