//go:build unix

package cli_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// What doctor prints for a mapping that doesn't match mends the next exchange, pasted into a shell as it is.
func TestDoctor_PrintsBlockThatMendsTheMapping(t *testing.T) {
	t.Parallel()
	for _, m := range mistakes(t) {
		if !m.pasted {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			r := m.spoiled(t, sandboxtest.Start)
			r.env["INPUT_TIMEOUT"] = "60s" // nothing waits for its end here
			_, log := r.run(t.Context(), r.env, "frogmint", "doctor")
			_, block, found := strings.Cut(log, "\ncurl ")
			block, _, ends := strings.Cut(block, "\nMAPPING\n")
			if !found || !ends {
				t.Fatalf("no block in:\n%s", log)
			}
			paste := exec.CommandContext(t.Context(), "sh", "-c", "curl "+block+"\nMAPPING\n")
			paste.Env = append(os.Environ(), "JF_ADMIN_TOKEN="+r.sandbox.AdminToken)
			if answer, err := paste.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s\n%s", err, answer, block)
			}
			if status, log := r.main(); status != 0 {
				t.Errorf("after it, exit status %d:\n%s", status, log)
			}
			status, log := r.run(t.Context(), r.env, "frogmint", "doctor", "--admin-token-env", "JF_ADMIN_TOKEN")
			if status != 0 {
				t.Errorf("doctor: %d\n%s", status, log)
			}
			wants(t, log, "nothing is wrong", " matches: it gives user ")
		})
	}
}
