package ghrunner

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// newStep returns a step of a job with forged variables, and its files.
func newStep(t *testing.T) (*Step, Files) {
	t.Helper()
	job, err := NewJob(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	job.IDTokenURL, job.IDTokenToken = "https://ids.example/", "request-token"
	for _, name := range []string{
		"STATE_kept", "STATE_forged", "INPUT_URL", "INPUT_UNDECLARED", "HOME", "GITHUB_OUTPUT", "RUNNER_OS",
		"ACTIONS_ID_TOKEN_REQUEST_URL", "FROM_ACTION", "CI",
	} {
		job.Env.Set(name, "workflow")
	}
	files, err := job.newFiles()
	if err != nil {
		t.Fatal(err)
	}
	s := &Step{
		Job: job,
		Action: Action{
			Inputs: []Pair{{"url", ""}, {"access-token", ""}, {"on failure", "warn"}, {"expiry", "1h"}},
			Env:    []Pair{{"FROM_ACTION", "action"}, {"ONLY_ACTION", "action"}},
		},
		With: []Pair{{"Expiry", "600"}},
		Env:  []Pair{{"INPUT_ACCESS-TOKEN", "step"}, {"STEP", "step"}, {"PLACE", filepath.Join(job.workspace, "x")}},
	}
	s.state.Set("kept", "saved")
	return s, files
}

func TestEnvironmentOrder(t *testing.T) {
	t.Parallel()
	s, files := newStep(t)
	env := s.Environment(files)
	want := map[string]string{
		"STATE_kept":                   "saved",    // state beats the workflow
		"STATE_forged":                 "workflow", // what the action didn't save passes through
		"INPUT_URL":                    "",         // a declared input beats the workflow, empty as it is
		"INPUT_UNDECLARED":             "workflow",
		"INPUT_ACCESS-TOKEN":           "", // dashes stay, and a step's env can't stand in for with
		"INPUT_ON_FAILURE":             "warn",
		"INPUT_EXPIRY":                 "600",
		"FROM_ACTION":                  "workflow", // runs.env gives way
		"ONLY_ACTION":                  "action",
		"STEP":                         "step",
		"HOME":                         "/github/home",
		"RUNNER_OS":                    "Linux",
		"RUNNER_TEMP":                  "/github/runner_temp",
		"GITHUB_WORKSPACE":             "/github/workspace",
		"GITHUB_EVENT_PATH":            "/github/workflow/event.json",
		"GITHUB_OUTPUT":                "/github/file_commands/" + filepath.Base(files.Output),
		"PLACE":                        "/github/workspace/x",
		"ACTIONS_ID_TOKEN_REQUEST_URL": "https://ids.example/",
		"CI":                           "workflow",
	}
	for name, value := range want {
		if got, ok := env.Get(name); !ok || got != value {
			t.Errorf("%s: got %q (set: %v), want %q", name, got, ok, value)
		}
	}
	if got, _ := env.Get("RUNNER_WORKSPACE"); strings.HasPrefix(got, "/github") {
		t.Errorf("RUNNER_WORKSPACE is translated: %s", got)
	}
}

func TestWithoutIDTokenTheWorkflowsOwnURLPasses(t *testing.T) {
	t.Parallel()
	s, files := newStep(t)
	s.Job.IDTokenURL = ""
	if got, _ := s.Environment(files).Get("ACTIONS_ID_TOKEN_REQUEST_URL"); got != "workflow" {
		t.Errorf("got %q", got)
	}
}

func TestDockerArgs(t *testing.T) {
	t.Parallel()
	env := new(Env)
	env.SetAll([]Pair{{"B", "1"}, {"A", "2"}, {"B", "3"}})
	mounts := []Mount{{dockerSocket, dockerSocket, false}, {"/h", "/c", true}}
	got := strings.Join(dockerArgs("name_1", "image", "/frogmint-main", env, mounts), " ")
	want := "run --name name_1 --label ghrunner --workdir /github/workspace --rm -e B -e A -e GITHUB_ACTIONS=true" +
		" -e CI=true --entrypoint /frogmint-main --network host" +
		" -v /var/run/docker.sock:/var/run/docker.sock -v /h:/c:ro image"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if want := []string{"B=3", "A=2"}; !slices.Equal(env.Environ(), want) {
		t.Errorf("environment: got %q, want %q", env.Environ(), want)
	}
	env.Set("CI", "")
	if slices.Contains(dockerArgs("n", "i", "/e", env, nil), "CI=true") {
		t.Error("CI is set over the workflow's own")
	}
}

func TestSanitize(t *testing.T) {
	t.Parallel()
	if got := sanitize("5e1f:dead-beef_2"); got != "e1fdeadbeef_2" {
		t.Errorf("got %q", got)
	}
}

func TestCommandFilesAreTheRunners(t *testing.T) {
	t.Parallel()
	s, files := newStep(t)
	again, err := s.Job.newFiles()
	if err != nil {
		t.Fatal(err)
	}
	if again.Output == files.Output {
		t.Error("two steps share their files")
	}
	for _, p := range files.pairs() {
		info, err := os.Stat(p.Value)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o644 || info.Size() != 0 {
			t.Errorf("%s: mode %v, size %d", p.Name, info.Mode(), info.Size())
		}
	}
}
