//go:build container

// Package act runs this repository's own workflow under act, a runner that isn't GitHub's, against the embedded JFrog.
//
// It needs a Docker daemon, act in the PATH, and two images: FROGMINT_BUILDER, which holds Go, and FROGMINT_JOB_IMAGE, in
// which the workflow's steps run. It fails without them.
package act

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// watched is a sandbox that remembers which token deployed the workflow's artifact.
type watched struct {
	*sandbox.Server

	mu    sync.Mutex
	token string
}

// ServeHTTP answers one request.
func (w *watched) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut && r.URL.Path == artifact {
		w.mu.Lock()
		w.token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.mu.Unlock()
	}
	w.Server.ServeHTTP(rw, r)
}

const artifact = "/artifactory/libs-local/selftest/artifact.txt"

func TestWorkflow(t *testing.T) {
	server := startSandbox(t)
	log := runAct(t, checkout(t), server.Server)
	t.Logf("act's log:\n%s", log)

	server.mu.Lock()
	token := server.token
	server.mu.Unlock()
	if token == "" {
		t.Fatal("nothing was deployed")
	}
	if status := get(t, server.BaseURL()+artifact, server.AdminToken()); status != http.StatusOK {
		t.Errorf("reading the artifact: status %d", status)
	}
	if id := deployer(server.Server); id == "" || !strings.Contains(log, "minted token "+id) {
		t.Errorf("the artifact was not deployed with the token that the log names, but with %q", id)
	}
	checkLog(t, log, token)
}

// deployer returns the id of the token that deployed the artifact.
func deployer(server *sandbox.Server) string {
	for _, r := range server.Requests() {
		if r.Method == http.MethodPut && r.Path == artifact && r.Status == http.StatusCreated {
			return r.TokenID
		}
	}
	return ""
}

// checkLog is about the log alone: the step's output came masked, and no part of a token came otherwise.
func checkLog(t *testing.T, log, token string) {
	t.Helper()
	for _, want := range []string{
		"the token in the log: ***",
		"Success - Main Mint a token",
		"Success - Main Deploy with the token",
		"Success - Post Mint a token",
		// act keeps no state for a container's post entry point, unlike GitHub's runner.
		"nothing to revoke",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	if strings.Contains(log, token) {
		t.Error("the log shows the token")
	}
	if !looksLikeToken.MatchString(token) {
		t.Fatalf("no check: a token doesn't look like %s", looksLikeToken)
	}
	for _, line := range strings.Split(log, "\n") {
		if looksLikeToken.MatchString(line) {
			t.Errorf("the log shows what looks like a token: %s", line)
		}
	}
}

// looksLikeToken is the head of a JWT, of an ID token too.
var looksLikeToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}`)

func startSandbox(t *testing.T) *watched {
	t.Helper()
	server, err := sandbox.New()
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{Server: server}
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	server.SetBaseURL(web.URL)
	return w
}

// checkout copies the files of this repository, those not committed too, into a repository of their own. act can't pass
// a build argument, so the copy's Dockerfile names the builder.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := command(t, "../..", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for name := range strings.SplitSeq(strings.TrimSuffix(files, "\x00"), "\x00") {
		copyFile(t, filepath.Join("../..", name), filepath.Join(dir, name))
	}
	dockerfile := filepath.Join(dir, "Dockerfile")
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		t.Fatal(err)
	}
	argument := regexp.MustCompile(`(?m)^ARG BUILDER=.*$`)
	if !argument.Match(text) {
		t.Fatal("the Dockerfile has no argument BUILDER")
	}
	text = argument.ReplaceAll(text, []byte("ARG BUILDER="+required(t, "FROGMINT_BUILDER")))
	if err := os.WriteFile(dockerfile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, dir, "git", "init", "-q", "-b", "main")
	command(t, dir, "git", "remote", "add", "origin", "https://github.com/frogmint/frogmint")
	command(t, dir, "git", "add", ".")
	command(t, dir, "git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "a copy")
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if os.IsNotExist(err) {
		return // deleted, and not yet committed
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
}

// runAct runs the workflow and returns act's log. What a runner would get from GitHub for the ID token comes from the
// sandbox, by a file, so that it isn't in act's arguments.
func runAct(t *testing.T, dir string, server *sandbox.Server) string {
	t.Helper()
	env := filepath.Join(t.TempDir(), "env")
	lines := fmt.Sprintf("JF_URL=%s\nACTIONS_ID_TOKEN_REQUEST_URL=%s\nACTIONS_ID_TOKEN_REQUEST_TOKEN=%s\n",
		server.BaseURL(), server.IDTokenRequestURL(), server.IDTokenRequestToken())
	if err := os.WriteFile(env, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return command(t, dir, "act", "push", "--workflows", ".github/workflows/selftest.yml",
		"--platform", "ubuntu-latest="+required(t, "FROGMINT_JOB_IMAGE"), "--pull=false", "--rebuild",
		"--network", "host", "--no-cache-server", "--env-file", env)
}

// required returns a variable that must be set.
func required(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: bash .ci/container sets it", name)
	}
	return value
}

// command runs a program in a folder and returns its output, standard error too.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	// act writes its configuration and its cache below these.
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "XDG_CACHE_HOME="+t.TempDir())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &out)
	}
	return out.String()
}

func get(t *testing.T, url, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
