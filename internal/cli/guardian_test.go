package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/login"
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
		"dismissed":                     {func(_, both string) string { return both + "\n{}\n" }, 2},
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
				place, _ := tokens.places[0].(*login.Login)
				first, err := guardLine(0, tokens.live[:1], place.Folder())
				if err != nil {
					t.Fatal(err)
				}
				both, err := guardLine(0, tokens.live, place.Folder())
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
				if _, err := os.Stat(place.Folder()); errors.Is(err, fs.ErrNotExist) != (test.left < 2) {
					t.Errorf("the clients' files: %v", err)
				}
			})
		})
	}
}

// A line that is too long to be read is no end of exec: its guardian waits for that, and does then what the last line said that
// could be read.
func TestGuardian_WaitsForTheEndBehindALongLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := sandboxtest.StartInBubble(t)
		tokens := tokensIn(t, s, dir, map[string]string{"access-token": "admin"}, &strings.Builder{})
		if err := tokens.mint(t.Context()); err != nil {
			t.Fatal(err)
		}
		line, err := guardLine(0, tokens.live, "")
		if err != nil {
			t.Fatal(err)
		}
		stdin, exec := io.Pipe()
		command := &Command{Stdin: stdin, Stderr: &strings.Builder{}, DialContext: s.DialContext}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			command.Main(t.Context(), []string{"frogmint", guardWord})
		}()
		_, _ = io.WriteString(exec, line+"\n"+strings.Repeat("x", 5*httpapi.MaxState)+"\n")
		synctest.Wait()
		if mintedOf(s) == 0 {
			t.Error("the token is revoked while exec is there")
		}
		_ = exec.Close()
		<-ended
		if left := mintedOf(s); left != 0 {
			t.Errorf("%d tokens are alive", left)
		}
	})
}
