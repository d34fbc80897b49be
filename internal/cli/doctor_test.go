package cli_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	old := sandboxtest.Start(t, sandbox.WithVersion("7.38.9"))
	tests := map[string]struct {
		sandbox *sandboxtest.Sandbox
		inputs  map[string]string
		env     map[string]string
		status  int
		says    []string
	}{
		"all well with OIDC": {nil, map[string]string{"oidc-provider-name": "github", "groups": "CI"}, nil, 0, []string{
			" answers\n", "  repository = octo-org/octo-repo", "asked for: applied-permissions/groups:CI; user of the creator; expiry 1h0m0s", "nothing is wrong as far as can be seen without making a token"}},
		"no permission": {nil, map[string]string{"oidc-provider-name": "github"}, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, 2,
			[]string{"::error::asking GitHub for the job's ID token", "permissions: id-token: write"}},
		"dead credentials": {nil, map[string]string{"access-token": "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"}, nil, 1, []string{"::error::asking for the version: 401"}},
		"too old": {old, map[string]string{"access-token": old.AdminToken, "reference": "true"}, nil, 1, []string{
			"it is Artifactory 7.38.9", "a reference token needs 7.38.10", "force-revocable needs 7.50.3", `the creator is user "admin"`}},
		"nothing can be exported": {nil, map[string]string{"oidc-provider-name": "github", "id-token-env": "TOKEN"}, map[string]string{
			"FROGMINT_CI": "gitlab", "CI_DEBUG_TRACE": "true", "TOKEN": "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"}, 0,
			[]string{"warning: frogmint mint can't hand the token to later steps: ", "CI_DEBUG_TRACE"}},
		"nobody there": {nil, map[string]string{"oidc-provider-name": "github", "url": "http://127.0.0.1:1"}, nil, 1, []string{"no answer"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := test.sandbox
			if box == nil {
				box = sandboxtest.Start(t)
			}
			r := newRunner(t, box, test.inputs)
			for name, value := range test.env {
				r.env[name] = value
			}
			status, log := r.run(t.Context(), r.env, "frogmint", "doctor", "--offline")
			if status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			wants(t, log, test.says...)
			for _, request := range box.Server.Requests() {
				if request.Method == http.MethodPost {
					t.Errorf("it sent %s %s", request.Method, request.Path)
				}
			}
			if len(box.Server.LiveTokens()) > 0 || r.content("OUTPUT")+r.content("STATE") != "" || strings.Contains(log, old.AdminToken) {
				t.Error("it made something, or showed a secret")
			}
		})
	}
}
