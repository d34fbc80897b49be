package native

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
	"github.com/frogmint/frogmint/test/ghrunner"
)

// job is one use of the action in a job. Its steps run one after the other.
type job struct {
	tb     testing.TB
	box    *sandboxtest.Sandbox
	node   string
	action string // the folder of the action
	tools  string // the tool cache
	temp   string
	with   []ghrunner.Pair
	env    []ghrunner.Pair // the runner's own, such as a proxy
	state  ghrunner.Env    // as saved by the steps so far
	runner *ghrunner.Job
}

// newJob prepares a job whose inputs mint a token, by the release's action with the real binary's sha256 in it. It gets the
// binary from a mirror.
func newJob(tb testing.TB, mirror string) *job {
	tb.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		tb.Fatalf("these tests need node: %v", err)
	}
	runner, err := ghrunner.NewJob(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	j := &job{tb: tb, box: sandboxtest.Start(tb), node: node, runner: runner, tools: filepath.Join(tb.TempDir(), "tools"), temp: tb.TempDir()}
	j.action = publish(tb, map[string]string{platform(): programSum(tb)})
	j.with = []ghrunner.Pair{
		{Name: "url", Value: j.box.URL}, {Name: "access-token", Value: j.box.AdminToken}, {Name: "groups", Value: "CI"},
		{Name: "on-revoke-failure", Value: "fail"}, {Name: "download-url", Value: mirror},
	}
	return j
}

// set gives an input another value.
func (j *job) set(name, value string) {
	j.with = append(j.with, ghrunner.Pair{Name: name, Value: value})
}

// export does what an earlier step does that writes to GITHUB_ENV.
func (j *job) export(name, value string) { j.runner.Env.Set(name, value) }

// cached is where the tool cache has the binary.
func (j *job) cached() string {
	return filepath.Join(j.folder(), "frogmint"+suffix())
}

// folder is the binary's folder in the tool cache.
func (j *job) folder() string {
	return filepath.Join(j.tools, "frogmint", version, strings.Replace(strings.Split(platform(), "-")[1], "amd64", "x64", 1))
}

// running is a step that runs.
type running struct {
	job     *job
	files   ghrunner.Files
	command *exec.Cmd
	output  buffer
}

// result is what a step left.
type result struct {
	status  int
	log     string // as the runner shows it
	issues  []ghrunner.Command
	outputs ghrunner.Env
}

// step runs main or post to its end.
func (j *job) step(name string) result { return j.start(name).wait() }

func (j *job) start(name string) *running {
	j.tb.Helper()
	r := &running{job: j, files: j.files()}
	r.command = exec.Command(j.node, filepath.Join(j.action, name+".mjs")) //nolint:noctx // the test waits for its end
	r.command.Dir = j.tb.TempDir()
	r.command.Env = j.environ(r.files)
	r.command.Stdout, r.command.Stderr = &r.output, &r.output
	if err := r.command.Start(); err != nil {
		j.tb.Fatal(err)
	}
	j.tb.Cleanup(func() { _ = r.command.Process.Kill() }) // where the test ended first
	return r
}

// files are the empty command files of one step.
func (j *job) files() ghrunner.Files {
	folder := j.tb.TempDir()
	at := func(name string) string {
		write(j.tb, filepath.Join(folder, name), nil)
		return filepath.Join(folder, name)
	}
	return ghrunner.Files{Output: at("output"), State: at("state"), Env: at("env"), Path: at("path"), Summary: at("summary")}
}

// environ is a node action's environment: a container action's without the translation of paths, and what the runner's own
// process has.
func (j *job) environ(files ghrunner.Files) []string {
	step := ghrunner.Step{Job: j.runner, Action: ghrunner.Action{Inputs: declaredInputs(j.tb)}, With: j.with}
	env := step.Environment(files)
	env.SetAll([]ghrunner.Pair{
		{Name: "HOME", Value: j.tb.TempDir()}, {Name: "RUNNER_TEMP", Value: j.temp}, {Name: "RUNNER_TOOL_CACHE", Value: j.tools},
		{Name: "GITHUB_OUTPUT", Value: files.Output}, {Name: "GITHUB_STATE", Value: files.State}, {Name: "GITHUB_ENV", Value: files.Env},
		{Name: "GITHUB_PATH", Value: files.Path}, {Name: "GITHUB_STEP_SUMMARY", Value: files.Summary}, {Name: "GITHUB_ACTIONS", Value: "true"},
		{Name: "PATH", Value: os.Getenv("PATH")}, {Name: "SYSTEMROOT", Value: os.Getenv("SYSTEMROOT")},
	})
	env.SetAll(j.env)
	for _, name := range j.state.Names() {
		value, _ := j.state.Get(name)
		env.Set("STATE_"+name, value)
	}
	return env.Environ()
}

// wait reads what the step printed and wrote as the runner does.
func (r *running) wait() result {
	r.job.tb.Helper()
	err := r.command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.job.tb.Fatal(err)
	}
	console := &r.job.runner.Console
	shown, issues := len(console.Shown), len(console.Issues)
	console.BeginStep()
	console.Feed(r.output.text())
	done := result{status: r.command.ProcessState.ExitCode(), log: strings.Join(console.Shown[shown:], "\n"), issues: console.Issues[issues:]}
	done.outputs.SetAll(r.pairs(r.files.Output))
	r.job.state.SetAll(r.pairs(r.files.State))
	return done
}

func (r *running) pairs(file string) []ghrunner.Pair {
	r.job.tb.Helper()
	pairs, err := ghrunner.ParseFileCommand(strings.ReplaceAll(string(read(r.job.tb, file)), "\r\n", "\n"))
	if err != nil {
		r.job.tb.Error(err)
	}
	return pairs
}

// errors are the texts of the ::error:: commands.
func (r result) errors() []string {
	var texts []string
	for _, issue := range r.issues {
		if issue.Name == "error" {
			texts = append(texts, issue.Data)
		}
	}
	return texts
}

// ok fails the test unless the step ended well.
func (r result) ok(t testing.TB) result {
	t.Helper()
	if r.status != 0 || len(r.errors()) > 0 {
		t.Fatalf("exit status %d\n%s", r.status, r.log)
	}
	return r
}

// alive are the tokens that frogmint minted and that JFrog still takes.
func (j *job) alive() (ids []string) {
	for _, token := range j.box.Server.LiveTokens() {
		if strings.Contains(token.Description, "nonce=") {
			ids = append(ids, token.ID)
		}
	}
	return ids
}

// left are the files below the tool cache.
func (j *job) left() (files []string) {
	_ = filepath.WalkDir(j.tools, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return nil
	})
	return files
}
