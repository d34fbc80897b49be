//go:build unix

package docs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

const platformTeams = "docs/platform-teams.md"

// setUp runs README.md's set-up against a sandbox whose jobs have these claims.
func setUp(t *testing.T, claims ...string) *world {
	t.Helper()
	args := []string{"--claim", "repository=acme/app"}
	for _, claim := range claims {
		args = append(args, "--claim", claim)
	}
	w := newWorld(t, args...)
	w.shell(block(t, read(t, "README.md"), "sh"), "ADMIN_TOKEN="+w.env["JF_ACCESS_TOKEN"])
	w.write("package.json", manifest, 0o600)
	w.write("app.tgz", "deployed\n", 0o600)
	return w
}

// mapping adds an identity mapping to README.md's integration, as JFrog's administrator.
func (w *world) mapping(body string) {
	w.t.Helper()
	w.write("mapping.json", body, 0o600)
	w.write("admin.header", "Authorization: Bearer "+w.env["JF_ACCESS_TOKEN"], 0o600)
	w.shell(`curl --fail-with-body -sS -H @admin.header -H 'Content-Type: application/json' -d @mapping.json ` +
		`https://acme.jfrog.io/access/api/v1/oidc/github-actions/identity_mappings`)
}

// TestPlatformTeams_OneMapping has the page's reusable workflow publish with the page's mapping, and the same job of another
// branch, owner or environment get nothing.
func TestPlatformTeams_OneMapping(t *testing.T) {
	t.Parallel()
	page := read(t, platformTeams)
	ref, owner, environment := "job_workflow_ref=acme/workflows/.github/workflows/publish.yml@refs/heads/main", "repository_owner_id=65", "environment=production"
	for name, claims := range map[string][]string{
		"the workflow":        {ref, owner, environment},
		"another branch":      {ref + "-2", owner, environment},
		"another owner":       {ref, "repository_owner_id=66", environment},
		"another environment": {ref, owner, "environment=test"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setUp(t, claims...)
			w.mapping(block(t, page, "json"))
			action, publish := workflowSteps(t, block(t, page, "yaml"))
			log, err := w.tryMain(action.With)
			if name != "the workflow" {
				if err == nil || !strings.Contains(log, "no identity mapping of the integration matches") {
					t.Errorf("%v: %s", err, log)
				}
				return
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, log)
			}
			path := "PATH=" + filepath.Join(w.dir, "bin") + ":" + npmPath(t)
			w.shell("npm pack && mv app-1.0.0.tgz package.tgz", path)
			w.shell(publish.Run, append(w.variables(), path)...)
			w.wantFile("npm-local/app/-/app-1.0.0.tgz")
			w.wantDead()
		})
	}
}

// wantFile fails unless the repository has the file.
func (w *world) wantFile(path string) {
	w.t.Helper()
	if status := w.use(w.env["JF_ACCESS_TOKEN"], "/artifactory/"+path); status != http.StatusOK {
		w.t.Errorf("%s isn't there: %d", path, status)
	}
}

// wantDead ends the job and tries its token.
func (w *world) wantDead() {
	w.t.Helper()
	log, token := w.post(), w.value("OUTPUT", "access-token")
	if status := w.use(token, "/access/api/v1/tokens/me"); status != http.StatusUnauthorized || !strings.Contains(log, "revoked; JFrog refuses it") {
		w.t.Errorf("after the job JFrog answers %d to its token: %s", status, log)
	}
}

// jfStub uploads a file as jf does, with the token of jf's own configuration.
const jfStub = `#!/bin/sh
set -eu
[ "$1 $2" = "rt upload" ]
config=$JFROG_CLI_HOME_DIR/jfrog-cli.conf.v6
value() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$config" | head -n 1; }
printf 'Authorization: Bearer %s\n' "$(value accessToken)" | curl -fsS -H @- -T "$3" "$(value artifactoryUrl)$4$3"
`

// TestPlatformTeams_MovingOver runs the steps that the page puts in place of others.
func TestPlatformTeams_MovingOver(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, b := range blocks(read(t, platformTeams)) {
		var steps []step
		if b.language != "yaml" || b.notRun != "" || yaml.Unmarshal([]byte(b.text), &steps) != nil || len(steps) != 2 {
			continue
		}
		ran++
		t.Run(steps[1].Run, func(t *testing.T) {
			t.Parallel()
			w := setUp(t, "repository_id=123456789", "ref=refs/heads/main")
			w.write("bin/jf", jfStub, 0o700)
			w.main(steps[0].With)
			w.shell(steps[1].Run, append(w.variables(), "PATH="+filepath.Join(w.dir, "bin")+":"+npmPath(t))...)
			if strings.HasPrefix(steps[1].Run, "jf") {
				w.wantFile("libs-local/app.tgz")
			} else {
				w.wantFile("npm-local/app/-/app-1.0.0.tgz")
			}
			w.wantDead()
		})
	}
	if ran != 2 {
		t.Errorf("%d ways were tried", ran)
	}
}

