package cli_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// doctor runs the command. Where it says that all is well, the same environment mints: that is its promise.
func (r *runner) doctor(args ...string) (int, string) {
	r.t.Helper()
	status, log := r.run(r.t.Context(), r.env, append([]string{"frogmint", "doctor"}, args...)...)
	if status == 0 {
		if minted, said := r.run(r.t.Context(), r.env, "frogmint", "mint", "--format", "json"); minted != 0 {
			r.t.Errorf("doctor found nothing wrong, and the mint ends with %d:\n%s", minted, said)
		}
	}
	return status, log
}

func TestDoctor_OfflineAsksForNothing(t *testing.T) {
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
		"dead credentials": {nil, map[string]string{"access-token": "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"}, nil, 1,
			[]string{"::error::this platform didn't issue the access token", "%0Athe answer was: asking for the version: 401"}},
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
			maps.Copy(r.env, test.env)
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

// Green means that the mint works; and doctor leaves nothing behind that could be revoked.
func TestDoctor_GreenMeansThatTheMintWorks(t *testing.T) {
	t.Parallel()
	admin := func(r *runner) { asAdmin(nil, r) }
	for name, test := range map[string]struct {
		options []sandbox.Option
		inputs  map[string]string
		spoil   func(r *runner)
		status  int
		says    string
	}{
		"exchanged as it is":          {nil, map[string]string{"oidc-provider-name": "github"}, nil, 0, "not revocable (dies by itself"},
		"minted from the exchanged":   {nil, map[string]string{"oidc-provider-name": "github-broker", "groups": "CI"}, nil, 0, ": revoked"},
		"a user's own":                {nil, map[string]string{"oidc-provider-name": "github-user"}, nil, 0, ": revoked"},
		"never revoked by the job":    {nil, map[string]string{"oidc-provider-name": "github-broker", "groups": "CI", "revoke": "false"}, nil, 0, ": revoked"},
		"an administrator's token":    {nil, map[string]string{"groups": "CI", "reference": "true"}, admin, 0, ": revoked"},
		"an old server":               {[]sandbox.Option{sandbox.WithVersion("7.25.0")}, map[string]string{"groups": "CI"}, admin, 0, "nothing is wrong"},
		"only the legacy API":         {[]sandbox.Option{sandbox.WithVersion("7.10.0")}, map[string]string{"groups": "CI", "username": "bob"}, admin, 0, "nothing is wrong"},
		"admin permissions unasked":   {nil, map[string]string{"oidc-provider-name": "github-broker"}, nil, 3, "none of groups, scope and grant-admin is set"},
		"a group in the wrong case":   {nil, map[string]string{"groups": "ci"}, admin, 1, `hint: write "CI": upper and lower case count`},
		"a gateway before the mint":   {[]sandbox.Option{faults(t, "page=403@mint")}, map[string]string{"groups": "CI"}, admin, 1, "this answer is not JFrog's"},
		"the token can't be revoked":  {[]sandbox.Option{faults(t, "status=500@revoke")}, map[string]string{"groups": "CI"}, admin, 3, "STILL ALIVE"},
		"the answer of the mint lost": {[]sandbox.Option{faults(t, "commit-then-drop@mint,times=1")}, map[string]string{"groups": "CI"}, admin, 0, ": revoked"},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := newRunner(t, sandboxtest.StartInBubble(t, test.options...), test.inputs)
			r.env["INPUT_TIMEOUT"] = "3s"
			if test.spoil != nil {
				test.spoil(r)
			}
			status, log := r.run(t.Context(), r.env, "frogmint", "doctor")
			if status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			wants(t, log, test.says)
			if first, _, isError := told(log); isError != (status != 0) || status == 0 && !strings.HasPrefix(first, "nothing is wrong") {
				t.Errorf("the first line is %q:\n%s", first, log)
			}
			for _, token := range r.sandbox.Server.LiveTokens() {
				if status == 0 && token.Revocable {
					t.Errorf("left alive: %+v", token)
				}
			}
			if r.content("OUTPUT")+r.content("STATE") != "" {
				t.Error("it set outputs or a state")
			}
			r.doctor()
		}))
	}
}

