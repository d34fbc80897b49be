package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestOptionsOfJF has a row for each option of jf access-token-create: what is given, what is sent, what comes back.
func TestOptionsOfJF(t *testing.T) {
	t.Parallel()
	always := map[string]any{"grant_type": "client_credentials", "expires_in": 3600.0, "force_revocable": true}
	tests := map[string]struct {
		flags []string
		sent  map[string]any // beside what is always sent; nil takes a field out
		out   map[string]any
	}{
		"nothing but url and access-token": {nil, nil, map[string]any{"scope": "applied-permissions/user", "username": "robot", "expires_in": 3600.0}},
		"the user name argument": {[]string{"--username", "CI-User", "--groups", "CI"},
			map[string]any{"username": "ci-user", "scope": "applied-permissions/groups:CI"}, map[string]any{"username": "ci-user"}},
		"--groups": {[]string{"--groups", `CI,deployers`},
			map[string]any{"scope": "applied-permissions/groups:CI,deployers"}, map[string]any{"scope": "applied-permissions/groups:CI,deployers"}},
		"--grant-admin": {[]string{"--grant-admin"}, map[string]any{"scope": "applied-permissions/admin"}, map[string]any{"scope": "applied-permissions/admin"}},
		"--groups with --grant-admin": {[]string{"--groups", "CI", "--grant-admin"},
			map[string]any{"scope": "applied-permissions/groups:CI applied-permissions/admin"}, nil},
		"--scope":                 {[]string{"--scope", "system:metrics:r"}, map[string]any{"scope": "system:metrics:r"}, map[string]any{"scope": "system:metrics:r"}},
		"--expiry":                {[]string{"--expiry", "600"}, map[string]any{"expires_in": 600.0}, map[string]any{"expires_in": 600.0}},
		"--expiry as a time":      {[]string{"--expiry", "2h"}, map[string]any{"expires_in": 7200.0}, map[string]any{"expires_in": 7200.0}},
		"--expiry 0":              {[]string{"--expiry", "0", "--groups", "CI"}, map[string]any{"expires_in": 0.0, "scope": "applied-permissions/groups:CI"}, map[string]any{"expires_in": nil, "expires_at": nil}},
		"no expiry, as jf has it": {[]string{"--expiry", "platform"}, map[string]any{"expires_in": nil}, map[string]any{"expires_in": 31536000.0}},
		"--refreshable":           {[]string{"--refreshable"}, map[string]any{"refreshable": true}, map[string]any{"refreshable": true}},
		"--audience":              {[]string{"--audience", "jfrt@* jfac@*"}, map[string]any{"audience": "jfrt@* jfac@*"}, map[string]any{"audience": "jfrt@* jfac@*"}},
		"--reference":             {[]string{"--reference"}, map[string]any{"include_reference_token": true}, nil},
		"--project":               {[]string{"--project", "proj", "--groups", "CI"}, map[string]any{"project_key": "proj", "scope": "applied-permissions/groups:CI"}, nil},
		"--force-revocable=false": {[]string{"--force-revocable=false"}, map[string]any{"force_revocable": nil}, map[string]any{"revocable": false}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t, sandbox.WithConfig(sandbox.Config{Projects: []sandbox.ProjectConfig{{Key: "proj", Name: "Project"}}}))
			r := newRunner(t, box, map[string]string{"url": ""})
			args := append([]string{"frogmint", "mint", "--format", "json", "--url", box.URL}, test.flags...)
			r.env["JF_ACCESS_TOKEN"] = box.AdminToken
			if !slices.ContainsFunc(test.flags, func(flag string) bool { return flag == "--groups" || flag == "--scope" || flag == "--grant-admin" }) {
				r.env["JF_ACCESS_TOKEN"] = robotsToken(t, box)
			}
			status, stdout, log := r.split(args...)
			if status != 0 {
				t.Fatalf("exit status %d\n%s", status, log)
			}
			var out map[string]any
			if err := json.Unmarshal([]byte(stdout), &out); err != nil {
				t.Fatalf("%v in %s", err, stdout)
			}
			want := map[string]any{}
			for _, fields := range []map[string]any{always, test.sent} {
				for name, value := range fields {
					if want[name] = value; value == nil {
						delete(want, name)
					}
				}
			}
			sent := sentMint(t, box)
			if description, _ := sent["description"].(string); !strings.HasPrefix(description, "frogmint ci=github repo=octo-org/octo-repo run=77 attempt=1 job=build nonce=") {
				t.Errorf("description %q", description)
			}
			delete(sent, "description")
			if diff := cmp.Diff(want, sent); diff != "" {
				t.Errorf("on the wire: %s", diff)
			}
			for name, value := range test.out {
				if !cmp.Equal(out[name], value) {
					t.Errorf("%s = %v, want %v", name, out[name], value)
				}
			}
			if token, _ := out["access_token"].(string); r.use(token, http.MethodGet, "/artifactory/api/system/version") != http.StatusOK {
				t.Error("the token isn't taken")
			}
			if reference, _ := out["reference_token"].(string); name == "--reference" && r.use(reference, http.MethodGet, "/artifactory/api/system/version") != http.StatusOK {
				t.Error("the reference token isn't taken")
			}
		})
	}
}

// split runs a command with its two outputs apart.
func (r *runner) split(args ...string) (status int, stdout, stderr string) {
	r.t.Helper()
	var out, log bytes.Buffer
	command := r.command(r.env)
	command.Stdout, command.Stderr = &out, &log
	status = command.Main(r.t.Context(), args)
	return status, out.String(), log.String()
}

