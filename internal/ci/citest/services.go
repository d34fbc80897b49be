package citest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Call is one request that a service got.
type Call struct {
	Method        string
	Target        string // path and query
	Authorization string
	Body          string
}

// Calls collects requests. Safe for concurrent use.
type Calls struct {
	mu   sync.Mutex
	list []Call
}

// All returns the requests so far.
func (c *Calls) All() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

func (c *Calls) record(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		c.mu.Lock()
		c.list = append(c.list, Call{r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), string(body)})
		c.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		next(w, r)
	}
}

// Server serves the CI systems' HTTP services on loopback, each strict about what its documentation asks for:
//
//	/github/idtoken   GitHub's and Forgejo's endpoint
//	/azure/oidctoken  Azure Pipelines' OIDC request
//	/buildkite/v3/    Buildkite's API for the agent
//	/computeMetadata/ Google's metadata server
//
// An ID token names its audience, so that a test sees which one arrived: "id-token-for AUDIENCE".
func Server(t testing.TB) (url string, calls *Calls) {
	t.Helper()
	calls = &Calls{}
	mux := http.NewServeMux()
	mux.HandleFunc("/github/idtoken", calls.record(gitHub))
	mux.HandleFunc("/azure/oidctoken", calls.record(azure))
	mux.HandleFunc("/buildkite/v3/jobs/{job}/oidc/tokens", calls.record(buildkiteTokens))
	mux.HandleFunc("/buildkite/v3/jobs/{job}/annotations", calls.record(buildkiteAnnotations))
	mux.HandleFunc("/computeMetadata/v1/instance/service-accounts/default/identity", calls.record(google))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, calls
}

// RequestToken is the credential that every service wants.
const RequestToken = "ci-request-credential" //nolint:gosec // of this test

// DefaultAudience is in the tokens that were asked without one.
const DefaultAudience = "the-default"

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message})
}

// gitHub wants a GET that keeps the query of the address, and adds the audience to it.
func gitHub(w http.ResponseWriter, r *http.Request) {
	switch query := r.URL.Query(); {
	case r.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed, "not a GET")
	case !strings.EqualFold(r.Header.Get("Authorization"), "bearer "+RequestToken):
		refuse(w, http.StatusUnauthorized, "no bearer token")
	case query.Get("api-version") != "2.0":
		refuse(w, http.StatusBadRequest, "the address's own query is missing")
	default:
		audience := query.Get("audience")
		if audience == "" {
			audience = DefaultAudience
		}
		answer(w, http.StatusOK, map[string]any{"count": 1, "value": "id-token-for " + audience})
	}
}

// azure wants an empty POST with a version. Its tokens have one audience.
func azure(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, "not a POST")
	case r.Header.Get("Authorization") != "Bearer "+RequestToken:
		if r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress" {
			http.Redirect(w, r, "/signin", http.StatusFound)
			return
		}
		refuse(w, http.StatusUnauthorized, "no access token")
	case r.URL.Query().Get("api-version") == "":
		refuse(w, http.StatusBadRequest, "No api-version was supplied for the request")
	case r.Header.Get("Content-Type") != "application/json" || r.ContentLength != 0:
		refuse(w, http.StatusBadRequest, "not an empty JSON request")
	default:
		answer(w, http.StatusOK, map[string]string{"oidcToken": "id-token-for api://AzureADTokenExchange"})
	}
}

func buildkiteTokens(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Audience string `json:"audience"`
		Lifetime int    `json:"lifetime"`
	}
	if !buildkiteAsks(w, r, &body) {
		return
	}
	if body.Audience == "" {
		body.Audience = DefaultAudience
	}
	answer(w, http.StatusOK, map[string]string{"token": "id-token-for " + body.Audience})
}

func buildkiteAnnotations(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Body    string `json:"body"`
		Context string `json:"context"`
		Style   string `json:"style"`
		Append  bool   `json:"append"`
	}
	if buildkiteAsks(w, r, &body) {
		answer(w, http.StatusCreated, map[string]string{})
	}
}

// buildkiteAsks reads a request of the agent about the one job there is.
func buildkiteAsks(w http.ResponseWriter, r *http.Request, body any) bool {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	switch {
	case r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, "not a POST")
	case r.Header.Get("Authorization") != "Token "+RequestToken:
		refuse(w, http.StatusUnauthorized, "no agent's token")
	case r.PathValue("job") != "job-1":
		refuse(w, http.StatusNotFound, "no such job")
	case decoder.Decode(body) != nil:
		refuse(w, http.StatusUnprocessableEntity, "not the JSON of this call")
	default:
		return true
	}
	return false
}

// google wants the header that no browser sends, and an audience.
func google(w http.ResponseWriter, r *http.Request) {
	audience := r.URL.Query().Get("audience")
	switch {
	case r.Method != http.MethodGet:
		http.Error(w, "not a GET", http.StatusMethodNotAllowed)
	case r.Header.Get("Metadata-Flavor") != "Google":
		http.Error(w, "Missing Metadata-Flavor:Google header.", http.StatusForbidden)
	case audience == "":
		http.Error(w, "non-empty audience parameter required", http.StatusBadRequest)
	default:
		w.Header().Set("Metadata-Flavor", "Google")
		_, _ = fmt.Fprint(w, "id-token-for ", audience) //nolint:gosec // no browser reads it
	}
}
