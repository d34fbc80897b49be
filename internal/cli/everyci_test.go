package cli_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci/citest"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// idToken asks the sandbox's issuer, as the CI's own server would sign one.
func idToken(t *testing.T, box *sandboxtest.Sandbox, audience string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, box.IDTokenRequestURL+"&audience="+audience, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+box.IDTokenRequestToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Value == "" {
		t.Fatalf("%s: %v", response.Status, err)
	}
	return answer.Value
}

const audience = "https://acme.jfrog.io"

// elsewhere is a job of another CI than GitHub: nothing of the runner's remains but the platform's address.
func elsewhere(t *testing.T, box *sandboxtest.Sandbox, env map[string]string) *runner {
	t.Helper()
	r := newRunner(t, box, nil)
	r.env = map[string]string{
		"HOME": t.TempDir(), "JF_URL": box.URL, "FROGMINT_OIDC_PROVIDER_NAME": "github-broker", "FROGMINT_GROUPS": "CI",
		"FROGMINT_OIDC_AUDIENCE": audience,
	}
	maps.Copy(r.env, env)
	return r
}

// TestMintInEveryCI mints by the CI's own ID token, and deploys with the token that a later step finds.
func TestMintInEveryCI(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	token := idToken(t, box, audience)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"oidcToken": token, "token": token})
	}))
	t.Cleanup(server.Close)
	for name, test := range map[string]struct {
		env  map[string]string
		find func(t *testing.T, r *runner, log string) (token, seen string) // what a later step has, and what people see
	}{
		"GitLab CI": {
			map[string]string{"GITLAB_CI": "true", "JFROG_ID_TOKEN": token, "GITLAB_ENV": filepath.Join(t.TempDir(), "env")},
			func(t *testing.T, r *runner, log string) (string, string) {
				return citest.GitLabStage(t, r.env["GITLAB_ENV"])["FROGMINT_OUT_ACCESS_TOKEN"], log
			},
		},
		"CircleCI": {
			map[string]string{"CIRCLECI": "true", "CIRCLE_OIDC_TOKEN_V2": token, "BASH_ENV": filepath.Join(t.TempDir(), "env"), "FROGMINT_OIDC_AUDIENCE": ""},
			func(t *testing.T, r *runner, log string) (string, string) {
				env, printed := citest.BashStep(t, "-eo pipefail", r.env["BASH_ENV"])
				return env["FROGMINT_OUT_ACCESS_TOKEN"], log + printed
			},
		},
		"Jenkins": {
			map[string]string{"JENKINS_URL": "u", "BUILD_ID": "1", "JFROG_ID_TOKEN": token, "WORKSPACE_TMP": filepath.Join(t.TempDir(), "app@tmp")},
			func(t *testing.T, r *runner, log string) (string, string) {
				env, printed := citest.SourceFile(t, "sh", "-xe", filepath.Join(r.env["WORKSPACE_TMP"], "frogmint.env"))
				return env["FROGMINT_OUT_ACCESS_TOKEN"], log + printed
			},
		},
		"Azure Pipelines": {
			map[string]string{"TF_BUILD": "True", "SYSTEM_OIDCREQUESTURI": server.URL, "SYSTEM_ACCESSTOKEN": "credential", "AGENT_TEMPDIRECTORY": t.TempDir()},
			func(t *testing.T, _ *runner, log string) (string, string) {
				agent := citest.AzureAgent{DecodePercents: true}
				if err := agent.Read(log); err != nil {
					t.Fatal(err)
				}
				return agent.Variables["access_token"].Value, strings.Join(append(agent.Log, agent.Summaries...), "\n")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := elsewhere(t, box, test.env)
			status, log := r.run(t.Context(), r.env, "frogmint", "mint")
			if status != 0 {
				t.Fatalf("exit status %d:\n%s", status, log)
			}
			minted, seen := test.find(t, r, log)
			wants(t, seen, "in "+name)
			if minted == "" || strings.Contains(seen, minted) || strings.Contains(seen, token) || strings.Contains(seen, "add-mask") {
				t.Errorf("a secret is seen, or none was made:\n%s", seen)
			}
			if got := r.deploy(minted); got != http.StatusCreated {
				t.Errorf("the token gets %d", got)
			}
		})
	}
}

