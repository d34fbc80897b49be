package cli_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// What a step before wrote into GITHUB_ENV steers neither the main step nor the revoke step.
func TestSteps_ReadNoFrogmintVariable(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	forged := map[string]string{
		"FROGMINT_GRANT_ADMIN": "true", "FROGMINT_EXPIRY": "0", "FROGMINT_REVOKE": "false", "FROGMINT_API": "legacy", "FROGMINT_CA_CERT": "nonsense",
		"FROGMINT_ON_REVOKE_FAILURE": "warn", "FROGMINT_URL": "https://evil.example", "FROGMINT_CI": "nonsense",
	}
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
	for name, value := range forged {
		r.env[name] = value
	}
	status, log := r.main()
	outputs := r.file("OUTPUT")
	if status != 0 || outputs["scope"] != "applied-permissions/groups:CI" || outputs["expires-in"] != "3600" || r.content("STATE") == "" {
		t.Fatalf("exit status %d, outputs %v\n%s", status, outputs, log)
	}
	env := map[string]string{"GITHUB_ACTIONS": "true", "INPUT_URL": box.URL, "INPUT_ACCESS-TOKEN": outputs["access-token"]}
	for name, value := range forged {
		env[name] = value
	}
	status, log = r.run(t.Context(), env, "frogmint", "revoke", "--token-env", "INPUT_ACCESS-TOKEN")
	if status != 0 || !strings.Contains(log, ": revoked; JFrog refuses it") || r.use(outputs["access-token"], http.MethodGet, "/artifactory/api/system/version") != http.StatusUnauthorized {
		t.Errorf("exit status %d\n%s", status, log)
	}
}
