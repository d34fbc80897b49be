package cli_test

import (
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// Every subcommand has a line in the help and a page of its own, and a word that is none says so.
func TestCommand_HasHelp(t *testing.T) {
	t.Parallel()
	r := newRunner(t, sandboxtest.Start(t), nil)
	run := func(args ...string) (int, string) {
		return r.run(t.Context(), r.env, append([]string{"frogmint"}, args...)...)
	}
	status, help := run("help")
	if status != 0 || !strings.Contains(help, "FROGMINT_") {
		t.Errorf("exit status %d: %s", status, help)
	}
	for _, same := range []string{"-h", "-help", "--help"} {
		if status, text := run(same); status != 0 || text != help {
			t.Errorf("%s: exit status %d: %s", same, status, text)
		}
	}
	if status, text := run(); status != 2 || text != help {
		t.Errorf("without a word: exit status %d: %s", status, text)
	}
	if status, _ := r.run(t.Context(), r.env); status != 2 {
		t.Errorf("without a name: exit status %d", status)
	}
	for _, name := range []string{"mint", "revoke", "sweep", "exec", "doctor", "mapping", "version"} {
		wants(t, help, "frogmint "+name)
		status, page := run("help", name)
		if status != 0 || !strings.Contains(page, "Usage:\n    frogmint "+name) && name != "version" {
			t.Errorf("%s: exit status %d: %s", name, status, page)
		}
		if status, text := run(name, "-h"); status != 0 || text != page {
			t.Errorf("%s -h: exit status %d: %s", name, status, text)
		}
	}
	for _, args := range [][]string{{"version"}, {"--version"}, {"-version"}} {
		if status, text := run(args...); status != 0 || text != "frogmint "+cli.Version()+"\n" || cli.Version() == "" {
			t.Errorf("%q: exit status %d: %s", args, status, text)
		}
	}
	if status, text := run("Mint"); status != 2 || text != "frogmint: error: unknown command \"Mint\"\nfrogmint: hint: run frogmint help\n" {
		t.Errorf("exit status %d: %s", status, text)
	}
}