// With credentials that may, or a file, doctor names the claim that differs.
func TestDoctor_ComparesWithMappings(t *testing.T) {
	t.Parallel()
	const differs = `mapping "deploy" doesn't match: 1 of 2 claims; ref: the mapping wants refs/heads/release, the job has refs/heads/main`
	release := mapped(map[string]any{"repository": "octo-org/octo-repo", "ref": "refs/heads/release"})
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("mappings.json", `[{"name":"deploy","provider_name":"mine","priority":1,"claims":{"repository":"octo-org/octo-repo","ref":"refs/heads/release"},
		"token_spec":{"username":"ci-bot","scope":"applied-permissions/groups:CI"}}]`)
	for name, test := range map[string]struct {
		options []sandbox.Option
		args    []string
		status  int
		first   string
		says    []string
	}{
		"read with an administrator's token": {release, []string{"--admin-token-env", "JF_ADMIN_TOKEN"}, 1, differs, []string{"\n  sub = repo:octo-org/octo-repo:ref:refs/heads/main\n", "\nresource \"platform_oidc_identity_mapping\""}},
		"read from a file":                   {release, []string{"--mappings", file}, 1, differs, []string{"\n{\n  \"name\": \"octo-org-octo-repo-main\""}},
		"offline":                            {release, []string{"--mappings", file, "--offline"}, 1, differs, []string{"\ncurl --fail-with-body"}},
		"one that matches": {mapped(map[string]any{"repository": "octo-org/octo-repo"}), []string{"--admin-token-env", "JF_ADMIN_TOKEN"}, 0, "nothing is wrong",
			[]string{"\nidentity mapping \"deploy\" matches: it gives user ci-bot, scope applied-permissions/groups:CI, 300 s\n"}},
		"no such file":          {release, []string{"--mappings", folder + "/none"}, 2, unmatched, []string{"::error::--mappings: open ", "%0Ahint: give a file with JFrog's JSON"}},
		"a file of nonsense":    {release, []string{"--mappings", write("x", "nonsense")}, 2, unmatched, []string{"::error::--mappings: neither a JSON object nor a list"}},
		"a file too large":      {release, []string{"--mappings", write("y", "["+strings.Repeat(" ", mapping.MaxFile))}, 2, unmatched, []string{"::error::--mappings: ", "1048576 bytes (limit file)"}},
		"an empty variable":     {release, []string{"--admin-token-env", "NOTHING"}, 2, unmatched, []string{"::error::--admin-token-env: variable NOTHING holds no token"}},
		"somebody else's token": {release, []string{"--admin-token-env", "ROBOT"}, 1, unmatched, []string{"hint: put the token of an administrator"}},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			r := newRunner(t, sandboxtest.StartInBubble(t, test.options...), oidc)
			r.env["JF_ADMIN_TOKEN"], r.env["ROBOT"] = r.sandbox.AdminToken, r.tokenOf("robot")
			run := r.doctor
			if test.args[len(test.args)-1] == "--offline" {
				run = func(args ...string) (int, string) {
					return r.run(t.Context(), r.env, append([]string{"frogmint", "doctor"}, args...)...)
				}
			}
			status, log := run(test.args...)
			if status != test.status {
				t.Errorf("exit status %d, want %d\n%s", status, test.status, log)
			}
			if first, _, _ := told(log); !strings.HasPrefix(first, test.first) {
				t.Errorf("the first line is %q", first)
			}
			wants(t, log, test.says...)
			noSecrets(t, log, []string{r.sandbox.AdminToken, r.env["ROBOT"]})
		}))
	}
}

