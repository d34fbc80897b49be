package cli_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestReleases runs the same jobs against servers of every age: each works with what its release has, or names the
// release that is needed.
func TestReleases(t *testing.T) {
	t.Parallel()
	const (
		revoked      = ": revoked"
		notRevocable = ": not revocable (dies by itself at "
	)
	plain := map[string]string{"groups": "CI"}
	reference := map[string]string{"groups": "CI", "reference": "true"}
	oidc := map[string]string{"oidc-provider-name": "github-broker", "groups": "CI"}
	tests := []struct {
		release string
		inputs  map[string]string
		status  int
		main    string
		post    string
	}{
		{"7.20.1", plain, 0, "this server doesn't know the Access API", revoked},
		{"7.20.1", reference, 1, "this server is 7.20.1, and the Access API needs 7.21.1", ""},
		{"7.20.1", oidc, 1, "OIDC needs JFrog Cloud 7.73.1 or self-hosted 7.77.3", ""},
		{"7.20.1", map[string]string{"groups": "CI", "api": "access"}, 1, "and the Access API needs 7.21.1", ""},
		{"7.38.9", plain, 0, "this server is 7.38.9, and force-revocable needs 7.50.3", notRevocable},
		{"7.38.9", reference, 3, "this server is 7.38.9, and a reference token needs 7.38.10", ""}, // the token can't be revoked, and lives
		{"7.41.0", map[string]string{"groups": "CI", "expiry": "0"}, 0, "this server is 7.41.0, and a token that never expires needs 7.42.1", revoked},
		{"7.49.0", plain, 0, "this server is 7.49.0, and force-revocable needs 7.50.3", notRevocable},
		{"7.49.0", map[string]string{"groups": "CI", "expiry": "7h"}, 0, "valid until", revoked},
		{"7.53.0", plain, 0, "revocable", revoked},
		{"7.53.0", map[string]string{"user": "admin", "password": "password", "groups": "CI"}, 1, "needs 7.63.2", ""},
		{"7.53.0", oidc, 1, "OIDC needs JFrog Cloud 7.73.1", ""},
		{"7.111.4", reference, 0, "revocable", revoked},
		{"7.111.4", oidc, 0, "revocable", revoked},
		{"7.144.0", reference, 0, "revocable", revoked},
		{"7.144.0", oidc, 0, "revocable", revoked},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.release, " ", test.inputs), func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t, sandbox.WithVersion(test.release))
			r := newRunner(t, box, test.inputs)
			if test.inputs["oidc-provider-name"] == "" && test.inputs["user"] == "" {
				r.env["INPUT_ACCESS-TOKEN"] = box.AdminToken
			}
			status, log := r.main()
			if status != test.status {
				t.Fatalf("exit status %d, want %d\n%s", status, test.status, log)
			}
			wants(t, log, test.main)
			if test.status != 0 {
				wants(t, log, "hint: ")
				return
			}
			token := r.file("OUTPUT")["access-token"]
			if r.use(token, http.MethodGet, "/artifactory/api/system/version") != http.StatusOK {
				t.Error("the token isn't accepted")
			}
			_, log = r.post()
			wants(t, log, test.post)
			if got := r.deploy(token); (got == http.StatusUnauthorized) != (test.post == revoked) {
				t.Errorf("afterwards the token gets %d", got)
			}
		})
	}
}

// TestVersionIsNotAskedWhenAllGoesWell: the version is asked for to explain a failure; the proof asks for it with the
// dead token.
func TestVersionIsNotAskedWhenAllGoesWell(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	r.post()
	var seen []string
	for _, request := range box.Server.Requests() {
		seen = append(seen, request.Method+" "+request.Path)
	}
	want := "DELETE /access/api/v1/tokens/me GET /access/api/v1/tokens/me GET /artifactory/api/system/version POST /access/api/v1/tokens"
	slices.Sort(seen) // the two endpoints are asked at once
	if got := strings.Join(seen, " "); got != want {
		t.Errorf("requests: %s", got)
	}
}

// TestOddGroupNames sends names that need quoting to JFrog and back.
func TestOddGroupNames(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 64 {
		many = append(many, fmt.Sprintf("g%d", i))
	}
	tests := map[string]struct {
		input string
		names []string
	}{
		"a space": {"a b", []string{"a b"}}, "a comma": {`"a,b"`, []string{"a,b"}},
		"all of them": {"a b\n\"a,b\", CI", []string{"a b", "a,b", "CI"}}, "64": {strings.Join(many, ","), many},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := sandbox.Config{}
			for _, group := range test.names {
				config.Groups = append(config.Groups, sandbox.GroupConfig{Name: group})
			}
			box := sandboxtest.Start(t, sandbox.WithConfig(config))
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": test.input})
			status, log := r.main()
			if status != 0 {
				t.Fatalf("%d\n%s", status, log)
			}
			if scope := r.file("OUTPUT")["scope"]; !strings.HasPrefix(scope, "applied-permissions/groups:") {
				t.Errorf("scope %q", scope)
			}
			if _, log = r.post(); !strings.Contains(log, ": revoked") {
				t.Error(log)
			}
		})
	}
}

// TestBroaderScope has the server grant more than was asked.
func TestBroaderScope(t *testing.T) {
	t.Parallel()
	fault, err := sandbox.ParseFault("broader-scope=applied-permissions/groups:CI,deployers@mint")
	if err != nil {
		t.Fatal(err)
	}
	box := sandboxtest.Start(t, sandbox.WithFaults(fault))
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
	status, log := r.main()
	if status != 1 || r.content("OUTPUT") != "" || len(box.Server.LiveTokens()) != 0 {
		t.Errorf("exit status %d, outputs %q, alive %v", status, r.content("OUTPUT"), box.Server.LiveTokens())
	}
	wants(t, log, "::error::the granted token (scope ", "it also has applied-permissions/groups:deployers", ": revoked", "hint: ")
	if status, log = r.post(); status != 0 {
		t.Errorf("post after that: %d\n%s", status, log)
	}
	r = newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "allow-broader-scope": "true"})
	status, log = r.main()
	if status != 0 || r.content("OUTPUT") == "" {
		t.Errorf("allowed: %d\n%s", status, log)
	}
	wants(t, log, "::warning::the granted token (scope ")
}
