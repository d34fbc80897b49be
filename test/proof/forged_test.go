//go:build linux

package proof

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// An earlier step of the same job may set any variable for the steps behind it. These tests play what it can do to a
// job's token that way; what it can do as the owner of the machine is in docs/security.md.

// state is a forged state as a step could write it that knows the format.
func state(t *testing.T, fields map[string]any) string {
	t.Helper()
	whole := map[string]any{"version": 2, "timeout_seconds": 5, "fail_on_revoke": true}
	maps.Copy(whole, fields)
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestForgedStateGetsNoToken forges a state where main saved none, while every credential of the job stands in the
// environment: the post step sends to the forged URL what was forged, and nothing else.
func TestForgedStateGetsNoToken(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	for name, test := range map[string]struct {
		fields map[string]any
		sent   bool
	}{
		"a token of the forger":      {map[string]any{"token": "forged-token-1"}, true},
		"no token":                   {map[string]any{}, false},
		"an empty token":             {map[string]any{"token": ""}, false},
		"the legacy API, no creator": {map[string]any{"token": "forged-token-1", "legacy": true}, true},
		"an unknown field":           {map[string]any{"token": "forged-token-1", "token_env": "INPUT_ACCESS-TOKEN"}, false},
		"an older version":           {map[string]any{"token": "forged-token-1", "version": 1}, false},
		"a newer version":            {map[string]any{"token": "forged-token-1", "version": 3}, false},
		"a timeout below zero":       {map[string]any{"token": "forged-token-1", "timeout_seconds": -1}, false},
		"a timeout without end":      {map[string]any{"token": "forged-token-1", "timeout_seconds": 1_000_000}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			elsewhere := record(t)
			j := newJob(t, box, minting())
			env := maps.Clone(j.env)
			test.fields["url"] = elsewhere.url
			env["INPUT_ACCESS-TOKEN"], env["JF_ACCESS_TOKEN"], env["STATE_frogmint"] = box.AdminToken, box.AdminToken, state(t, test.fields)
			result := j.run(t.Context(), env, "/frogmint-post")
			if result.status != 3 {
				t.Errorf("exit status %d\n%s", result.status, result.log)
			}
			for _, request := range elsewhere.requests() {
				_, credential, _ := strings.Cut(request, " with ")
				if credential != "Bearer forged-token-1" && credential != "" {
					t.Errorf("it was sent %s", request)
				}
			}
			if got := len(elsewhere.requests()) > 0; got != test.sent {
				t.Errorf("asked the forged URL: %t", got)
			}
		})
	}
}

// TestPostIgnoresTheEnvironment changes everything that the main step read between the steps.
func TestPostIgnoresTheEnvironment(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func() *sandboxtest.Sandbox{
		"http": func() *sandboxtest.Sandbox { return sandboxtest.Start(t) }, "https": func() *sandboxtest.Sandbox { return sandboxtest.StartTLS(t) },
	} {
		box := start()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			elsewhere := record(t)
			j := newJob(t, box, minting())
			j.env["INPUT_CA-CERT"], j.env["INPUT_ON-REVOKE-FAILURE"] = string(box.CAPEM), "fail"
			if result := j.main(); result.status != 0 {
				t.Fatalf("exit status %d\n%s", result.status, visible(result.log))
			}
			env := j.saved()
			for _, variable := range []string{"URL", "ACCESS_TOKEN", "USER", "PASSWORD", "PROJECT"} {
				env["JF_"+variable] = elsewhere.url
			}
			for _, input := range []string{"URL", "ACCESS-TOKEN", "CA-CERT", "TIMEOUT", "REVOKE", "ON-REVOKE-FAILURE", "API", "SERVER-ID"} {
				env["INPUT_"+input], env["FROGMINT_"+strings.ReplaceAll(input, "-", "_")] = "false", elsewhere.url
			}
			for _, proxy := range []string{"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "FROGMINT_CI", "HOME", "JFROG_CLI_HOME_DIR"} {
				env[proxy] = elsewhere.url
			}
			j.proxy, _ = url.Parse(elsewhere.url) // what http.ProxyFromEnvironment would say
			result := j.run(t.Context(), env, "/frogmint-post")
			if result.status != 0 || !strings.Contains(result.log, ": revoked; JFrog refuses it") {
				t.Errorf("exit status %d\n%s", result.status, result.log)
			}
			if got := elsewhere.requests(); len(got) > 0 {
				t.Errorf("it went there: %v", got)
			}
			if minted, _ := j.live(); len(minted) > 0 {
				t.Errorf("left alive: %v", minted)
			}
		})
	}
}

