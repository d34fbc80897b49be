//go:build container

package act

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
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

// act doesn't give a container's post entry point its state. An explicit last step revokes the token.
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
			log, ok := runAct(t, dir, ".github/workflows/revoke.yml", server.Server,
				"--local-repository", "frogmint/frogmint@v1="+dir)
			if want := tt.status == 0; ok != want {
				t.Errorf("the job succeeded: %v, want %v", ok, want)
			}
			if deployer(server.Server) == "" {
				t.Error("nothing was deployed")
			}
			if !strings.Contains(log, ": revoked; JFrog refuses it") || !strings.Contains(log, "Success - Main "+tt.revoke) {
				t.Error("the log doesn't say that the token was revoked")
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
