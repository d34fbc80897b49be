//go:build unix

package mapping_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// The block for curl, pasted as it is into a shell, makes the exchange succeed that failed before.
func TestCurl_MakesTheExchangeSucceed(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"sh", "bash"} {
		claims := map[string]string{"repository": "octo-org/o'repo", "environment": "$(id) \\ \"prod\" `id`", "sub": "repo:octo-org@65/o'repo@74:environment:prod"}
		box := sandboxtest.Start(t, sandbox.WithClaims(claims), sandbox.WithConfig(sandbox.Config{Providers: []sandbox.ProviderConfig{
			{Provider: sandbox.Provider{Name: "octo", ProviderType: "GitHub", Organization: "octo-org"}},
		}}))
		idToken, job := ownIDToken(t, box), mapping.Job{Provider: "octo", Project: "blue"}
		if status, _, _ := exchange(t, box.Server, idToken, job); status != http.StatusForbidden {
			t.Fatalf("before: %d", status)
		}
		m, err := mapping.Strict(claimsOf(t, idToken), nil, mapping.TokenSpec{})
		must(t, err)
		m.Provider, m.Project = "octo", "blue"
		paste := func(token string) (string, error) {
			command := exec.CommandContext(t.Context(), shell, "-c", m.Curl(box.URL+"/"))
			command.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", mapping.TokenVariable+"="+token)
			output, err := command.CombinedOutput()
			return string(output), err
		}
		if output, err := paste("wrong"); err == nil || !strings.Contains(output, "401") {
			t.Errorf("%s: a wrong token: %s, %v", shell, output, err)
		}
		if output, err := paste(""); err == nil || !strings.Contains(output, mapping.TokenVariable) {
			t.Errorf("%s: no token: %s, %v", shell, output, err)
		}
		if output, err := paste(box.AdminToken); err != nil {
			t.Fatalf("%s: %s, %v", shell, output, err)
		}
		status, username, scope := exchange(t, box.Server, idToken, job)
		if status != http.StatusOK || username != m.Name || scope != "applied-permissions/groups:readers" {
			t.Errorf("after: %d, user %q, scope %q", status, username, scope)
		}
	}
}
