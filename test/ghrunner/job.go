package ghrunner

import (
	"fmt"
	"os"
	"path/filepath"
)

// Job is one job on a runner: its directories on the host, what its steps exported, and its log.
type Job struct {
	// Env is the env of workflow and job, and then what steps wrote to GITHUB_ENV.
	Env Env
	// Path is what steps wrote to GITHUB_PATH. The runner doesn't pass it to containers.
	Path []string
	// Console is the job's log.
	Console Console
	// IDTokenURL and IDTokenToken are what a job with `id-token: write` gets from the server; empty without it.
	IDTokenURL, IDTokenToken string

	temp, workspace string
	steps           int
}

// NewJob makes a job's directories below dir, which the caller removes.
func NewJob(dir string) (*Job, error) {
	j := &Job{
		temp:      filepath.Join(dir, "_work", "_temp"),
		workspace: filepath.Join(dir, "_work", "demo", "demo"),
	}
	for _, d := range []string{j.home(), j.commands(), j.workflow(), j.workspace} {
		if err := os.MkdirAll(d, 0o755); err != nil { //nolint:gosec // the runner's own mode
			return nil, fmt.Errorf("making the runner's directories: %w", err)
		}
	}
	event := filepath.Join(j.workflow(), "event.json")
	return j, os.WriteFile(event, []byte(`{"ref":"refs/heads/main"}`), 0o644) //nolint:gosec // the runner's own mode
}

func (j *Job) home() string     { return filepath.Join(j.temp, "_github_home") }
func (j *Job) commands() string { return filepath.Join(j.temp, "_runner_file_commands") }
func (j *Job) workflow() string { return filepath.Join(j.temp, "_github_workflow") }

// mounts are in the order of the docker arguments.
func (j *Job) mounts() []Mount {
	return []Mount{
		{Host: dockerSocket, Container: dockerSocket},
		{Host: j.temp, Container: "/github/runner_temp"},
		{Host: j.home(), Container: "/github/home"},
		{Host: j.workflow(), Container: "/github/workflow"},
		{Host: j.commands(), Container: commandsMount},
		{Host: j.workspace, Container: "/github/workspace"},
	}
}

// context is the part of the github and runner contexts that becomes environment.
func (j *Job) context() []Pair {
	return []Pair{
		{"GITHUB_JOB", "deploy"},
		{"GITHUB_REF", "refs/heads/main"},
		{"GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"},
		{"GITHUB_REPOSITORY", "octo-org/demo"},
		{"GITHUB_REPOSITORY_OWNER", "octo-org"},
		{"GITHUB_REPOSITORY_OWNER_ID", "1001"},
		{"GITHUB_RUN_ID", "4711"},
		{"GITHUB_RUN_NUMBER", "7"},
		{"GITHUB_RETENTION_DAYS", "90"},
		{"GITHUB_RUN_ATTEMPT", "1"},
		{"GITHUB_REPOSITORY_ID", "2002"},
		{"GITHUB_ACTOR_ID", "3003"},
		{"GITHUB_ACTOR", "octocat"},
		{"GITHUB_TRIGGERING_ACTOR", "octocat"},
		{"GITHUB_WORKFLOW", "release"},
		{"GITHUB_HEAD_REF", ""},
		{"GITHUB_BASE_REF", ""},
		{"GITHUB_EVENT_NAME", "push"},
		{"GITHUB_SERVER_URL", "https://github.com"},
		{"GITHUB_API_URL", "https://api.github.com"},
		{"GITHUB_GRAPHQL_URL", "https://api.github.com/graphql"},
		{"GITHUB_REF_NAME", "main"},
		{"GITHUB_REF_PROTECTED", "false"},
		{"GITHUB_REF_TYPE", "branch"},
		{"GITHUB_WORKFLOW_REF", "octo-org/demo/.github/workflows/release.yml@refs/heads/main"},
		{"GITHUB_WORKFLOW_SHA", "0123456789abcdef0123456789abcdef01234567"},
		{"GITHUB_WORKSPACE", j.workspace},
		{"GITHUB_EVENT_PATH", filepath.Join(j.workflow(), "event.json")},
		{"RUNNER_OS", "Linux"},
		{"RUNNER_ARCH", "X64"},
		{"RUNNER_NAME", "harness"},
		{"RUNNER_ENVIRONMENT", "github-hosted"},
		{"RUNNER_TOOL_CACHE", "/opt/hostedtoolcache"},
		{"RUNNER_TEMP", j.temp},
		{"RUNNER_WORKSPACE", filepath.Dir(j.workspace)},
	}
}

// service is what the runner adds from the job's connection to GitHub.
func (j *Job) service() []Pair {
	out := []Pair{
		{"ACTIONS_RUNTIME_URL", "https://pipelines.example/"},
		{"ACTIONS_RUNTIME_TOKEN", "not-a-real-runtime-token"},
	}
	if j.IDTokenURL != "" {
		out = append(out,
			Pair{"ACTIONS_ID_TOKEN_REQUEST_URL", j.IDTokenURL},
			Pair{"ACTIONS_ID_TOKEN_REQUEST_TOKEN", j.IDTokenToken})
	}
	return out
}
