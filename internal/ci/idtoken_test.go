package ci_test

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/ci/citest"
	"github.com/frogmint/frogmint/internal/httpapi"
)

// TestIDToken_WithoutSourceSaysWhatToDo is a job in each CI without what gives an ID token there.
func TestIDToken_WithoutSourceSaysWhatToDo(t *testing.T) {
	t.Parallel()
	want := map[string][2]string{ // what the error and the hint name
		"forgejo": {"Forgejo", "enable-openid-connect"}, "gitea": {"Gitea", "access-token"}, "github": {"GitHub", "id-token: write"},
		"gitlab": {"JFROG_ID_TOKEN", "id_tokens"}, "azure": {"Azure Pipelines", "System.AccessToken"}, "circleci": {"CIRCLE_OIDC_TOKEN", "CircleCI"},
		"buildkite": {"Buildkite", "mount-buildkite-agent"}, "bitbucket": {"BITBUCKET_STEP_OIDC_TOKEN", "oidc: true"},
		"semaphore": {"SEMAPHORE_OIDC_TOKEN", "paid plans"}, "teamcity": {"TeamCity", "id-token-env"}, "woodpecker": {"Woodpecker", "access-token"},
		"harness": {"Harness", "PLUGIN_OIDC_TOKEN_ID"}, "drone": {"Drone", "access-token"}, "travis": {"Travis", "access-token"},
		"codebuild": {"CodeBuild", "get-web-identity-token"}, "jenkins": {"JFROG_ID_TOKEN", "withCredentials"},
		"kubernetes": {"no such file", "serviceAccountToken"}, "google-cloud-build": {"audience", "oidc-audience"}, "generic": {"not a CI", "id-token-env"},
	}
	for _, system := range append(ci.Systems(), ci.Generic()) {
		w := newWorld(t, nil)
		token, err := system.IDToken(t.Context(), w.host, "")
		var problem *ci.ProblemError
		if !token.IsZero() || !errors.As(err, &problem) {
			t.Errorf("%s: got %v", system.ID, err)
			continue
		}
		if names := want[system.ID]; names[0] == "" || !strings.Contains(err.Error(), names[0]) || !strings.Contains(problem.Hint(), names[1]) {
			t.Errorf("%s: got %q, hint %q, want %q", system.ID, err, problem.Hint(), names)
		}
	}
}

// TestIDToken_ForkPullRequest reads the event as GitHub writes it.
func TestIDToken_ForkPullRequest(t *testing.T) {
	t.Parallel()
	fork := `{"pull_request":{"head":{"repo":{"fork":true,"full_name":"stranger/app"}}}}`
	for _, test := range []struct {
		name, event string
		env         map[string]string
		want        bool
	}{
		{"a fork", fork, nil, true},
		{"a fork, with no more in the event", `{"pull_request":{"head":{"repo":{"fork":true}}}}`, nil, true},
		{"a fork, with no name to compare", `{"pull_request":{"head":{"repo":{"fork":true}}}}`, map[string]string{"GITHUB_REPOSITORY": ""}, true},
		{"a branch of the repository", `{"pull_request":{"head":{"repo":{"fork":false,"full_name":"acme/app"}}}}`, nil, false},
		{"a branch of a repository that is a fork", `{"pull_request":{"head":{"repo":{"fork":true,"full_name":"acme/app"}}}}`, nil, false},
		{"a fork, with the rights of the repository", fork, map[string]string{"GITHUB_EVENT_NAME": "pull_request_target"}, false},
		{"a push", `{"ref":"refs/heads/main","repository":{"fork":true}}`, nil, false},
		{"a fork that was deleted", `{"pull_request":{"head":{"repo":null}}}`, nil, false},
		{"no JSON", "fork", nil, false},
		{"too much to read", fork[:len(fork)-1] + `,"body":"` + strings.Repeat("x", httpapi.MaxFile) + `"}`, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "event.json")
			must(t, os.WriteFile(path, []byte(test.event), 0o600))
			env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/app", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": path}
			for name, value := range test.env {
				env[name] = value
			}
			w := newWorld(t, env)
			_, err := ci.GitHub().IDToken(t.Context(), w.host, "")
			if err == nil || strings.Contains(err.Error(), "pull request from a fork") != test.want {
				t.Errorf("got %v", err)
			}
			if advice := hint(err); strings.Contains(advice, "head.repo.fork") != test.want || strings.Contains(advice, "permissions: id-token") == test.want {
				t.Errorf("hint %q", advice)
			}
		})
	}
}

// TestIDToken_ForkWithPermission: a repository may give its forks' pull requests a token, and then it is used.
func TestIDToken_ForkWithPermission(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "event.json")
	must(t, os.WriteFile(path, []byte(`{"pull_request":{"head":{"repo":{"fork":true}}}}`), 0o600))
	w := actionsWorld(t, map[string]string{"GITHUB_EVENT_PATH": path})
	token, err := ci.GitHub().IDToken(t.Context(), w.host, asked)
	must(t, err)
	if token.Reveal() != "id-token-for "+asked {
		t.Errorf("got %q", token.Reveal())
	}
}