// TestPlatformTeams_Commands runs the page's scripts: a job's token is listed while the job runs, and the command that replaces
// jf atc uploads.
func TestPlatformTeams_Commands(t *testing.T) {
	t.Parallel()
	w := setUp(t, "repository_id=123456789", "ref=refs/heads/main")
	var list, upload string
	for _, b := range blocks(read(t, platformTeams)) {
		if b.language == "sh" && b.notRun == "" {
			list, upload = upload, b.text
		}
	}
	w.main(map[string]string{"url": "https://acme.jfrog.io", "oidc-provider-name": "github-actions"})
	id, admin := w.value("OUTPUT", "token-id"), "ADMIN_TOKEN="+w.env["JF_ACCESS_TOKEN"]
	if listed := w.shell(list, admin); !strings.Contains(listed, id) {
		t.Errorf("%s isn't in %s", id, listed)
	}
	w.wantDead()
	if listed := w.shell(list, admin); strings.Contains(listed, id) {
		t.Errorf("%s is still in %s", id, listed)
	}
	w.shell(upload, "JF_URL="+w.env["JF_URL"], "JF_ACCESS_TOKEN="+w.env["JF_ACCESS_TOKEN"])
	w.wantFile("libs-local/app.tgz")
}

// TestPlatformTeams_PrivateCA runs the page's step against a platform with a certificate of its own CA.
func TestPlatformTeams_PrivateCA(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ca.pem")
	w := newWorld(t, "--tls", "--ca-file", file)
	for _, b := range blocks(read(t, platformTeams)) {
		var steps []step
		if !strings.Contains(b.text, "ca-cert") || yaml.Unmarshal([]byte(b.text), &steps) != nil {
			continue
		}
		certificate, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		with := steps[0].With
		with["oidc-provider-name"] = "github-user" // the sandbox's own
		delete(with, "ca-cert")
		if log, err := w.tryMain(with); err == nil || !strings.Contains(log, "certificate signed by unknown authority") {
			t.Errorf("without the certificate: %v: %s", err, log)
		}
		with["ca-cert"] = string(certificate)
		w.main(with)
		if log := w.post(); !strings.Contains(log, "revoked; JFrog refuses it") {
			t.Error(log)
		}
		return
	}
	t.Error("the page has no such step")
}

// TestPlatformTeams_WhatAStepCanDo exchanges the job's ID token as any step can, without frogmint, and tries what the page says of
// each kind of mapping: who can have an administrator's token, and who a token that outlives the job.
func TestPlatformTeams_WhatAStepCanDo(t *testing.T) {
	t.Parallel()
	const lasting, administrator = `{"expires_in": 31536000}`, `{"expires_in": 0, "scope": "applied-permissions/admin"}`
	for provider, want := range map[string]struct{ mints, administers bool }{
		"github-user":   {mints: true},
		"github":        {},
		"github-broker": {mints: true, administers: true},
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t)
			var exchanged struct {
				AccessToken string `json:"access_token"`
			}
			status, answer := post(t, box, "/access/api/v1/oidc/token", "", `{"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", `+
				`"subject_token_type": "urn:ietf:params:oauth:token-type:id_token", "provider_name": "`+provider+`", "subject_token": "`+idTokenOf(t, box)+`"}`)
			if err := json.Unmarshal(answer, &exchanged); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s", status, answer)
			}
			for what, try := range map[string]struct {
				path, body string
				may        bool
			}{
				"a token for a year":                 {"/access/api/v1/tokens", lasting, want.mints},
				"an administrator's token, for ever": {"/access/api/v1/tokens", administrator, want.administers},
				"a user": {
					"/access/api/v2/users", `{"username": "mallory", "email": "mallory@example.com", "password": "aA1!aA1!aA1!"}`, want.administers,
				},
			} {
				if status, answer := post(t, box, try.path, exchanged.AccessToken, try.body); (status/100 == 2) != try.may {
					t.Errorf("%s: %d %s", what, status, answer)
				}
			}
		})
	}
}

// post sends JSON to the sandbox and returns its answer.
func post(t *testing.T, box *sandboxtest.Sandbox, path, token, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, box.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := box.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}
