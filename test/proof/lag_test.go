//go:build linux

package proof

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestRevokeLag: a server that still takes a revoked token is waited for, and when it goes on taking it, the report says so.
func TestRevokeLag(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lag, timeout, onFailure string
		status                  int
		least, most             time.Duration
		words                   []string
	}{
		"3 s":                             {"3s", "20", "fail", 0, 3 * time.Second, 15 * time.Second, []string{": revoked; JFrog refuses it"}},
		"60 s, fail":                      {"60s", "3", "fail", 3, 3 * time.Second, 10 * time.Second, []string{"::error::token ", ": STILL ALIVE (the server accepted the revocation and still accepts the token: ", "; dies by itself at ", "hint: "}},
		"60 s, warn":                      {"60s", "3", "warn", 0, 3 * time.Second, 10 * time.Second, []string{"::warning::token ", ": STILL ALIVE (", "hint: "}},
		"60 s, the whole window of proof": {"60s", "58", "fail", 3, 30 * time.Second, 40 * time.Second, []string{"::error::token ", ": STILL ALIVE ("}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j := newCellOn(t, sandboxtest.StartInBubble, phase{inputs: minting("on-revoke-failure", test.onFailure)}, tableFault{}).job
				j.env["INPUT_ON-REVOKE-FAILURE"], j.env["INPUT_TIMEOUT"] = test.onFailure, test.timeout
				if result := j.main(); result.status != 0 {
					t.Fatalf("exit status %d\n%s", result.status, visible(result.log))
				}
				j.box.Server.SetFaults(parseFaults(t, "revoke-lag="+test.lag)...)
				result := j.post()
				if result.status != test.status || result.took < test.least || result.took > test.most {
					t.Errorf("exit status %d after %s", result.status, result.took)
				}
				wants(t, result.log, test.words...)
			})
		})
	}
}