// endpoints are the environments in which each service of a CI stands at one address.
func endpoints(address string) map[string]map[string]string {
	return map[string]map[string]string{
		"github":             {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": address, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": citest.RequestToken},
		"forgejo":            {"FORGEJO_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": address, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": citest.RequestToken},
		"azure":              {"TF_BUILD": "True", "SYSTEM_OIDCREQUESTURI": address, "SYSTEM_ACCESSTOKEN": citest.RequestToken},
		"buildkite":          {"BUILDKITE": "true", "BUILDKITE_AGENT_ENDPOINT": address, "BUILDKITE_AGENT_ACCESS_TOKEN": citest.RequestToken, "BUILDKITE_JOB_ID": "job-1"},
		"google-cloud-build": {"BUILDER_OUTPUT": "/builder", "GCE_METADATA_HOST": strings.TrimPrefix(address, "http://")},
	}
}

// TestIDToken_FailureSaysWhoseAnswerItIs: whatever comes back, the error names the host and holds no credential, and there
// is something to do about it. fix is a part of that; "own" is the system's own.
func TestIDToken_FailureSaysWhoseAnswerItIs(t *testing.T) {
	t.Parallel()
	own := map[string]string{"github": "id-token: write", "forgejo": "enable-openid-connect", "azure": "System.AccessToken",
		"buildkite": "mount-buildkite-agent", "google-cloud-build": "service account"}
	page := "<!DOCTYPE html><html><head><title>Sign in to Acme</title></head></html>"
	for _, test := range []struct {
		name      string
		status    int
		header    string // Retry-After
		body      string
		want      string
		fix       string
		temporary bool
		after     time.Duration
	}{
		{"a sign-in page", 200, "", page, `a page titled "Sign in to Acme"`, "directly", false, 0},
		{"a gateway's page", 403, "", page, `403 a web page (a page titled "Sign in to Acme")`, "directly", false, 0},
		{"a page without a title", 404, "", "<html>not here</html>", "404 a web page", "directly", false, 0},
		{"a gateway in trouble", 502, "", page, "502 a web page", "directly", true, 0},
		{"a redirect", 302, "", "", "302 a redirect", "directly", false, 0},
		{"a proxy that wants credentials", 407, "", "", "407 ", "let the proxy connect", false, 0},
		{"refused", 403, "", `{"message":"no permission for ` + citest.RequestToken + `"}`, "403 no permission for REDACTED", "own", false, 0},
		{"refused in other JSON", 401, "", `{"error":"who are you?"}`, "401 who are you?", "own", false, 0},
		{"refused in plain text", 401, "", "who are you?", "401 who are you?", "own", false, 0},
		{"busy", 429, "7", `{"message":"slow down"}`, "429 slow down", "later", true, 7 * time.Second},
		{"a command", 400, "", "\n::set-output name=x::y\n##vso[task.complete]", "400 : :set-output", "own", false, 0},
		{"too long", 200, "", strings.Repeat(" ", httpapi.MaxBody+1), "limit answer", "reaches", true, 0},
		{"no token", 200, "", "", "", "directly", false, 0},
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
			for id, env := range endpoints(server.URL) {
				if id == "google-cloud-build" && strings.Contains(test.body, citest.RequestToken) {
					continue // it is shown no credential
				}
				w := newWorld(t, env)
				system, err := ci.Detect(w.get)
				must(t, err)
				token, err := system.IDToken(t.Context(), w.host, asked)
				var failure *httpapi.Error
				if !token.IsZero() || !errors.As(err, &failure) {
					t.Fatalf("%s: got %v", id, err)
				}
				fix := test.fix
				if fix == "own" || id == "google-cloud-build" { // nothing stands between a machine and its metadata server
					fix = own[id]
				}
				if !strings.Contains(failure.Fix, fix) {
					t.Errorf("%s: hint %q, want %q", id, failure.Hint(), fix)
				}
				if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), failure.Host) || "http://"+failure.Host != server.URL {
					t.Errorf("%s: got %v, host %s", id, err, failure.Host)
				}
				if plain := test.name == "refused in plain text"; plain && failure.Own != (id == "google-cloud-build") {
					t.Errorf("%s: taken for the service's own: %v", id, failure.Own)
				}
				if strings.Contains(err.Error()+failure.Hint(), citest.RequestToken) {
					t.Errorf("%s: the credential is in %v", id, err)
				}
				if httpapi.IsTemporary(err) != test.temporary || httpapi.RetryAfter(err) != test.after {
					t.Errorf("%s: temporary %v, after %v", id, httpapi.IsTemporary(err), httpapi.RetryAfter(err))
				}
				if told := test.fix == "directly"; told != strings.Contains(failure.Cause, failure.Host) && id != "google-cloud-build" && !test.temporary {
					t.Errorf("%s: cause %q", id, failure.Cause)
				}
			}
		})
	}
}

