package cli

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// The last line counts: tokens of earlier ones have been revoked, or belong to nobody.
func TestGuardian_RevokesTheTokensOfTheLastLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines func(first, both string) string
		left  int
	}{
		"killed":                        {func(first, both string) string { return first + "\n" + both + "\n" }, 0},
		"dismissed":                     {func(_, both string) string { return both + "\n[]\n" }, 2},
		"killed before a token":         {func(_, _ string) string { return "" }, 2},
		"killed in the midst of a line": {func(first, both string) string { return first + "\n" + both[:len(both)/2] }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s := sandboxtest.StartInBubble(t)
				tokens := tokensIn(t, s, dir, map[string]string{"access-token": "admin"}, &strings.Builder{})
				if err := tokens.mint(t.Context()); err != nil {
					t.Fatal(err)
				}
				first, err := guardLine(tokens.live[:1], "")
				if err != nil {
					t.Fatal(err)
				}
				both, err := guardLine(tokens.live, "")
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel() // a signal to every process of the job
				command := &Command{Stdin: strings.NewReader(test.lines(first, both)), Stderr: &strings.Builder{}, DialContext: s.DialContext}
				command.Main(ctx, []string{"frogmint", guardWord})
				if left := mintedOf(s); left != test.left {
					t.Errorf("%d tokens are alive, want %d", left, test.left)
				}
			})
		})
	}
}
