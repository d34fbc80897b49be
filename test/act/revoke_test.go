//go:build container

package act

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// revokeWorkflow mints in one step and revokes in the last one, whatever the step between does.
const revokeWorkflow = `on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - id: jfrog
        uses: %[1]s
        with:
          url: ${{ env.JF_URL }}
          oidc-provider-name: github-broker
          groups: CI
          expiry: 10m
      - env:
          TOKEN: ${{ steps.jfrog.outputs.access-token }}
        run: |
          curl --fail --silent --header "Authorization: Bearer $TOKEN" --upload-file Dockerfile "$JF_URL/artifactory/libs-local/selftest/artifact.txt"
          exit %[3]d
      - if: always()
        uses: %[2]s
        with:
          url: ${{ env.JF_URL }}
          access-token: ${{ steps.jfrog.outputs.access-token }}
`

// act doesn't give a container's post entry point its state. An explicit last step takes the token back.
func TestRevokeStep(t *testing.T) {
	for name, tt := range map[string]struct {
		mint, revoke string
		status       int
	}{
		"after_a_failure":   {"./", "./revoke", 1},
		"from_a_repository": {"frogmint/frogmint@v1", "frogmint/frogmint/revoke@v1", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := startSandbox(t)
			dir := checkout(t)
			workflow := fmt.Sprintf(revokeWorkflow, tt.mint, tt.revoke, tt.status)
			if err := os.WriteFile(filepath.Join(dir, ".github/workflows/revoke.yml"), []byte(workflow), 0o600); err != nil {
				t.Fatal(err)
			}
			log, err := actOn(t, dir, ".github/workflows/revoke.yml", server.Server)
			if failed := err != nil; failed != (tt.status != 0) {
				t.Errorf("act: %v\n%s", err, log)
			}
			if deployer(server.Server) == "" {
				t.Errorf("nothing was deployed:\n%s", log)
			}
			if !strings.Contains(log, ": revoked; JFrog refuses it") || !strings.Contains(log, "Success - Main "+tt.revoke) {
				t.Errorf("the log doesn't say that the token was revoked:\n%s", log)
			}
			for _, token := range server.LiveTokens() {
				// What frogmint minted has a nonce. The exchanged token can't be revoked, and has none.
				if strings.Contains(token.Description, "nonce=") {
					t.Errorf("alive: %+v", token)
				}
			}
			if looksLikeToken.MatchString(log) {
				t.Error("the log shows what looks like a token")
			}
		})
	}
}

// actOn runs one workflow and returns act's log, and an error when the job failed.
func actOn(t *testing.T, dir, workflow string, server *sandbox.Server) (string, error) {
	t.Helper()
	env := filepath.Join(t.TempDir(), "env")
	lines := fmt.Sprintf("JF_URL=%s\nACTIONS_ID_TOKEN_REQUEST_URL=%s\nACTIONS_ID_TOKEN_REQUEST_TOKEN=%s\n",
		server.BaseURL(), server.IDTokenRequestURL(), server.IDTokenRequestToken())
	if err := os.WriteFile(env, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	act := exec.CommandContext(t.Context(), "act", "push", "--workflows", workflow,
		"--platform", "ubuntu-latest="+required(t, "FROGMINT_JOB_IMAGE"), "--pull=false", "--rebuild",
		"--network", "host", "--no-cache-server", "--env-file", env, "--local-repository", "frogmint/frogmint@v1="+dir)
	act.Dir = dir
	act.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "XDG_CACHE_HOME="+t.TempDir())
	var log bytes.Buffer
	act.Stdout, act.Stderr = &log, &log
	err := act.Run()
	return log.String(), err
}