// Azure is told of each variable whether it is a secret.
func TestMint_TellsAzureWhatIsSecret(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := elsewhere(t, box, map[string]string{
		"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": t.TempDir(), "FROGMINT_OIDC_PROVIDER_NAME": "", "FROGMINT_ACCESS_TOKEN": box.AdminToken,
		"FROGMINT_OIDC_AUDIENCE": "", "FROGMINT_URL": box.URL, "JF_URL": "",
	})
	status, log := r.run(t.Context(), r.env, "frogmint", "mint", "--export-env")
	agent := citest.AzureAgent{DecodePercents: true}
	if err := agent.Read(log); err != nil || status != 0 {
		t.Fatalf("exit status %d, %v\n%s", status, err, log)
	}
	for name, secret := range map[string]bool{"JF_ACCESS_TOKEN": true, "JF_USER": false, "JF_URL": false} {
		if got := agent.Variables[name]; got.Secret != secret || got.Value == "" {
			t.Errorf("%s: secret %t, want %t", name, got.Secret, secret)
		}
	}
}

// TestMintOverBuildkitesSocket is the CI whose side is two services.
func TestMintOverBuildkitesSocket(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	api := citest.NewJobAPI(t)
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"token": idToken(t, box, audience)})
	}))
	t.Cleanup(agent.Close)
	r := elsewhere(t, box, map[string]string{
		"BUILDKITE": "true", "BUILDKITE_JOB_ID": "job-1", "BUILDKITE_AGENT_ACCESS_TOKEN": "credential", "BUILDKITE_AGENT_ENDPOINT": agent.URL,
		"BUILDKITE_AGENT_JOB_API_SOCKET": api.Socket, "BUILDKITE_AGENT_JOB_API_TOKEN": api.Token,
	})
	status, log := r.run(t.Context(), r.env, "frogmint", "mint", "--export-env")
	minted := api.Env()["FROGMINT_OUT_ACCESS_TOKEN"]
	if status != 0 || minted == "" || strings.Contains(log, minted) || api.Env()["JF_ACCESS_TOKEN"] != minted {
		t.Fatalf("exit status %d, later phases have %q:\n%s", status, api.Env(), log)
	}
	if !strings.Contains(strings.Join(api.Redactions(), "\n"), minted) || len(api.Redactions()) < 2 {
		t.Errorf("the agent redacts %q", api.Redactions())
	}
	if got := r.deploy(minted); got != http.StatusCreated {
		t.Errorf("the token gets %d", got)
	}
}

// TestMintRefusesToExport where the token would be shown to others. Nothing was asked of JFrog then.
func TestMintRefusesToExport(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	for name, env := range map[string]map[string]string{
		"Bitbucket Pipelines": {"BITBUCKET_COMMIT": "0", "BITBUCKET_STEP_OIDC_TOKEN": "t"},
		"TeamCity":            {"TEAMCITY_VERSION": "2025.11"},
		"GitLab CI's trace":   {"GITLAB_CI": "true", "JFROG_ID_TOKEN": "t", "GITLAB_ENV": filepath.Join(t.TempDir(), "env"), "CI_DEBUG_TRACE": "true"},
		"Buildkite's plugin":  {"BUILDKITE": "true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := elsewhere(t, box, env)
			status, log := r.run(t.Context(), r.env, "frogmint", "mint")
			if status != 2 || !strings.Contains(log, "frogmint exec") {
				t.Errorf("exit status %d:\n%s", status, log)
			}
		})
	}
	t.Cleanup(func() {
		if got := box.Server.Requests(); len(got) > 0 {
			t.Errorf("JFrog was asked: %+v", got)
		}
	})
}

// TestWrongAudience is said before the exchange, with both audiences, whoever chose the one in the token.
func TestWrongAudience(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	token := idToken(t, box, "https://other.jfrog.io")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"oidcToken": token})
	}))
	t.Cleanup(server.Close)
	for name, env := range map[string]map[string]string{
		"in the pipeline": {"GITLAB_CI": "true", "JFROG_ID_TOKEN": token, "GITLAB_ENV": filepath.Join(t.TempDir(), "env")},
		"fixed":           {"TF_BUILD": "True", "SYSTEM_OIDCREQUESTURI": server.URL, "SYSTEM_ACCESSTOKEN": "credential"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := elsewhere(t, box, env)
			status, log := r.run(t.Context(), r.env, "frogmint", "mint")
			if status != 2 {
				t.Errorf("exit status %d", status)
			}
			wants(t, log, `"https://other.jfrog.io"`, `"`+audience+`"`)
			for _, request := range box.Server.Requests() {
				if strings.Contains(request.Path, "oidc/token") {
					t.Error("the token was sent")
				}
			}
			if written, err := os.ReadFile(r.env["GITLAB_ENV"]); err == nil && len(written) > 0 {
				t.Errorf("something was written: %s", written)
			}
		})
	}
}
