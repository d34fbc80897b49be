package ghrunner

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Run is a stage whose container runs.
type Run struct {
	// Container is its name, for docker kill.
	Container string

	step           *Step
	stage          Stage
	files          Files
	cmd            *exec.Cmd
	started        time.Time
	stdout, stderr buffer
}

// Result is what a stage left.
type Result struct {
	// ExitCode is the program's; Failed also counts what fails a step after its program ended well.
	ExitCode int
	Failed   bool
	// Problems are the runner's own reasons to fail the step.
	Problems []string
	// Stdout and Stderr are raw: what the runner reads, not what it shows.
	Stdout, Stderr string
	// Shown are the lines that this stage added to the log.
	Shown []string
	// Outputs and State are parsed, the last value of a name winning. Outputs of a post step are dropped, as the
	// runner drops them.
	Outputs, State Env
	// Summary is the step summary's text.
	Summary string
	// Took is the time from docker's start to its end.
	Took time.Duration
}

// Log returns the lines of the stage as one text.
func (r Result) Log() string { return strings.Join(r.Shown, "\n") }

// Signal reaches the docker client, as the runner's cancellation does; the client hands it on to the container.
func (r *Run) Signal(sig os.Signal) error { return r.cmd.Process.Signal(sig) }

// Stdout returns what the container has printed so far.
func (r *Run) Stdout() string { return r.stdout.String() }

// Wait reads the stage's output and command files when its container has ended, and carries over to the job and to the
// later stage what the runner carries over, after a failure too.
func (r *Run) Wait() (Result, error) {
	code, err := exitCode(r.cmd.Wait())
	if err != nil {
		return Result{}, fmt.Errorf("running docker: %w", err)
	}
	res := Result{ExitCode: code, Stdout: r.stdout.String(), Stderr: r.stderr.String(), Took: time.Since(r.started)}
	r.log(&res)
	r.collect(&res)
	res.Failed = code != 0 || len(res.Problems) > 0
	return res, nil
}

func (r *Run) log(res *Result) {
	console := &r.step.Job.Console
	shown, problems := len(console.Shown), len(console.Problems)
	console.BeginStep()
	console.Feed(res.Stderr)
	console.Feed(res.Stdout)
	res.Shown = console.Shown[shown:]
	res.Problems = append(res.Problems, console.Problems[problems:]...)
}

func (r *Run) collect(res *Result) {
	pairs := func(path string) []Pair {
		p, problem := readPairs(path)
		if problem != "" {
			res.Problems = append(res.Problems, problem)
		}
		return p
	}
	if outputs := pairs(r.files.Output); r.stage == Main {
		res.Outputs.SetAll(outputs)
	}
	state := pairs(r.files.State)
	res.State.SetAll(state)
	r.step.state.SetAll(state)
	for _, p := range pairs(r.files.Env) {
		if !strings.EqualFold(p.Name, "NODE_OPTIONS") {
			r.step.Job.Env.Set(p.Name, p.Value)
		}
	}
	r.step.Job.Path = append(r.step.Job.Path, r.added(res)...)
	summary, err := readFile(r.files.Summary)
	if err != nil {
		res.Problems = append(res.Problems, err.Error())
	}
	res.Summary = summary
}

// added are the lines of the stage's GITHUB_PATH.
func (r *Run) added(res *Result) []string {
	text, err := readFile(r.files.Path)
	if err != nil {
		res.Problems = append(res.Problems, err.Error())
	}
	return strings.FieldsFunc(text, func(c rune) bool { return c == '\n' })
}

// buffer is a bytes.Buffer that may be read while a process writes to it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends p.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String returns what has been written so far.
func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
