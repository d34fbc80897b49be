package ci_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// TestActionsFamilyJob plays GitHub's runner; Forgejo's and Gitea's read the same.
func TestActionsFamilyJob(t *testing.T) {
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

func TestActionsIDToken(t *testing.T) {
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
		var problem *ci.Problem
		if !errors.As(err, &problem) || problem.Hint() != system.IDTokenHint {
			t.Errorf("%s: got %v", system.ID, err)
		}
	}
}

// TestServiceMisbehaves has answers that aren't an ID token. What the service says is shown, its caller's credential isn't.
func TestServiceMisbehaves(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		status    int
		header    string
		body      string
		want      string
		temporary bool
		after     time.Duration
	}{
		{"a page", 200, "", "<html>sign in</html>", "not JSON", false, 0},
		{"no token", 200, "", `{"value":""}`, "holds no value", false, 0},
		{"a number", 200, "", `{"value":1}`, "holds no value", false, 0},
		{"too long", 200, "", strings.Repeat(" ", 1<<20+1), "limit answer", true, 0},
		{"a redirect", 302, "", "", "302", false, 0},
		{"refused", 403, "", "no permission for ci-request-credential", "403 no permission for REDACTED", false, 0},
		{"too early", 403, "", "Can't issue ID_TOKEN for job in 'Pending' state", "Pending", true, 0},
		{"busy", 429, "7", "slow down", "429", true, 7 * time.Second},
		{"busy for long", 503, "9999", "slow down", "503", true, time.Minute},
		{"a command", 400, "", "\n::set-output name=x::y\n##vso[task.complete]", "400 : :set-output", false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				if test.header != "" {
					w.Header().Set("Retry-After", test.header)
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			t.Cleanup(server.Close)
			w := actionsWorld(t, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": server.URL})
			token, err := ci.GitHub().IDToken(t.Context(), w.host, "")
			if err == nil || !token.IsZero() || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v", err)
			}
			var refused *ci.Error
			if errors.As(err, &refused) && (refused.Temporary() != test.temporary || refused.RetryAfter() != test.after) {
				t.Errorf("temporary %v, after %v: %v", refused.Temporary(), refused.RetryAfter(), err)
			}
		})
	}
}

func TestActionsRefuse(t *testing.T) {
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
		if err := ci.GitHub().Summary(w.host, "page"); (err == nil) != (path == "") {
			t.Errorf("%q: summary %v", path, err)
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

func TestGiteaNoPost(t *testing.T) {
	t.Parallel()
	for version, runs := range map[string]bool{
		"": false, "v0.2.11": false, "v1.0.6": false, "2.2.9": false, "v2.3.0": true, "2.3.0": true, "v2.10.0-dev": true, "3.0.1": true, "v3": false, "main": false,
	} {
		reason := ci.Gitea().NoPost(lookup(map[string]string{"GITEA_ACTIONS_RUNNER_VERSION": version}))
		if (reason == "") != runs {
			t.Errorf("%q: %q", version, reason)
		}
	}
	if ci.Forgejo().NoPost(lookup(nil)) == "" || ci.GitHub().NoPost != nil {
		t.Error("Forgejo is taken for GitHub")
	}
}

// TestFileSwappedAfterTheCheck puts a link where one of the runner's files was, once the check is over.
func TestFileSwappedAfterTheCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	elsewhere, output := filepath.Join(dir, "elsewhere"), filepath.Join(dir, "output")
	must(t, os.WriteFile(elsewhere, nil, 0o600))
	must(t, os.WriteFile(output, nil, 0o600))
	host := ci.Host{Out: &strings.Builder{}, Env: func(name string) string { return map[string]string{"GITHUB_OUTPUT": output}[name] }}
	system := ci.GitHub()
	must(t, system.Check(host, ci.Uses{Export: true}))
	must(t, os.Remove(output))
	must(t, os.Symlink(elsewhere, output))
	if err := system.Export(host, []ci.Output{{Name: "access-token", Value: "hidden", Secret: true}}); err == nil {
		t.Error("a link was written to")
	}
	if content, err := os.ReadFile(elsewhere); err != nil || len(content) > 0 {
		t.Errorf("%d bytes went elsewhere, %v", len(content), err)
	}
}
