//go:build container

// Package act runs this repository's own workflow under act, a runner that isn't GitHub's, against the embedded JFrog.
//
// It needs a Docker daemon, act in the PATH, and two images: FROGMINT_BUILDER, which holds Go, and FROGMINT_JOB_IMAGE, in
// which the workflow's steps run. It fails without them.
package act

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
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
	log, ok := runAct(t, checkout(t), ".github/workflows/selftest.yml", server.Server)
	if !ok {
		t.Error("the job failed")
	}
	server.mu.Lock()
	token := server.token
	server.mu.Unlock()
	if token == "" {
		t.Fatal("nothing was deployed")
	}
	if status := sandboxtest.Use(t, http.MethodGet, server.BaseURL()+artifact, server.AdminToken()); status != http.StatusOK {
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
		// act keeps no state for a container's post entry point, unlike GitHub's runner: both steps say so.
		"the token may not be revoked when the job ends: act hands no saved state",
		"no saved state arrived: if the main step made a token",
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
	for line := range strings.Lines(log) {
		if looksLikeToken.MatchString(line) {
			t.Errorf("the log shows what looks like a token: %s", line)
		}
	}
}

// looksLikeToken is the head of a JWT, of an ID token too.
var looksLikeToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}`)
