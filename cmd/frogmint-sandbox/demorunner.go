package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/frogmint/frogmint/internal/cli"
)

// action runs one step of the action and returns its exit status.
type action func(ctx context.Context, step string, env map[string]string, log io.Writer) int

// frogmint is the action's own code, in this process.
func frogmint(ctx context.Context, step string, env map[string]string, log io.Writer) int {
	command := &cli.Command{
		Stdin: strings.NewReader(""), Stdout: log, Stderr: log,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		Environ:   func() []string { return nil },
		Proxy:     func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	return command.Main(ctx, []string{step})
}

const maskCommand = "::add-mask::"

// prepareRunner makes what GitHub's runner hands to a step: files for commands, and variables. Outputs and state share a
// file, unlike on the runner: the order of its lines is the order in which they were written.
func (p *play) prepareRunner() error {
	p.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo-org/octo-repo", "GITHUB_RUN_ID": "1658821493", "GITHUB_JOB": "deploy",
		"INPUT_URL": p.server.BaseURL(), "INPUT_OIDC-PROVIDER-NAME": "github-broker", "INPUT_GROUPS": "CI", "INPUT_EXPIRY": "10m",
		"ACTIONS_ID_TOKEN_REQUEST_URL":   p.server.IDTokenRequestURL(),
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": p.server.IDTokenRequestToken(),
	}
	for variable, name := range map[string]string{
		"GITHUB_OUTPUT": "commands", "GITHUB_STATE": "commands", "GITHUB_STEP_SUMMARY": "summary",
	} {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		p.env[variable] = path
	}
	return nil
}

// step runs one of the action's steps as the runner would, and returns what it printed.
func (p *play) step(ctx context.Context, name string, env map[string]string) (status int, log string) {
	var b bytes.Buffer
	status = p.run(ctx, name, env, &b)
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, maskCommand) {
			line = maskCommand + "***" // the runner shows it so
		}
		p.say("   | %s", line)
	}
	return status, b.String()
}

// masks reports whether a log tells the runner to hide the token.
func masks(log, token string) bool {
	for line := range strings.Lines(log) {
		if strings.TrimSuffix(line, "\n") == maskCommand+token {
			return true
		}
	}
	return false
}

// shows reports whether a text has the token, or any other JWT, outside a mask.
func shows(text, token string) bool {
	const jwt = "eyJ" // {" in base64
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, maskCommand) && (strings.Contains(line, token) || strings.Contains(line, jwt)) {
			return true
		}
	}
	return false
}

// handover is what the main step left to the runner.
type handover struct {
	outputs    map[string]string
	state      string
	stateFirst bool
}

// handover reads the runner's file as the runner does.
func (p *play) handover() handover {
	m := handover{outputs: map[string]string{}}
	content, err := os.ReadFile(p.env["GITHUB_OUTPUT"])
	if err != nil {
		p.check(false, "reading the runner's commands: %v", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, delimiter, ok := strings.Cut(lines.Text(), "<<")
		if !ok {
			continue
		}
		var value []string
		for lines.Scan() && lines.Text() != delimiter {
			value = append(value, lines.Text())
		}
		m.add(name, strings.Join(value, "\n"))
	}
	return m
}

func (m *handover) add(name, value string) {
	if name != "frogmint" {
		m.outputs[name] = value
		return
	}
	m.state, m.stateFirst = value, len(m.outputs) == 0
}

func (p *play) summary() string {
	content, err := os.ReadFile(p.env["GITHUB_STEP_SUMMARY"])
	if err != nil {
		p.check(false, "reading the job's summary: %v", err)
	}
	return string(content)
}
