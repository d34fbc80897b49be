//go:build container

package container

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
	"github.com/frogmint/frogmint/test/ghrunner"
)

// patience bounds one stage, the start of its container included.
const patience = 90 * time.Second

// newSandbox serves an embedded JFrog on loopback until the test ends.
func newSandbox(t *testing.T, faults ...string) *sandbox.Server {
	t.Helper()
	server, err := sandbox.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range faults {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		server.SetFaults(fault)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	server.SetBaseURL(web.URL)
	return server
}

// newStep is the step of a workflow that uses the action of this checkout with `id-token: write`.
func newStep(t *testing.T, server *sandbox.Server, with ...ghrunner.Pair) *ghrunner.Step {
	t.Helper()
	definition, err := definition()
	if err != nil {
		t.Fatal(err)
	}
	job, err := ghrunner.NewJob(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	job.IDTokenURL, job.IDTokenToken = server.IDTokenRequestURL(), server.IDTokenRequestToken()
	with = append([]ghrunner.Pair{{Name: "url", Value: server.BaseURL()}}, with...)
	for _, in := range with {
		// The runner only warns of an input that isn't declared.
		if !slices.ContainsFunc(definition.Inputs, func(p ghrunner.Pair) bool { return p.Name == in.Name }) {
			t.Errorf("action.yml declares no input %s", in.Name)
		}
	}
	return &ghrunner.Step{Job: job, Action: definition, Image: image, With: with}
}

// broker are the inputs of a job that mints for the group CI by an administrator's short token.
func broker() []ghrunner.Pair {
	return []ghrunner.Pair{
		{Name: "oidc-provider-name", Value: "github-broker"}, {Name: "groups", Value: "CI"}, {Name: "expiry", Value: "600"},
	}
}

// run runs one stage. Whatever the stage does, nothing secret may show.
func run(t *testing.T, step *ghrunner.Step, stage ghrunner.Stage) ghrunner.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	result, err := step.Run(ctx, stage)
	if err != nil {
		t.Fatal(err)
	}
	checkNothingShows(t, step, result)
	return result
}

// checkNothingShows looks for the step's secrets, in clear and in base64, in what people may read, and makes sure that
// the token which is handed out is hidden in all that comes later, also in the form that basic authentication gives it.
func checkNothingShows(t *testing.T, step *ghrunner.Step, result ghrunner.Result) {
	t.Helper()
	masks := step.Job.Console.Masks
	if token, ok := result.Outputs.Get("access-token"); ok {
		user, _ := result.Outputs.Get("username")
		if !slices.Contains(masks, token) || !slices.Contains(masks, base64.StdEncoding.EncodeToString([]byte(user+":"+token))) {
			t.Errorf("the token is not masked in both its forms")
		}
	}
	for _, mask := range masks {
		encoded := base64.StdEncoding.EncodeToString([]byte(mask))
		for place, text := range map[string]string{
			"log": result.Log(), "standard error": result.Stderr, "summary": result.Summary,
		} {
			if strings.Contains(text, mask) || strings.Contains(text, encoded) || strings.Contains(text, "eyJ") {
				t.Errorf("the %s shows a secret:\n%s", place, text)
			}
		}
	}
}

// mustPass fails the test if the stage failed, with its log.
func mustPass(t *testing.T, result ghrunner.Result) {
	t.Helper()
	if result.Failed {
		t.Fatalf("exit status %d, problems %q, log:\n%s\n%s", result.ExitCode, result.Problems, result.Log(), result.Stderr)
	}
}

// mustSay fails the test if the log lacks one of the texts.
func mustSay(t *testing.T, result ghrunner.Result, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(result.Log(), text) {
			t.Errorf("the log lacks %q:\n%s", text, result.Log())
		}
	}
}

// deploy puts an artifact to libs-local and returns the status.
func deploy(t *testing.T, server *sandbox.Server, token string) int {
	t.Helper()
	return sandboxtest.Use(t, http.MethodPut, server.BaseURL()+"/artifactory/libs-local/a.txt", token)
}

// whoami asks with a token for itself and returns the status.
func whoami(t *testing.T, server *sandbox.Server, token string) int {
	t.Helper()
	return sandboxtest.Use(t, http.MethodGet, server.BaseURL()+"/access/api/v1/tokens/me", token)
}

// checkAlive compares the users of the tokens that still live with those expected.
func checkAlive(t *testing.T, server *sandbox.Server, users ...string) {
	t.Helper()
	var got []string
	for _, token := range server.LiveTokens() {
		got = append(got, token.Username)
	}
	slices.Sort(got)
	if !slices.Equal(got, users) {
		t.Errorf("live tokens: got those of %q, want those of %q", got, users)
	}
}

// minted reports whether the server has been asked to mint.
func minted(server *sandbox.Server) bool {
	return slices.ContainsFunc(server.Requests(), func(r sandbox.Request) bool {
		return r.Method == http.MethodPost && r.Path == "/access/api/v1/tokens"
	})
}
