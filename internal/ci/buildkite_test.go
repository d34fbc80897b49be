package ci_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
)

func buildkiteWorld(t testing.TB, more map[string]string) *world {
	t.Helper()
	env := map[string]string{
		"BUILDKITE": "true", "BUILDKITE_JOB_ID": "job-1", "BUILDKITE_AGENT_ENDPOINT": "{url}/buildkite/v3",
		"BUILDKITE_AGENT_ACCESS_TOKEN":   "{request-token}",
		"BUILDKITE_AGENT_JOB_API_SOCKET": "{socket}", "BUILDKITE_AGENT_JOB_API_TOKEN": "{socket-token}",
	}
	for name, value := range more {
		env[name] = value
	}
	return newWorld(t, env)
}

func TestBuildkite_JobAPIGetsWhatWasExported(t *testing.T) {
	t.Parallel()
	w := buildkiteWorld(t, nil)
	system := ci.Buildkite()
	must(t, system.Check(w.host, ci.Uses{Export: true, Setenv: true}))
	must(t, system.Mask(w.host, secret()))
	must(t, system.Export(w.host, outputs()))
	must(t, system.Setenv(w.host, variables()))
	contains(t, w.job.Env(), asShellVariables(outputs()))
	contains(t, w.job.Env(), asMap(variables()))
	if !slices.Equal(w.job.Redactions(), []string{secret().Reveal()}) {
		t.Errorf("redactions %q", w.job.Redactions())
	}
	if w.out.Len() > 0 {
		t.Errorf("printed %q", w.out)
	}
}

func TestBuildkite_IDToken(t *testing.T) {
	t.Parallel()
	for audience, want := range map[string]string{"": "id-token-for the-default", asked: "id-token-for " + asked, `a"b`: `id-token-for a"b`} {
		w := buildkiteWorld(t, nil)
		token, err := ci.Buildkite().IDToken(t.Context(), w.host, audience)
		must(t, err)
		if token.Reveal() != want {
			t.Errorf("got %q, want %q", token.Reveal(), want)
		}
	}
	for want, env := range map[string]map[string]string{
		"JOB_ID is not set":    {"BUILDKITE_JOB_ID": ""},
		"401 ":                 {"BUILDKITE_AGENT_ACCESS_TOKEN": "wrong-credential"},
		"404 ":                 {"BUILDKITE_JOB_ID": "../jobs/job-1"},
		"no answer":            {"BUILDKITE_AGENT_ENDPOINT": "http://127.0.0.1:1/v3"},
		"Buildkite for the jo": {"BUILDKITE_AGENT_ENDPOINT": ":"},
	} {
		w := buildkiteWorld(t, env)
		_, err := ci.Buildkite().IDToken(t.Context(), w.host, asked)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "wrong-credential") {
			t.Errorf("%v: got %v", env, err)
		}
	}
}

// TestBuildkite_WithoutSocketNeitherMasksNorExports is a container that got the agent's variables only: it may mint, but neither mask nor export.
func TestBuildkite_WithoutSocketNeitherMasksNorExports(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"BUILDKITE_AGENT_JOB_API_SOCKET", "BUILDKITE_AGENT_JOB_API_TOKEN"} {
		w := buildkiteWorld(t, map[string]string{missing: ""})
		system := ci.Buildkite()
		var problem *ci.ProblemError
		if err := system.Check(w.host, ci.Uses{Export: true}); !errors.As(err, &problem) || !strings.Contains(problem.Hint(), "frogmint exec") {
			t.Errorf("got %v", err)
		}
		must(t, system.Check(w.host, ci.Uses{}))
		if detected, err := ci.Detect(w.get); err != nil || detected.Mask != nil {
			t.Errorf("without %s there seems to be a mask, error %v", missing, err)
		}
		if err := system.Export(w.host, outputs()); err == nil || strings.Contains(err.Error(), secret().Reveal()) {
			t.Errorf("got %v", err)
		}
	}
}

// TestBuildkite_MaskFailureIsAnError must fail rather than print an unmasked token later.
func TestBuildkite_MaskFailureIsAnError(t *testing.T) {
	t.Parallel()
	for _, env := range []map[string]string{
		{"BUILDKITE_AGENT_JOB_API_TOKEN": "wrong"},
		{"BUILDKITE_AGENT_JOB_API_SOCKET": filepath.Join(t.TempDir(), "none")},
	} {
		w := buildkiteWorld(t, env)
		if err := ci.Buildkite().Mask(w.host, secret()); err == nil || strings.Contains(err.Error(), secret().Reveal()) {
			t.Errorf("%v: got %v", env, err)
		}
	}
}

// TestBuildkite_AgentRepeatsTheRequest: what the agent says of a body that holds secrets may hold them too.
func TestBuildkite_AgentRepeatsTheRequest(t *testing.T) {
	t.Parallel()
	w := buildkiteWorld(t, nil)
	w.host.Local = func(string) *httpapi.Client {
		return httpapi.WithTransport(answers{500, `{"error":"can't read ` + secret().Reveal() + ` from ` + w.job.Token + `"}`})
	}
	for what, err := range map[string]error{
		"mask": ci.Buildkite().Mask(w.host, secret()), "export": ci.Buildkite().Export(w.host, outputs()), "setenv": ci.Buildkite().Setenv(w.host, variables()),
	} {
		if err == nil || hint(err) == "" || !strings.Contains(err.Error(), "can't read REDACTED from REDACTED") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestBuildkite_ProtectedNameIsRefused(t *testing.T) {
	t.Parallel()
	w := buildkiteWorld(t, nil)
	err := ci.Buildkite().Setenv(w.host, []ci.Output{{Name: "BUILDKITE_AGENT_DEBUG", Value: "true"}})
	var refused *httpapi.Error
	if !errors.As(err, &refused) || refused.Status != 422 {
		t.Errorf("got %v", err)
	}
}

// An agent's own words are shown in part: a service may say anything.
func TestBuildkite_AgentsWordsAreCut(t *testing.T) {
	t.Parallel()
	for _, body := range []string{strings.Repeat("x", 400), `{"message":"` + strings.Repeat("x", 400) + `"}`, `{"error":"` + strings.Repeat("x", 400) + `"}`} {
		w := buildkiteWorld(t, nil)
		w.host.Local = func(string) *httpapi.Client { return httpapi.WithTransport(answers{500, body}) }
		var refused *httpapi.Error
		if err := ci.Buildkite().Mask(w.host, secret()); !errors.As(err, &refused) || refused.Message != strings.Repeat("x", 297)+"…" || !refused.Own {
			t.Errorf("got %v", err)
		}
	}
}
