package cli_test

import (
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// A platform that grants a shorter life than was asked for is named in the log and on the job's page.
func TestMint_WarnsOfAShorterLife(t *testing.T) {
	t.Parallel()
	r := newRunner(t, sandboxtest.Start(t), map[string]string{"oidc-provider-name": "github", "mint": "never", "expiry": "1h"})
	status, log := r.main()
	if status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	wants(t, log, "::warning::an expiry of 1h0m0s was asked, the identity mapping gives 5m0s")
	wants(t, r.content("STEP_SUMMARY"), "(5m0s), and not the 1h0m0s that were asked for", `OIDC provider "github"`)
}
