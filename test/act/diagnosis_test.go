//go:build container

package act

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// refusedWorkflow exchanges an ID token that no identity mapping fits. What stands on the job's page act prints at the step's end.
const refusedWorkflow = `on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: ./
        with:
          url: ${{ env.JF_URL }}
          oidc-provider-name: releases
`

// A failed exchange is explained once in the log and once on the job's page, in at most 40 lines and without a secret.
func TestFailedExchange_IsExplained(t *testing.T) {
	server := startSandbox(t, sandbox.WithConfig(sandbox.Config{Providers: []sandbox.ProviderConfig{{
		Provider: sandbox.Provider{Name: "releases", ProviderType: "GitHub"},
		Mappings: []sandbox.Mapping{{Name: "tags-only", Priority: 1, Claims: map[string]any{"ref": "refs/tags/*"}, TokenSpec: sandbox.TokenSpec{
			Username: "ci-bot", Scope: "applied-permissions/user",
		}}},
	}}}))
	dir := checkout(t)
	if err := os.WriteFile(filepath.Join(dir, ".github/workflows/refused.yml"), []byte(refusedWorkflow), 0o600); err != nil {
		t.Fatal(err)
	}
	log, ok := runAct(t, dir, ".github/workflows/refused.yml", server.Server)
	if ok {
		t.Error("the job succeeded")
	}
	printed, page, _ := strings.Cut(log, "Summary - ")
	page, _, _ = strings.Cut(page, "[refused.yml/deploy]")
	for _, want := range []string{`what was sent: OIDC provider "releases"`, "  ref = refs/heads/main", "this identity mapping matches this job"} {
		if inLog, onPage := strings.Count(printed, want), strings.Count(page, want); inLog != 1 || onPage != 1 {
			t.Errorf("%q stands %d times in the log and %d times on the page", want, inLog, onPage)
		}
	}
	if lines := strings.Count(page, "\n"); lines > 40 {
		t.Errorf("the page has %d lines", lines)
	}
	if secret := looksLikeToken.FindString(log); secret != "" {
		t.Errorf("the log shows what looks like a token: %s", secret)
	}
	if tokens := server.LiveTokens(); len(tokens) > 0 {
		t.Errorf("alive: %+v", tokens)
	}
}
