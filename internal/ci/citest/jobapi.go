package citest

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// JobAPI is the service that Buildkite's agent gives to one job on a unix socket.
type JobAPI struct {
	Socket string
	Token  string

	mu         sync.Mutex
	env        map[string]string
	redactions []string
}

// NewJobAPI serves on a socket until the test ends.
func NewJobAPI(t testing.TB) *JobAPI {
	t.Helper()
	api := &JobAPI{Socket: filepath.Join(t.TempDir(), "job.sock"), env: map[string]string{}}
	api.Token = "job-api-credential"
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", api.Socket)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PATCH /api/current-job/v0/env", api.patch)
	mux.HandleFunc("POST /api/current-job/v0/redactions", api.redact)
	server := httptest.NewUnstartedServer(mux)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return api
}

// Env returns what later phases of the job see.
func (j *JobAPI) Env() map[string]string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.env)
}

// Redactions returns what the agent hides in the log, in order.
func (j *JobAPI) Redactions() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.redactions)
}

func (j *JobAPI) authorized(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Authorization") == "Bearer "+j.Token {
		return true
	}
	answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid authorization token"})
	return false
}

// patch sets variables; null, and names that the agent protects, are refused.
func (j *JobAPI) patch(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Env map[string]*string `json:"env"`
	}
	if !j.authorized(w, r) {
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	added := []string{}
	for name, value := range body.Env {
		if value == nil || strings.HasPrefix(name, "BUILDKITE_AGENT_") {
			answer(w, http.StatusUnprocessableEntity, map[string]string{"error": "protected: " + name})
			return
		}
		added = append(added, name)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, value := range body.Env {
		j.env[name] = *value
	}
	answer(w, http.StatusOK, map[string][]string{"added": added, "updated": {}})
}

func (j *JobAPI) redact(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Redact string `json:"redact"`
	}
	if !j.authorized(w, r) {
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	j.mu.Lock()
	j.redactions = append(j.redactions, body.Redact)
	j.mu.Unlock()
	answer(w, http.StatusCreated, map[string]string{"redacted": body.Redact})
}
