package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

const (
	beforeAccess = "7.20.1" // the last releases without the Access API
	legacyMint   = "/artifactory/api/security/token"
)

// sent counts the requests that JFrog got.
func (r *runner) sent(method, path string) int {
	count := 0
	for _, request := range r.sandbox.Server.Requests() {
		if request.Method == method && request.Path == path {
			count++
		}
	}
	return count
}

// Only its creator can revoke a token of the legacy API: whoever reads the log learns where those credentials are now.
// They are in no other state.
func TestMint_WarnsOfCredentialsInTheState(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options []sandbox.Option
		revoke  bool
		holds   bool
	}{
		"legacy":                {[]sandbox.Option{sandbox.WithVersion(beforeAccess)}, true, true},
		"legacy, not to revoke": {[]sandbox.Option{sandbox.WithVersion(beforeAccess)}, false, false},
		"access":                {nil, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t, test.options...)
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "revoke": fmt.Sprint(test.revoke)})
			status, log := r.main()
			state := r.content("STATE")
			if status != 0 || (state != "") != test.revoke || strings.Contains(state, box.AdminToken) != test.holds {
				t.Errorf("exit status %d, a state of %d bytes\n%s", status, len(state), log)
			}
			_, warning, found := strings.Cut(log, "::warning::")
			if found != test.holds || found && !strings.Contains(warning, "the saved state holds the creator's credentials") {
				t.Errorf("credentials in the state: %t\n%s", test.holds, log)
			}
		})
	}
}

// What the legacy API can't express is never left out in silence.
func TestMint_LegacyAPILosesNoWish(t *testing.T) {
	t.Parallel()
	for input, value := range map[string]string{
		"reference": "true", "project": "proj", "description": "hello", "grant-admin": "true", "force-revocable": "true",
		"scope": "applied-permissions/groups:CI",
	} {
		t.Run(input, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t, sandbox.WithVersion(beforeAccess))
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, input: value})
			if input != "scope" && input != "grant-admin" {
				r.env["INPUT_GROUPS"] = "CI"
			}
			status, log := r.main()
			r.refused(status, log, 1, input)
			if r.sent(http.MethodPost, legacyMint) > 0 {
				t.Errorf("minted without it:\n%s", log)
			}
		})
	}
}

// Only a server that doesn't know the Access API is asked by the legacy one, and only with credentials that it knows.
func TestMint_LegacyAPIOnlyWhereTheOtherIsUnknown(t *testing.T) {
	t.Parallel()
	oidc := map[string]string{"oidc-provider-name": "github-broker", "access-token": ""}
	for name, test := range map[string]struct {
		status int
		inputs map[string]string
	}{
		"bad request": {http.StatusBadRequest, nil}, "unauthorized": {http.StatusUnauthorized, nil}, "forbidden": {http.StatusForbidden, nil},
		"not found, by an exchanged token": {http.StatusNotFound, oidc},
		"not found, access asked":          {http.StatusNotFound, map[string]string{"api": "access"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newJob(t, sandboxtest.Start(t), func(w http.ResponseWriter, r *http.Request) bool {
				if isMint(r) {
					w.WriteHeader(test.status)
					_, _ = io.WriteString(w, accessSays("no"))
				}
				return isMint(r)
			}, test.inputs)
			status, log := r.main()
			r.refused(status, log, 1)
			if r.sent(http.MethodPost, legacyMint) > 0 {
				t.Errorf("asked by the legacy API:\n%s", log)
			}
			r.only()
		})
	}
}

// The legacy API wants one's own name told, and has no word for a user's own permissions but all of his groups.
func TestMint_LegacyAPIIsToldWhoAsks(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newRunner(t, box, map[string]string{"api": "legacy", "user": "robot", "password": "password"})
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	want := map[string]any{"grant_type": "client_credentials", "username": "robot", "scope": "member-of-groups:*", "expires_in": "3600"}
	if diff := cmp.Diff(want, box.Server.Requests()[0].Body); diff != "" {
		t.Error(diff)
	}
}
