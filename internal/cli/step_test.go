package cli_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestBrokerMintsForGroups(t *testing.T) {
	t.Parallel()
	r := newRunner(t, sandboxtest.Start(t), map[string]string{"oidc-provider-name": "github-broker", "groups": "CI", "expiry": "600"})
	status, log := r.main()
	if status != 0 {
		t.Fatalf("exit status %d:\n%s", status, log)
	}
	wants(t, log, `OIDC provider "github-broker" (input oidc-provider-name)`, "user token-broker, scope applied-permissions/admin")
	if !regexp.MustCompile(`exchanged token \S+: not revocable \(dies by itself at \d{4}-\d\d-\d\dT`).MatchString(log) {
		t.Errorf("nothing on the exchanged token:\n%s", log)
	}
	outputs := r.file("OUTPUT")
	for name, want := range map[string]string{
		"scope": "applied-permissions/groups:CI", "expires-in": "600", "revocable": "true", "username": "token-broker", "url": r.sandbox.URL,
	} {
		if outputs[name] != want {
			t.Errorf("output %s = %q, want %q", name, outputs[name], want)
		}
	}
	if at, err := time.Parse(time.RFC3339, outputs["expires-at"]); err != nil || time.Until(at) > 10*time.Minute || time.Until(at) < 9*time.Minute {
		t.Errorf("expires-at %q: %v", outputs["expires-at"], err)
	}
	if outputs["token-id"] == "" || r.deploy(outputs["access-token"]) != http.StatusCreated {
		t.Error("no token id, or the token can't deploy")
	}
	wants(t, r.content("STEP_SUMMARY"), outputs["token-id"], "applied-permissions/groups:CI")

	status, log = r.post()
	if status != 0 {
		t.Errorf("post: exit status %d", status)
	}
	wants(t, log, "token "+outputs["token-id"]+": revoked; JFrog refuses it")
	if got := r.deploy(outputs["access-token"]); got != http.StatusUnauthorized {
		t.Errorf("after the post step the token gets %d", got)
	}
	if status, log = r.post(); status != 0 || !strings.Contains(log, ": revoked") {
		t.Errorf("a second post step: %d\n%s", status, log)
	}
}

// A job in which nothing is wrong says little.
func TestGoodJob_HasFiveLinesAStep(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string]map[string]string{
		"a mapping to a user":         {"oidc-provider-name": "github-user"},
		"a user's, with clients":      {"oidc-provider-name": "github-user", "login": "npm=npm-virtual, docker"},
		"a mapping to groups":         {"oidc-provider-name": "github"},
		"an administrator's mapping":  {"oidc-provider-name": "github-broker", "groups": "CI"},
		"an administrator's, clients": {"oidc-provider-name": "github-broker", "groups": "CI", "login": "npm=npm-virtual"},
		"an access token":             {"access-token": "ADMIN", "groups": "CI"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t)
			if inputs["access-token"] != "" {
				inputs["access-token"] = box.AdminToken
			}
			r := newRunner(t, box, inputs)
			status, log := r.main()
			_, after := r.post()
			for _, text := range []string{log, after} {
				if lines := calmLines(text); status != 0 || len(lines) == 0 || len(lines) > 5 {
					t.Errorf("exit status %d, %d lines:\n%s", status, len(lines), strings.Join(lines, "\n"))
				}
			}
		})
	}
}

// calmLines are the lines that people see: a mask isn't shown.
func calmLines(log string) []string {
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(log), "\n"), func(line string) bool { return strings.HasPrefix(line, "::add-mask::") })
}

