//go:build unix

package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/process"
	"github.com/frogmint/frogmint/internal/redact"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// placeBehind is a place that a token reaches when the guardian, which writes what it is told into a file, knows of it.
type placeBehind struct {
	told string
	err  error
}

func (p placeBehind) Write(_ string, token redact.Secret) error {
	for range 1000 {
		if text, _ := os.ReadFile(p.told); strings.Contains(string(text), token.Reveal()) {
			return p.err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return errors.New("the guardian doesn't know of it")
}

func (p placeBehind) Remove() error { return nil }

// A SIGKILL may strike while the files are written.
func TestSwap_TellsTheGuardianFirst(t *testing.T) {
	t.Parallel()
	told := filepath.Join(t.TempDir(), "told")
	guard, err := process.StartGuardian("/bin/sh", []string{"sh", "-c", `cat >"$0"`, told}, []string{"PATH=/usr/bin:/bin"})
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Dismiss()
	place := placeBehind{told: told}
	tokens := &execTokens{guard: guard, login: &login.Login{}, places: []login.Place{place}}
	box := sandboxtest.Start(t)
	config := action.Config{URL: box.URL, Groups: []string{"CI"}, Credentials: action.Credentials{Token: redact.NewSecret(box.AdminToken)}}
	swap := func() error {
		token, err := new(action.Client).Mint(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		return tokens.swap(*token)
	}
	if err := swap(); err != nil || len(tokens.live) != 1 {
		t.Errorf("%d live tokens, %v", len(tokens.live), err)
	}
	place.err = errors.New("the disk is full")
	tokens.places = []login.Place{place}
	if err := swap(); !errors.Is(err, place.err) || len(tokens.live) != 1 {
		t.Errorf("%d live tokens, %v", len(tokens.live), err)
	}
}
