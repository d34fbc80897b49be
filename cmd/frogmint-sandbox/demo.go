package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// demo plays one job from its first step to its last, with the action's own code, and says what held.
func (c *command) demo(ctx context.Context, args []string) int {
	if status, ok := c.parse(flag.NewFlagSet("demo", flag.ContinueOnError), args); !ok {
		return status
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p, stop, err := c.newPlay(ctx)
	if err != nil {
		return c.failed(err)
	}
	defer stop()
	p.perform(ctx)
	if p.failures > 0 {
		return c.failed(fmt.Errorf("%d of the demo's promises did not hold", p.failures))
	}
	p.say("\nAll of it held.")
	return exitOK
}

// play is one performance: the embedded JFrog, the runner's files, and the job.
type play struct {
	out      io.Writer
	server   *sandbox.Server
	dir      string
	env      map[string]string
	client   *http.Client
	failures int
}

func (c *command) newPlay(ctx context.Context) (*play, func(), error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server, err := sandbox.New(sandbox.WithBaseURL("http://" + listener.Addr().String()))
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	dir, err := os.MkdirTemp("", "frogmint-demo-")
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	httpServer := server.HTTPServer()
	served := make(chan struct{})
	go func() { defer close(served); _ = httpServer.Serve(listener) }()
	stop := func() {
		_ = httpServer.Close()
		<-served
		_ = os.RemoveAll(dir)
	}
	p := &play{out: c.stdout, server: server, dir: dir, client: &http.Client{Timeout: 10 * time.Second}}
	return p, stop, p.prepareRunner()
}

// prepareRunner makes what GitHub's runner hands to a step: files for commands, and variables.
func (p *play) prepareRunner() error {
	p.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo-org/octo-repo", "GITHUB_RUN_ID": "1658821493", "GITHUB_JOB": "deploy",
		"INPUT_URL": p.server.BaseURL(), "INPUT_OIDC-PROVIDER-NAME": "github-broker", "INPUT_GROUPS": "CI", "INPUT_EXPIRY": "10m",
		"ACTIONS_ID_TOKEN_REQUEST_URL":   p.server.IDTokenRequestURL(),
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": p.server.IDTokenRequestToken(),
	}
	for _, name := range []string{"OUTPUT", "STATE", "STEP_SUMMARY"} {
		path := filepath.Join(p.dir, strings.ToLower(name))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		p.env["GITHUB_"+name] = path
	}
	return nil
}

func (p *play) perform(ctx context.Context) {
	p.say("A job that deploys, played against an embedded JFrog at %s.", p.server.BaseURL())
	p.say("Lines behind | are what frogmint prints into the job's log.\n")

	p.say("1. The main stage. The workflow says: uses: frogmint/frogmint, oidc-provider-name: github-broker, groups: CI, expiry: 10m")
	status := p.stage(ctx, "frogmint-main", p.env)
	p.held(status == 0, "the main stage ended with exit status %d", status)
	outputs, state := p.commands("GITHUB_OUTPUT"), p.commands("GITHUB_STATE")
	token := outputs["access-token"]
	p.held(token != "", "the step has the outputs %s", strings.Join(names(outputs), ", "))
	p.held(outputs["scope"] == "applied-permissions/groups:CI", "granted: %s to user %s until %s, revocable=%s",
		outputs["scope"], outputs["username"], outputs["expires-at"], outputs["revocable"])
	p.held(strings.Contains(state["frogmint"], token), "the post stage's state was saved, before the outputs")

	p.say("\n2. The job works with the token.")
	p.call(ctx, token, http.MethodPut, "/artifactory/libs-local/app-1.0.txt", 201, "deploys an artifact to libs-local, as group CI may")
	p.call(ctx, token, http.MethodGet, "/artifactory/libs-local/app-1.0.txt", 200, "reads it back")
	p.call(ctx, token, http.MethodPost, "/access/api/v1/tokens", 403, "tries to mint an admin's token for itself, and is refused")
	p.call(ctx, token, http.MethodGet, "/access/api/v1/oidc", 403, "tries to read JFrog's OIDC integrations, and is refused")

	p.say("\n3. The post stage. It has the saved state and nothing else: no inputs, no workspace.")
	status = p.stage(ctx, "frogmint-post", map[string]string{"STATE_frogmint": state["frogmint"]})
	p.held(status == 0, "the post stage ended with exit status %d", status)

	p.say("\n4. Somebody found the token in a cache and tries it.")
	p.call(ctx, token, http.MethodPut, "/artifactory/libs-local/evil.txt", 401, "can't deploy")
	p.call(ctx, token, http.MethodGet, "/access/api/v1/tokens/me", 401, "can't even ask who it is")

	p.say("\n5. What JFrog still holds.")
	p.inventory(outputs["token-id"])
}

// stage runs one of the action's stages, in this process, as the runner would.
func (p *play) stage(ctx context.Context, name string, env map[string]string) int {
	var log bytes.Buffer
	command := &cli.Command{
		Stdin: strings.NewReader(""), Stdout: &log, Stderr: &log, Now: time.Now,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		Environ:   func() []string { return nil },
		Proxy:     func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	status := command.Main(ctx, []string{name})
	for line := range strings.Lines(log.String()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "::add-mask::") {
			line = "::add-mask::***" // the runner shows it so
		}
		p.say("   | %s", line)
	}
	return status
}

// commands reads a file of the runner as the runner does.
func (p *play) commands(file string) map[string]string {
	values := map[string]string{}
	content, err := os.ReadFile(p.env[file])
	if err != nil {
		p.held(false, "reading the file behind %s: %v", file, err)
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
		values[name] = strings.Join(value, "\n")
	}
	return values
}

// call sends one request with the token and compares the status.
func (p *play) call(ctx context.Context, token, method, path string, want int, what string) {
	var body io.Reader
	switch method {
	case http.MethodPut:
		body = strings.NewReader("built by octo-org/octo-repo\n")
	case http.MethodPost:
		body = strings.NewReader(`{"scope":"applied-permissions/admin"}`)
	}
	request, err := http.NewRequestWithContext(ctx, method, p.server.BaseURL()+path, body)
	if err != nil {
		p.held(false, "%s: %v", what, err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.held(false, "%s: %v", what, err)
		return
	}
	_ = response.Body.Close()
	p.held(response.StatusCode == want, "%s: %s %s answers %d", what, method, path, response.StatusCode)
}

// inventory shows the server's own books.
func (p *play) inventory(id string) {
	dead := true
	for _, token := range p.server.LiveTokens() {
		dead = dead && token.ID != id
		p.say("   the exchanged token of %s, %s: not revocable at its length, dies by itself at %s", token.Username, token.Scope,
			token.ExpiresAt.UTC().Format(time.RFC3339))
	}
	p.held(dead, "the job's token is not among the living")
}

func (p *play) say(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format+"\n", args...) }

// held prints one promise and whether it was kept.
func (p *play) held(ok bool, format string, args ...any) {
	mark := "ok  "
	if !ok {
		mark = "FAIL"
		p.failures++
	}
	p.say("   "+mark+" "+format, args...)
}

func names(values map[string]string) []string {
	var all []string
	for _, name := range []string{"access-token", "token-id", "username", "scope", "expires-in", "expires-at", "revocable", "url"} {
		if values[name] != "" {
			all = append(all, name)
		}
	}
	return all
}