// TestIDToken_AnswerWithoutToken has JSON that isn't what the service answers with.
func TestIDToken_AnswerWithoutToken(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `[]`, `{"value":""}`, `{"value":1}`, `{"value":"<html>"}`, `{"value":"` + strings.Repeat("x", httpapi.MaxToken+1) + `"}`} {
		w := plainWorld(t, endpoints("https://ci.test/token")["github"])
		w.host.HTTP = httpapi.WithTransport(answers{200, body})
		token, err := ci.GitHub().IDToken(t.Context(), w.host, "")
		if !token.IsZero() || err == nil || hint(err) == "" || !strings.Contains(err.Error(), "ci.test") {
			t.Errorf("%.40s: got %v, hint %q", body, err, hint(err))
		}
	}
}

// TestIDToken_NotStarted: GitHub refuses while it believes that the job hasn't begun.
func TestIDToken_NotStarted(t *testing.T) {
	t.Parallel()
	for message, temporary := range map[string]bool{
		"Can't issue ID_TOKEN for job in 'Pending' state": true, "Server won't issue ID_TOKEN for non-inprogress job": true, "no permission": false,
		"your registration is pending": false,
	} {
		status := 403
		if strings.Contains(message, "registration") {
			status = 400
		}
		w := plainWorld(t, endpoints("https://ci.test/token")["github"])
		w.host.HTTP = httpapi.WithTransport(answers{status, `{"message":"` + message + `"}`})
		_, err := ci.GitHub().IDToken(t.Context(), w.host, "")
		if httpapi.IsTemporary(err) != temporary || !strings.Contains(err.Error(), message) || strings.Contains(hint(err), "run the job again") != temporary {
			t.Errorf("%q: temporary %v: %v, hint %q", message, httpapi.IsTemporary(err), err, hint(err))
		}
		var failure *httpapi.Error
		if !errors.As(err, &failure) || failure.Status != status {
			t.Errorf("%q: got %v", message, err)
		}
	}
}

// TestIDToken_Unreachable has nobody listening, a proxy that refuses, and a certificate that isn't trusted.
func TestIDToken_Unreachable(t *testing.T) {
	t.Parallel()
	encrypted := httptest.NewUnstartedServer(http.NotFoundHandler())
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0)
	encrypted.StartTLS()
	t.Cleanup(encrypted.Close)
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(refusing.Close)
	proxy, err := url.Parse(refusing.URL)
	must(t, err)
	for _, test := range []struct {
		name, address string
		options       httpapi.Options
		want, fix     string
		temporary     bool
	}{
		{"nobody listens", "http://127.0.0.1:1/", httpapi.Options{}, "no answer", "127.0.0.1:1", true},
		{"not trusted", encrypted.URL, httpapi.Options{}, "certificate", "ca-cert", false},
		{"trusted", encrypted.URL, httpapi.Options{RootsPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encrypted.Certificate().Raw})}, "404", "id-token: write", false},
		{"a proxy refuses", "https://ci.test/", httpapi.Options{Proxy: http.ProxyURL(proxy)}, proxy.Host, "let the proxy connect to ci.test", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := plainWorld(t, endpoints(test.address)["github"])
			w.host.HTTP = newClient(t, test.options)
			_, err := ci.GitHub().IDToken(t.Context(), w.host, "")
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(hint(err), test.fix) || httpapi.IsTemporary(err) != test.temporary {
				t.Errorf("got %v, hint %q", err, hint(err))
			}
		})
	}
}

// TestIDToken_NotAnAddress has variables that name no service.
func TestIDToken_NotAnAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":", "token", "/token", "file:///token", "ftp://ci.test/token", "https://"} {
		for id, env := range endpoints(address) {
			if id == "google-cloud-build" {
				env["GCE_METADATA_HOST"] = "a b"
			}
			w := newWorld(t, env)
			system, err := ci.Detect(w.get)
			must(t, err)
			_, err = system.IDToken(t.Context(), w.host, asked)
			var problem *ci.ProblemError
			if !errors.As(err, &problem) || problem.Hint() == "" || !strings.Contains(err.Error(), "is not a URL") {
				t.Errorf("%s, %q: got %v", id, address, err)
			}
		}
	}
}

// What gives an ID token to whoever has it is kept from a command that doesn't need it, and nothing else is.
func TestGivesIDToken(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI", "BITBUCKET_STEP_OIDC_TOKEN",
		"SEMAPHORE_OIDC_TOKEN", "BUILDKITE_AGENT_ACCESS_TOKEN", "HARNESS_WI_HANDLE", "HARNESS_WI_MINT_URL", "PLUGIN_OIDC_TOKEN_ID", "CI_JOB_JWT", "CI_JOB_JWT_V1",
		"CI_JOB_JWT_V2", "JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID", "JFROG_ID_TOKEN", "CIRCLE_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2",
	} {
		if !ci.GivesIDToken(name) {
			t.Errorf("%s is handed on", name)
		}
	}
	for _, name := range []string{"", "CI_JOB_TOKEN", "ID_TOKEN", "ID_TOKEN_X", "JFROG_ID_TOKENS", "XCIRCLE_OIDC_TOKEN", "CI_JOB_JWT_V3", "ACTIONS_RUNTIME_TOKEN"} {
		if ci.GivesIDToken(name) {
			t.Errorf("%s is kept back", name)
		}
	}
}