// TestProcessPostIgnoresTheEnvironment is the same for the real program, which reads SSL_CERT_FILE and the proxies from
// its own environment. The server's CA is given by an input, or is the system's.
func TestProcessPostIgnoresTheEnvironment(t *testing.T) {
	t.Parallel()
	for name, system := range map[string]bool{"CA by input": false, "CA of the system": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testProcessPost(t, system)
		})
	}
}

func testProcessPost(t *testing.T, system bool) {
	t.Helper()
	box, elsewhere := sandboxtest.StartTLS(t), record(t)
	j := newJob(t, box, minting())
	if system {
		j.env["SSL_CERT_FILE"] = filepath.Join(j.dir, "ca.pem")
		if err := os.WriteFile(j.env["SSL_CERT_FILE"], box.CAPEM, 0o600); err != nil {
			t.Fatal(err)
		}
	} else {
		j.env["INPUT_CA-CERT"] = string(box.CAPEM)
	}
	if result := j.exec(t, binary(t, "frogmint-main")); result.status != 0 {
		t.Fatalf("exit status %d\n%s", result.status, visible(result.log))
	}
	j.env = j.saved()
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "JF_URL"} {
		j.env[name] = elsewhere.url
	}
	j.env["SSL_CERT_FILE"], j.env["SSL_CERT_DIR"], j.env["GODEBUG"] = "/nonexistent", "/nonexistent", "x509usefallbackroots=1"
	result := j.exec(t, binary(t, "frogmint-post"))
	if result.status != 0 || !strings.Contains(result.log, ": revoked; JFrog refuses it") || len(elsewhere.requests()) > 0 {
		t.Errorf("exit status %d, elsewhere %v\n%s", result.status, elsewhere.requests(), result.log)
	}
	for _, live := range box.Server.LiveTokens() {
		t.Errorf("left alive: %v", live)
	}
}

// TestForgedCommandsInAnswers: what the workflow's author or JFrog writes never becomes a command to the runner.
func TestForgedCommandsInInputs(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	for _, text := range []string{"::set-output name=x::y", "##[add-mask]x", "a\n::stop-commands::x", "a\r::warning::x", "_GitHubActionsFileCommandDelimeter_", "a%0A::warning::x"} {
		for _, input := range []string{"description", "username", "groups", "oidc-provider-name", "url", "scope", "expiry", "project"} {
			j := newJob(t, box, minting(input, text))
			if input == "scope" {
				delete(j.env, "INPUT_GROUPS")
			}
			result := j.main()
			for line := range strings.Lines(result.log) {
				if command, ok := strings.CutPrefix(line, "::"); ok && !strings.HasPrefix(command, "add-mask::") && !strings.HasPrefix(command, "error::") && !strings.HasPrefix(command, "warning::") {
					t.Errorf("input %s %q became the command %q", input, text, line)
				}
				if at := strings.Index(line, "##["); at >= 0 || strings.HasPrefix(line, "::warning::x") {
					t.Errorf("input %s %q: %q", input, text, line)
				}
			}
			if result.status == 0 && j.post().status != 0 {
				t.Errorf("input %s %q: left alive", input, text)
			}
		}
	}
}