func TestWhatWasAskedDecidesTheMint(t *testing.T) {
	t.Parallel()
	admin := sandboxtest.Start(t)
	tests := map[string]struct {
		inputs  map[string]string
		mints   int
		outputs map[string]string
		main    []string
		post    string
		dead    bool
	}{
		"a mapping for groups, nothing asked": {
			map[string]string{"oidc-provider-name": "github"}, 0,
			map[string]string{"expires-in": "300", "scope": "applied-permissions/groups:CI", "username": "ci-bot", "revocable": "false"},
			[]string{"using the exchanged token as it is: it is what was asked"}, "::warning::token ID: not revocable (dies by itself at ", false,
		},
		"a mapping for groups, the same asked": {
			map[string]string{"oidc-provider-name": "github", "groups": "CI", "username": "CI-bot", "expiry": "5m"}, 0,
			map[string]string{"expires-in": "300"}, []string{"using the exchanged token as it is"}, "not revocable", false,
		},
		"a mapping for a user, nothing asked": {
			map[string]string{"oidc-provider-name": "github-user"}, 1,
			map[string]string{"expires-in": "3600", "scope": "applied-permissions/user", "username": "robot", "revocable": "true"},
			[]string{"a minted token can be revoked, the exchanged one can't"}, "token ID: revoked", true,
		},
		"a mapping for a user, never mint": {
			map[string]string{"oidc-provider-name": "github-user", "mint": "never"}, 0,
			map[string]string{"expires-in": "300", "revocable": "false"}, []string{"mint is never"}, "not revocable", false,
		},
		"always mint": {
			map[string]string{"oidc-provider-name": "github-user", "mint": "always", "expiry": "2h"}, 1,
			map[string]string{"expires-in": "7200", "revocable": "true"}, []string{"mint is always"}, "token ID: revoked", true,
		},
		"an admin's token": {
			map[string]string{"access-token": admin.AdminToken, "url": admin.URL, "groups": "deployers, readers", "username": "Nobody-Yet"}, 1,
			map[string]string{"expires-in": "3600", "username": "nobody-yet", "scope": "applied-permissions/groups:deployers,readers"},
			[]string{"access token (input access-token)"}, "token ID: revoked", true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := admin
			if test.inputs["url"] == "" {
				box = sandboxtest.Start(t)
			}
			r := newRunner(t, box, test.inputs)
			status, log := r.main()
			if status != 0 {
				t.Fatalf("exit status %d:\n%s", status, log)
			}
			wants(t, log, test.main...)
			outputs := r.file("OUTPUT")
			for name, want := range test.outputs {
				if outputs[name] != want {
					t.Errorf("output %s = %q, want %q", name, outputs[name], want)
				}
			}
			mints := 0
			for _, request := range box.Server.Requests() {
				if request.Method == http.MethodPost && request.Path == "/access/api/v1/tokens" {
					mints++
				}
			}
			if mints != test.mints {
				t.Errorf("%d mints, want %d", mints, test.mints)
			}
			status, log = r.post()
			if status != 0 {
				t.Errorf("post: exit status %d", status)
			}
			wants(t, strings.ReplaceAll(log, outputs["token-id"], "ID"), test.post)
			if got := r.use(outputs["access-token"], http.MethodGet, "/artifactory/api/system/version"); (got == http.StatusUnauthorized) != test.dead {
				t.Errorf("after the post step the token gets %d", got)
			}
		})
	}
}

func TestNonAdminIsRefusedWithAHint(t *testing.T) {
	t.Parallel()
	r := newRunner(t, sandboxtest.Start(t), map[string]string{"oidc-provider-name": "github-user"})
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	robot := r.file("OUTPUT")["access-token"]
	r = newRunner(t, r.sandbox, map[string]string{"access-token": robot, "groups": "CI"})
	status, log := r.main()
	if status != 1 || r.content("OUTPUT")+r.content("STATE") != "" {
		t.Errorf("exit status %d, outputs %q", status, r.content("OUTPUT"))
	}
	wants(t, log, "::error::the creator may not make this token: only an admin may choose groups", "%0Ahint: leave groups, scope and username out where the creator's own permissions are enough", "%0Athe answer was: minting the access token: 403 ")
	if strings.Contains(log, robot) {
		t.Error("the creator's token is in the log")
	}
}

func TestEmptyStateIsNothingToDo(t *testing.T) {
	t.Parallel()
	r := newRunner(t, sandboxtest.Start(t), nil)
	status, log := r.run(t.Context(), nil, "frogmint-post")
	if status != 0 || !strings.Contains(log, "nothing to revoke") {
		t.Errorf("%d\n%s", status, log)
	}
	status, log = r.run(t.Context(), map[string]string{"GITHUB_ACTIONS": "true", "ACT": "true"}, "frogmint-post")
	if status != 0 || !strings.Contains(log, "::warning::no saved state arrived: if the main step made a token") || !strings.Contains(log, "frogmint/frogmint/revoke") {
		t.Errorf("a runner that loses it: %d\n%s", status, log)
	}
	r = newRunner(t, r.sandbox, map[string]string{"oidc-provider-name": "github", "revoke": "false"})
	if status, log = r.main(); status != 0 || r.content("STATE") != "" {
		t.Errorf("revoke false: %d, state %q\n%s", status, r.content("STATE"), log)
	}
	status, log = r.run(t.Context(), map[string]string{"STATE_frogmint": `{"version":1,"url":"x","token":"hidden"}`}, "frogmint-post")
	if status != 3 || strings.Contains(log, "hidden") || !strings.Contains(log, "::error::reading the saved state") {
		t.Errorf("a state that isn't ours: %d\n%s", status, log)
	}
}