// A failed exchange is explained once, within 40 lines, without a token and without claims that aren't to be shown.
func TestDiagnosis_OfEachCommand(t *testing.T) {
	t.Parallel()
	claims := map[string]string{"email": "bob@private.example", "custom": "hidden-value", "environment": "te``st", "sub": "repo:octo-org@65/octo-repo@74:environment:test"}
	for i := range 60 {
		claims[fmt.Sprintf("more%d", i)] = "hidden-value"
	}
	for name, args := range map[string][]string{
		"main": {"/frogmint-main"}, "mint": {"frogmint", "mint"}, "printing mint": {"frogmint", "mint", "--format", "token"}, "exec": {"frogmint", "exec", "--", "true"},
	} {
		for _, diagnose := range []string{"", "false"} {
			t.Run(name+" "+diagnose, inBubble(func(t *testing.T) {
				r := newRunner(t, sandboxtest.StartInBubble(t, append(mapped(map[string]any{"ref": "refs/heads/x"}), sandbox.WithClaims(claims))...), with(oidc, "diagnose", diagnose, "groups", "CI"))
				status, log := r.run(t.Context(), r.env, args...)
				if status != 1 {
					t.Fatalf("exit status %d\n%s", status, log)
				}
				noSecrets(t, log+r.content("STEP_SUMMARY"), r.idTokens())
				if strings.Contains(log+r.content("STEP_SUMMARY"), "hidden-value") || strings.Contains(log+r.content("STEP_SUMMARY"), "private.example") {
					t.Error("a claim is shown that isn't to be")
				}
				if diagnose == "false" {
					if strings.Contains(log, "what was sent") || r.content("STEP_SUMMARY") != "" {
						t.Errorf("explained all the same:\n%s", log)
					}
					return
				}
				for place, text := range map[string]string{"log": log, "summary": r.content("STEP_SUMMARY")} {
					at := strings.Index(text, "what was sent: OIDC provider \"mine\"")
					if at < 0 || strings.Count(text, "what was sent") != 1 {
						t.Fatalf("not once in the %s:\n%s", place, text)
					}
					if lines := strings.Count(text[at:], "\n"); lines > 40 {
						t.Errorf("%d lines in the %s", lines, place)
					}
					wants(t, text, "\n  repository_id = 74\n", "\n  sub = repo:octo-org@65/octo-repo@74:environment:test\n", "and, not shown: ", "email", "\n  \"claims\": {\n    \"environment\": ", "\n    \"repository_id\": \"74\"", "\n}\n")
				}
				if summary := r.content("STEP_SUMMARY"); strings.Count(summary, "```") != 2 {
					t.Errorf("a claim ends the block of the summary:\n%s", summary)
				}
			}))
		}
	}
}

// idTokens are the ID tokens that were sent.
func (r *runner) idTokens() []string {
	tokens := []string{r.sandbox.IDTokenRequestToken}
	for _, request := range r.sandbox.Server.Requests() {
		if token, ok := request.Body["subject_token"].(string); ok {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// What isn't JFrog's own refusal says nothing of mappings.
func TestDiagnosis_OnlyOfJFrogsRefusal(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"page=403@exchange", "status=503@exchange", "reset@exchange", "gateway=401@exchange"} {
		t.Run(fault, inBubble(func(t *testing.T) {
			r := newRunner(t, sandboxtest.StartInBubble(t, faults(t, fault)), map[string]string{"oidc-provider-name": "github", "timeout": "3s"})
			if status, log := r.main(); status == 0 || strings.Contains(log, "what was sent") || r.content("STEP_SUMMARY") != "" {
				t.Errorf("%d\n%s", status, log)
			}
		}))
	}
	// A provider that isn't there has no mapping to write; the claims are shown all the same.
	r := newRunner(t, sandboxtest.Start(t), map[string]string{"oidc-provider-name": "githab"})
	if _, log := r.main(); !strings.Contains(log, `what was sent: OIDC provider "githab"`) || strings.Contains(log, "this identity mapping") {
		t.Error(log)
	}
}

// Lines are held back so that the cause is the first; not for more than three seconds, so that a wait is explained.
func TestDoctor_SaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(t, sandboxtest.StartInBubble(t, faults(t, "latency=4s@mint")), map[string]string{"groups": "CI", "timeout": "20s"})
		asAdmin(t, r)
		early := false
		r.onLine = func() {
			early = early || strings.Contains(r.stdout.String(), "still minting") && !strings.Contains(r.stdout.String(), "nothing is wrong")
		}
		if status, log := r.run(t.Context(), r.env, "frogmint", "doctor"); status != 0 || !early {
			t.Errorf("%d, told what for: %t\n%s", status, early, log)
		}
	})
}

// What answers the first question in JFrog's place ends the check where it can't be JFrog, and only there.
func TestDoctor_AnswersThatArentJFrogs(t *testing.T) {
	t.Parallel()
	for page, status := range map[string]int{"<html><title>Sign in</title>": http.StatusOK, "no": http.StatusForbidden} {
		t.Run(page, inBubble(func(t *testing.T) {
			r := newJob(t, sandboxtest.StartInBubble(t), func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "/ping") {
					w.WriteHeader(status)
					_, _ = w.Write([]byte(page))
				}
				return strings.HasSuffix(r.URL.Path, "/ping")
			}, nil)
			code, log := r.doctor()
			first, second, isError := told(log)
			signIn := status == http.StatusOK
			if isError != signIn || signIn != (code != 0) || signIn && (!strings.Contains(log, `titled "Sign in"`) || !strings.HasPrefix(second, "hint: ")) {
				t.Errorf("%d, %q\n%s", code, first, log)
			}
			if signIn && len(r.sandbox.Server.Requests()) > 0 {
				t.Error("credentials were sent to a sign-in page")
			}
		}))
	}
}
