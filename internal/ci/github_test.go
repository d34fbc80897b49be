package ci_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/redact"
	"github.com/frogmint/frogmint/test/ghrunner"
)

func actionsWorld(t testing.TB, more map[string]string) *world {
	t.Helper()
	env := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "{file}/output", "GITHUB_ENV": "{file}/env", "GITHUB_STATE": "{file}/state",
		"GITHUB_STEP_SUMMARY":            "{file}/summary",
		"ACTIONS_ID_TOKEN_REQUEST_URL":   "{url}/github/idtoken?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "{request-token}",
	}
	for name, value := range more {
		env[name] = value
	}
	return newWorld(t, env)
}

func pairs(t testing.TB, text string) map[string]string {
	t.Helper()
	parsed, err := ghrunner.ParseFileCommand(text)
	must(t, err)
	values := map[string]string{}
	for _, pair := range parsed {
		values[pair.Name] = pair.Value
	}
	return values
}

// TestActions_RunnerReadsWhatWasWritten plays GitHub's runner; Forgejo's and Gitea's read the same.
func TestActions_RunnerReadsWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, system := range []ci.System{ci.GitHub(), ci.Forgejo(), ci.Gitea()} {
		t.Run(system.ID, func(t *testing.T) {
			t.Parallel()
			w := actionsWorld(t, nil)
			must(t, system.Check(w.host, ci.Uses{Save: true, Export: true, Setenv: true}))
			must(t, system.Mask(w.host, secret()))
			must(t, system.Save(w.host, "frogmint", `{"token":"a<<b"}`))
			must(t, system.Export(w.host, outputs()))
			must(t, system.Setenv(w.host, variables()))
			system.Print(w.host, ci.Warning, "seen: "+secret().Reveal())
			contains(t, pairs(t, w.read(t, "output", 0o644)), asMap(outputs()))
			contains(t, pairs(t, w.read(t, "env", 0o644)), asMap(variables()))
			contains(t, pairs(t, w.read(t, "state", 0o644)), map[string]string{"frogmint": `{"token":"a<<b"}`})
			var console ghrunner.Console
			console.BeginStep()
			console.Feed(w.out.String())
			if strings.Contains(console.Hide("token "+secret().Reveal()), secret().Reveal()) {
				t.Error("the token isn't masked")
			}
		})
	}
}

func TestActions_IDToken(t *testing.T) {
	t.Parallel()
	for _, system := range []ci.System{ci.GitHub(), ci.Forgejo(), ci.Gitea()} {
		for audience, want := range map[string]string{"": "the-default", asked: asked, "a&audience=b": "a&audience=b"} {
			w := actionsWorld(t, nil)
			token, err := system.IDToken(t.Context(), w.host, audience)
			must(t, err)
			if token.Reveal() != "id-token-for "+want {
				t.Errorf("%s: got %q", system.ID, token.Reveal())
			}
		}
		w := actionsWorld(t, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN": ""})
		_, err := system.IDToken(t.Context(), w.host, "")
		var problem *ci.ProblemError
		want := map[string]string{"github": "id-token: write", "forgejo": "enable-openid-connect", "gitea": "access-token"}[system.ID]
		if !errors.As(err, &problem) || !strings.Contains(problem.Hint(), want) {
			t.Errorf("%s: got %v, hint %q", system.ID, err, hint(err))
		}
	}
}

func TestActions_RefuseUnfitFilesAndValues(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	link := filepath.Join(directory, "link")
	must(t, os.Symlink(filepath.Join(directory, "file"), link))
	for _, path := range []string{"", directory, link, filepath.Join(directory, "none")} {
		w := actionsWorld(t, map[string]string{"GITHUB_OUTPUT": path, "GITHUB_STEP_SUMMARY": path})
		if err := ci.GitHub().Check(w.host, ci.Uses{Export: true}); err == nil {
			t.Errorf("%q passed", path)
		}
		must(t, ci.GitHub().Check(w.host, ci.Uses{Save: true, Setenv: true}))
		if err := ci.GitHub().Export(w.host, outputs()); err == nil || strings.Contains(err.Error(), secret().Reveal()) || path == "" && !strings.Contains(err.Error(), "GITHUB_OUTPUT is not set") {
			t.Errorf("%q: export %v", path, err)
		}
		if err := ci.GitHub().Summary(w.host, "page"); (err == nil) != (path == "") {
			t.Errorf("%q: summary %v", path, err)
		}
	}
	for name, uses := range map[string]ci.Uses{"GITHUB_STATE": {Save: true}, "GITHUB_OUTPUT": {Export: true}, "GITHUB_ENV": {Setenv: true}} {
		w := actionsWorld(t, map[string]string{name: filepath.Join(directory, "none")})
		var problem *ci.ProblemError
		if err := ci.GitHub().Check(w.host, uses); !errors.As(err, &problem) || !strings.Contains(err.Error(), name) || problem.Hint() == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	w := actionsWorld(t, nil)
	if err := ci.GitHub().Export(w.host, []ci.Output{{Name: "url", Value: "_GitHubActionsFileCommandDelimeter_"}}); err == nil {
		t.Error("the delimiter was written")
	}
	if err := ci.GitHub().Mask(w.host, redact.NewSecret("first\nsecond-line")); err == nil || strings.Contains(err.Error(), "second-line") {
		t.Errorf("got %v", err)
	}
}

func TestPostUnreliable(t *testing.T) {
	t.Parallel()
	for version, runs := range map[string]bool{
		"": false, "v0.2.11": false, "v1.0.6": false, "2.2.9": false, "v2.3.0": true, "2.3.0": true, "v2.10.0-dev": true, "3.0.1": true, "v3": false, "main": false,
	} {
		reason := ci.Gitea().PostUnreliable(lookup(map[string]string{"GITEA_ACTIONS_RUNNER_VERSION": version}))
		if (reason == "") != runs {
			t.Errorf("%q: %q", version, reason)
		}
	}
	if reason := ci.Forgejo().PostUnreliable(lookup(nil)); !strings.Contains(reason, "frogmint/frogmint/revoke") || !strings.Contains(reason, "expiry") {
		t.Errorf("Forgejo: %q", reason)
	}
	for act, unreliable := range map[string]bool{"": false, "false": false, "0": false, "true": true, "1": true, "True": true} {
		reason := ci.GitHub().PostUnreliable(lookup(map[string]string{"GITHUB_ACTIONS": "true", "ACT": act}))
		if (reason != "") != unreliable || unreliable && !(strings.Contains(reason, "act ") && strings.Contains(reason, "frogmint/frogmint/revoke")) {
			t.Errorf("ACT=%s: %q", act, reason)
		}
	}
}

// closed is a log that can't be written any more.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestActions_ClosedLog: the library panics where it can't write.
func TestActions_ClosedLog(t *testing.T) {
	t.Parallel()
	host := ci.Host{Env: lookup(nil), Out: closed{}}
	if err := ci.GitHub().Mask(host, secret()); err == nil || strings.Contains(err.Error(), secret().Reveal()) {
		t.Errorf("masked: %v", err)
	}
	ci.GitHub().Print(host, ci.Failure, "it failed")
}