// TestMint_MasksBeforeOutput reads the bytes: a secret stands in mask lines only, the mask before any use, and the state has
// the token before the outputs do.
func TestMint_MasksBeforeOutput(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string]map[string]string{
		"minted":    {"oidc-provider-name": "github-broker", "groups": "CI", "reference": "true", "refreshable": "true", "export-env": "true"},
		"exchanged": {"oidc-provider-name": "github", "export-env": "true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, sandboxtest.Start(t), inputs)
			stateFirst := false
			r.onLine = func() {
				state, outputs := r.content("STATE") != "", r.content("OUTPUT")+r.content("ENV") != ""
				if outputs && !stateFirst {
					t.Error("an output was set before the state was seen saved")
				}
				stateFirst = stateFirst || state && !outputs
			}
			status, mainLog := r.main()
			if status != 0 || !stateFirst {
				t.Fatalf("exit status %d; the state was saved before the outputs: %t\n%s", status, stateFirst, mainLog)
			}
			r.onLine = nil
			outputs := r.file("OUTPUT")
			secrets := []string{r.sandbox.IDTokenRequestToken}
			for _, name := range []string{"access-token", "reference-token", "refresh-token"} {
				if outputs[name] != "" {
					secrets = append(secrets, outputs[name])
				}
			}
			if name == "minted" && len(secrets) != 4 {
				t.Errorf("outputs %v", outputs)
			}
			for _, request := range r.sandbox.Server.Requests() {
				if idToken, ok := request.Body["subject_token"].(string); ok {
					secrets = append(secrets, idToken)
				}
			}
			masked := masks(mainLog)
			for _, secret := range secrets[1:] { // the runner masks the request token itself
				at := strings.Index(mainLog, "::add-mask::"+secret)
				if at < 0 || at > strings.Index(mainLog, "is saved for the post step") {
					t.Errorf("not masked, or only after the token was saved: %.20s…", secret)
				}
			}
			for _, output := range []string{"access-token", "reference-token"} {
				if basic := outputs["username"] + ":" + outputs[output]; outputs[output] != "" && !masked[base64.StdEncoding.EncodeToString([]byte(basic))] {
					t.Errorf("not masked: the basic authentication with %s", output)
				}
			}
			_, postLog := r.post()
			for secret := range masked {
				secrets = append(secrets, secret)
			}
			noSecrets(t, mainLog+postLog+r.content("STEP_SUMMARY"), secrets)
			if env := r.file("ENV"); env["JF_ACCESS_TOKEN"] != outputs["access-token"] || env["JF_URL"] != r.sandbox.URL || env["JF_USER"] != outputs["username"] {
				t.Errorf("export-env wrote %d variables", len(env))
			}
		})
	}
}

func masks(log string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(log) {
		if value, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "::add-mask::"); ok {
			found[strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(value)] = true
		}
	}
	return found
}

// noSecrets fails for every line but masks that holds a secret in clear, or in base64 at any of the three alignments.
func noSecrets(t *testing.T, log string, secrets []string) {
	t.Helper()
	var forms []string
	for _, secret := range secrets {
		forms = append(forms, secret)
		for skip := range 3 {
			encoded := base64.RawStdEncoding.EncodeToString([]byte(secret[skip:]))
			forms = append(forms, encoded[:len(encoded)-2])
		}
	}
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "::add-mask::") {
			continue
		}
		for _, form := range forms {
			if strings.Contains(line, form) {
				t.Errorf("a secret stands in %q", line)
			}
		}
	}
}

func TestSignalDuringTheMint(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"the answer comes soon": "latency=1s@mint", "the answer comes late": "latency=20s@mint", "the answer is cut off": "truncate@mint",
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			f, err := sandbox.ParseFault(fault)
			if err != nil {
				t.Fatal(err)
			}
			r := newRunner(t, sandboxtest.StartInBubble(t, sandbox.WithFaults(f)), map[string]string{"oidc-provider-name": "github-broker", "groups": "CI"})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var told time.Time
			go func() {
				for !minting(r.sandbox.Server) {
					time.Sleep(10 * time.Millisecond)
				}
				told = time.Now()
				cancel()
			}()
			status, log := r.run(ctx, r.env, "frogmint-main")
			if took := time.Since(told); took > 5*time.Second {
				t.Errorf("gone only after %s", took)
			}
			if status == 0 || r.content("OUTPUT") != "" {
				t.Errorf("exit status %d\n%s", status, log)
			}
			for _, token := range r.sandbox.Server.LiveTokens() {
				if token.Scope != "applied-permissions/admin" { // the exchanged token can't be revoked
					t.Errorf("left alive: %+v\n%s", token, log)
				}
			}
		}))
	}
}

// minting reports whether the sandbox has made the token that it doesn't answer with.
func minting(server *sandbox.Server) bool {
	for _, token := range server.LiveTokens() {
		if token.Scope == "applied-permissions/groups:CI" {
			return true
		}
	}
	for _, request := range server.Requests() {
		if request.Path == "/access/api/v1/tokens" && request.Method == http.MethodPost {
			return true
		}
	}
	return false
}