// robotsToken is a token of user robot, who is no administrator.
func robotsToken(t *testing.T, box *sandboxtest.Sandbox) string {
	t.Helper()
	r := newRunner(t, box, map[string]string{"oidc-provider-name": "github-user", "mint": "never"})
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	return r.file("OUTPUT")["access-token"]
}

// sentMint is the body of the one mint that the sandbox got.
func sentMint(t *testing.T, box *sandboxtest.Sandbox) map[string]any {
	t.Helper()
	var sent map[string]any
	for _, request := range box.Server.Requests() {
		if request.Method == http.MethodPost && request.Path == "/access/api/v1/tokens" {
			if sent != nil {
				t.Error("more than one mint was sent")
			}
			sent = request.Body
		}
	}
	return sent
}

func TestOwnWordsStandBeforeTheJobsIdentity(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "description": "hello"})
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	if got := sentMint(t, box)["description"].(string); !strings.HasPrefix(got, "hello frogmint ci=github ") {
		t.Errorf("description %q", got)
	}
}

func TestUserAndPassword(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newRunner(t, box, map[string]string{"user": "admin", "password": "password", "username": "jenkins", "groups": "CI", "api": "legacy"})
	status, log := r.main()
	if status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	outputs := r.file("OUTPUT")
	if outputs["username"] != "jenkins" || outputs["expires-in"] != "3600" || !strings.Contains(outputs["scope"], "member-of-groups:CI") {
		t.Errorf("outputs %v", outputs)
	}
	if outputs["token-id"] == "" || r.deploy(outputs["access-token"]) != http.StatusCreated {
		t.Error("no id, or it can't deploy")
	}
	requests := box.Server.Requests()
	sent := requests[0]
	if diff := cmp.Diff(map[string]any{"grant_type": "client_credentials", "username": "jenkins", "scope": "member-of-groups:CI", "expires_in": "3600"}, sent.Body); diff != "" {
		t.Errorf("on the wire: %s", diff)
	}
	if status, log = r.post(); status != 0 {
		t.Errorf("post: %d", status)
	}
	wants(t, log, "token "+outputs["token-id"]+": revoked")
	if got := r.deploy(outputs["access-token"]); got != http.StatusUnauthorized {
		t.Errorf("afterwards it gets %d", got)
	}
}

func TestServerOfJF(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	home := t.TempDir()
	content := `{"servers":[{"url":"` + box.URL + `/","accessToken":"` + box.AdminToken + `","serverId":"work","isDefault":true}],"version":"6"}`
	if err := os.WriteFile(filepath.Join(home, "jfrog-cli.conf.v6"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, inputs := range map[string]map[string]string{"by id": {"server-id": "work", "groups": "CI"}, "the default": {"groups": "CI"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, box, inputs)
			delete(r.env, "INPUT_URL")
			r.env["JFROG_CLI_HOME_DIR"] = home
			status, log := r.main()
			if status != 0 {
				t.Fatalf("%d\n%s", status, log)
			}
			wants(t, log, `credentials: server "work" of `+home)
			if r.deploy(r.file("OUTPUT")["access-token"]) != http.StatusCreated {
				t.Error("the token can't deploy")
			}
			r.env["INPUT_URL"] = "https://other.example"
			if status, log = r.main(); status != 2 || !strings.Contains(log, `input url: it is not the address of server "work", `+box.URL) {
				t.Errorf("credentials of one host for another: %d\n%s", status, log)
			}
		})
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "reference": "true", "refreshable": "true", "audience": "jfrt@* jfac@*"})
	status, stdout, log := r.split("frogmint", "mint", "--format", "json")
	if status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	keys := regexp.MustCompile(`(?m)^  "([a-z_]+)":`).FindAllStringSubmatch(stdout, -1)
	var order []string
	for _, key := range keys {
		order = append(order, key[1])
	}
	want := []string{"scope", "access_token", "expires_in", "token_type", "refreshable", "refresh_token", "audience", "reference_token",
		"token_id", "username", "expires_at", "revocable"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("keys: %s", diff)
	}
	noSecrets(t, strings.ReplaceAll(log, "::add-mask::", "\n::add-mask::"), []string{box.AdminToken})

	status, stdout, _ = r.split("frogmint", "mint", "--format", "token")
	if token := strings.TrimSuffix(stdout, "\n"); status != 0 || r.deploy(token) != http.StatusCreated {
		t.Errorf("--format token: %d, %d bytes", status, len(stdout))
	}
	status, stdout, _ = r.split("frogmint", "mint", "--format", "env")
	if !regexp.MustCompile(`^export JF_URL='http://[^']+'\nexport JF_USER='admin'\nexport JF_ACCESS_TOKEN='[\w.-]+'\n$`).MatchString(stdout) || status != 0 {
		t.Errorf("--format env: %d\n%s", status, stdout)
	}
	if status, stdout, log = r.split("frogmint", "mint", "--format", "yaml"); status != 2 || stdout != "" || !strings.Contains(log, "none of token, json, env") {
		t.Errorf("--format yaml: %d\n%s", status, log)
	}
	if status, _, log = r.split("frogmint", "mint", "ci-user"); status != 2 || !strings.Contains(log, "--username") {
		t.Errorf("an argument: %d\n%s", status, log)
	}
}
