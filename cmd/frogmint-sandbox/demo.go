package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// demo plays one job from its first step to its last, with the action's own code, and says what held.
func (c *command) demo(ctx context.Context, args []string) int {
	if status, ok := c.parse(flag.NewFlagSet("demo", flag.ContinueOnError), args); !ok {
		return status
	}
	return c.play(ctx, frogmint)
}

func (c *command) play(ctx context.Context, run action) int {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p, stop, err := c.newPlay(ctx, run)
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
	run      action
	server   *sandbox.Server
	dir      string
	env      map[string]string
	client   *http.Client
	failures int
}

func (c *command) newPlay(ctx context.Context, run action) (*play, func(), error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server, err := sandbox.New(sandbox.WithKeys(c.keys), sandbox.WithBaseURL("http://"+listener.Addr().String()), sandbox.WithConfig(sandbox.Config{
		Repositories: []sandbox.RepositoryConfig{{Key: "payments-local"}}, // in which the job may nothing
	}))
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
	p := &play{out: c.stdout, run: run, server: server, dir: dir, client: &http.Client{Timeout: 10 * time.Second}}
	return p, stop, p.prepareRunner()
}

func (p *play) perform(ctx context.Context) {
	p.say("A job that deploys, played against an embedded JFrog at %s.", p.server.BaseURL())
	p.say("Lines behind | are what frogmint prints into the job's log.\n")

	p.say("1. The main step. The workflow says: uses: frogmint/frogmint, oidc-provider-name: github-broker, groups: CI, expiry: 10m")
	made := p.mainStep(ctx)
	token := made.outputs["access-token"]

	p.say("\n2. The job works with the token.")
	p.call(ctx, token, http.MethodPut, "/artifactory/libs-local/app-1.0.txt", 201, "deploys an artifact to libs-local, as group CI may")
	p.call(ctx, token, http.MethodGet, "/artifactory/libs-local/app-1.0.txt", 200, "reads it back")
	p.call(ctx, token, http.MethodPut, "/artifactory/payments-local/app-1.0.txt", 403, "tries another repository, and is refused")
	p.call(ctx, token, http.MethodPost, "/access/api/v1/tokens", 403, "tries to mint an admin's token for itself, and is refused")
	p.call(ctx, token, http.MethodGet, "/access/api/v1/oidc", 403, "tries to read JFrog's OIDC integrations, and is refused")

	p.say("\n3. The post step. It has the saved state and nothing else: no inputs, no workspace.")
	status, log := p.step(ctx, "frogmint-post", map[string]string{"STATE_frogmint": made.state})
	p.check(status == 0, "the post step ended with exit status %d", status)
	p.check(!shows(log, token), "no token is in its log")

	p.say("\n4. Somebody found the token in a cache and tries it.")
	p.call(ctx, token, http.MethodPut, "/artifactory/libs-local/evil.txt", 401, "can't deploy")
	p.call(ctx, token, http.MethodGet, "/access/api/v1/tokens/me", 401, "can't even ask who it is")

	p.say("\n5. What JFrog still holds.")
	p.inventory(made.outputs["token-id"])
}

// mainStep runs the step that mints, and looks at what it left to the runner.
func (p *play) mainStep(ctx context.Context) handover {
	status, log := p.step(ctx, "frogmint-main", p.env)
	p.check(status == 0, "the main step ended with exit status %d", status)
	m := p.handover()
	token := m.outputs["access-token"]
	p.check(token != "", "the step has the outputs %s", strings.Join(names(m.outputs), ", "))
	p.check(m.outputs["scope"] == "applied-permissions/groups:CI", "granted: %s to user %s until %s, revocable=%s",
		m.outputs["scope"], m.outputs["username"], m.outputs["expires-at"], m.outputs["revocable"])
	p.check(masks(log, token) && !shows(log, token), "the token is masked, and in the log nowhere else")
	p.check(!shows(p.summary(), token), "no token is in the job's summary")
	p.check(m.stateFirst && strings.Contains(m.state, token), "the post step's state was saved, before the outputs")
	return m
}

// call sends one request with the token and compares the status.
func (p *play) call(ctx context.Context, token, method, path string, want int, what string) {
	request, err := newRequest(ctx, method, p.server.BaseURL()+path)
	if err != nil {
		p.check(false, "%s: %v", what, err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := p.client.Do(request)
	if err != nil {
		p.check(false, "%s: %v", what, err)
		return
	}
	_ = response.Body.Close()
	p.check(response.StatusCode == want, "%s: %s %s answers %d", what, method, path, response.StatusCode)
}

// newRequest has the body that the demo sends by the method: an artifact, or a mint.
func newRequest(ctx context.Context, method, url string) (*http.Request, error) {
	body := map[string]string{
		http.MethodPut:  "built by octo-org/octo-repo\n",
		http.MethodPost: `{"scope":"applied-permissions/admin"}`,
	}[method]
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err == nil && method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, err
}

// inventory compares with the server's own books: all that may be left is the exchanged token, which no one can revoke.
func (p *play) inventory(id string) {
	dead, live := true, p.server.LiveTokens()
	for _, token := range live {
		dead = dead && token.ID != id
		p.check(!token.Revocable, "alive: %s of %s, %s: revocable=%t, dies by itself at %s", token.ID, token.Username, token.Scope,
			token.Revocable, token.ExpiresAt.UTC().Format(time.RFC3339))
	}
	p.check(dead, "the job's token is not among the living")
	p.check(len(live) == 1, "tokens alive: %d, the exchanged one", len(live))
}

func (p *play) say(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format+"\n", args...) }

// check prints one promise and whether it was kept.
func (p *play) check(ok bool, format string, args ...any) {
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
