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

// A mapping of that name is JFrog's already, and other jobs may live by it: the block creates another one.
func TestDoctor_PrintsABlockBesideTheNamedMapping(t *testing.T) {
	t.Parallel()
	options := mapped(map[string]any{"ref": "refs/heads/release"})
	r := newRunner(t, sandboxtest.Start(t, options...), with(oidc, "identity-mapping-name", "deploy"))
	r.env["JF_ADMIN_TOKEN"] = r.sandbox.AdminToken
	_, log := r.run(t.Context(), r.env, "frogmint", "doctor", "--admin-token-env", "JF_ADMIN_TOKEN")
	wants(t, log, `JFrog has a mapping "deploy", which other jobs may use: create this one, and set identity-mapping-name to deploy-2`)
	_, block, _ := strings.Cut(log, "\ncurl ")
	block, _, _ = strings.Cut(block, "\nMAPPING\n")
	paste := exec.CommandContext(t.Context(), "sh", "-c", "curl "+block+"\nMAPPING\n")
	paste.Env = append(os.Environ(), "JF_ADMIN_TOKEN="+r.sandbox.AdminToken)
	if answer, err := paste.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, answer, block)
	}
	r.env["INPUT_IDENTITY-MAPPING-NAME"] = "deploy-2"
	if status, log := r.main(); status != 0 {
		t.Errorf("after it, exit status %d:\n%s", status, log)
	}
}
