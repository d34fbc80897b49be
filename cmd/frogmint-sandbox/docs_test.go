package main

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what serve --help prints into docs/sandbox.md")

// TestDocumentsMatchTheHelp compares docs/sandbox.md with what serve --help prints.
func TestDocumentsMatchTheHelp(t *testing.T) {
	const file, from, to = "../../docs/sandbox.md", "<!-- serve -->\n", "<!-- end of serve -->\n"
	var help, complaints output
	if status := (&command{stdout: &help, stderr: &complaints}).main(t.Context(), []string{"serve", "--help"}); status != exitOK {
		t.Fatalf("exit status %d: %s", status, &complaints)
	}
	want := "```\n" + strings.ReplaceAll(help.String(), "\t", "    ") + "```\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), from)
	got, after, ended := strings.Cut(rest, to)
	switch {
	case !found || !ended:
		t.Fatalf("%s has no part between %q and %q", file, from, to)
	case got == want:
	case *update:
		if err := os.WriteFile(file, []byte(before+from+want+to+after), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s isn't what serve --help prints; go test ./cmd/frogmint-sandbox -update writes it", file)
	}
}
