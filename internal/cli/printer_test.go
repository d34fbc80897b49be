package cli

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/process"
)

// TestFailTellsAllOfAnError: several errors side by side are a line each; what is around several is not taken apart.
func TestFailTellsAllOfAnError(t *testing.T) {
	t.Parallel()
	alive := func(err error) error {
		return &action.LeftAliveError{Tokens: []action.AliveToken{{ID: "4711", Reason: "STILL ALIVE"}}, Err: err}
	}
	const hint = "frogmint: hint: revoke it in JFrog"
	writing := fmt.Errorf("writing the token file: %w", errors.Join(io.ErrShortWrite, nil))
	tests := map[string]struct {
		err    error
		status int
		want   []string // how each line begins
	}{
		"one":                   {io.ErrShortWrite, 1, []string{"frogmint: error: short write"}},
		"two":                   {errors.Join(io.ErrShortWrite, io.EOF), 1, []string{"frogmint: error: short write", "frogmint: error: EOF"}},
		"two in two":            {errors.Join(errors.Join(io.ErrShortWrite, io.EOF), io.EOF), 1, []string{"frogmint: error: short write", "frogmint: error: EOF", "frogmint: error: EOF"}},
		"alive around a join":   {alive(writing), 3, []string{"frogmint: error: writing the token file: short write; may still be alive: token 4711: STILL ALIVE", hint}},
		"alive around two":      {alive(errors.Join(io.ErrShortWrite, io.EOF)), 3, []string{"frogmint: error: short write EOF; may still be alive: token 4711: STILL ALIVE", hint}},
		"words around two":      {fmt.Errorf("renewing the token: %w", errors.Join(io.ErrShortWrite, io.EOF)), 1, []string{"frogmint: error: renewing the token: short write EOF"}},
		"alive beside an error": {errors.Join(io.EOF, alive(writing)), 3, []string{"frogmint: error: EOF", "frogmint: error: writing the token file: short write; may still be alive: token 4711: STILL ALIVE", hint}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			status := (&printer{out: process.NewWriter(&log, nil)}).fail(test.err)
			lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
			if status != test.status || len(lines) != len(test.want) {
				t.Fatalf("exit status %d\n%s", status, log.String())
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %q, want %q", lines[i], want)
				}
			}
		})
	}
}

// While lines are held back, errors stand before them; nobody waits for them longer than three seconds.
func TestPrinter_HoldsLinesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := &printer{out: process.NewWriter(&log, nil)}
		said := func(want string) {
			t.Helper()
			if got := log.String(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			log.Reset()
		}
		p.Info("at once")
		said("frogmint: at once\n")
		p.hold()
		p.Info("held")
		p.Warn("looked at")
		p.print(ci.Failure, "wrong", "hint: mend it")
		p.head("first")
		said("frogmint: error: wrong\nfrogmint: hint: mend it\nfrogmint: first\n")
		p.release()
		said("frogmint: held\nfrogmint: warning: looked at\n")
		p.release()
		said("")
		p.hold()
		time.Sleep(maxHold - time.Millisecond)
		p.Info("held")
		said("")
		time.Sleep(time.Millisecond)
		p.Info("late")
		said("frogmint: held\nfrogmint: late\n")
		p.Info("later")
		said("frogmint: later\n")
	})
}

// What becomes of a token is one line, with what to do about it where it may be alive.
func TestPrinter_ReportsAToken(t *testing.T) {
	t.Parallel()
	const own = "frogmint: hint: revoke it in JFrog"
	for name, test := range map[string]struct {
		report action.Report
		fail   bool
		status int
		want   [2]string // how each line begins; the second may be missing
	}{
		"revoked":              {action.Report{Outcome: action.Revoked, Took: 1500 * time.Microsecond}, true, 0, [2]string{"frogmint: token t: revoked; JFrog refuses it (asked for 2ms)"}},
		"expired":              {action.Report{Outcome: action.Expired}, true, 0, [2]string{"frogmint: token t: expired; JFrog refuses it"}},
		"unknown":              {action.Report{Outcome: action.Unknown, Reason: "r"}, false, 0, [2]string{"frogmint: warning: token t: unknown (r)", own}},
		"unknown, to fail":     {action.Report{Outcome: action.Unknown, Reason: "r"}, true, 3, [2]string{"frogmint: error: token t: unknown (r)", own}},
		"not revocable":        {action.Report{Outcome: action.NotRevocable}, true, 3, [2]string{"frogmint: error: token t: not revocable", own}},
		"for another reason":   {action.Report{Outcome: action.RefusedForAnotherReason, Reason: "r"}, true, 3, [2]string{"frogmint: error: token t: refused, but not because of us (r)", own}},
		"alive":                {action.Report{Outcome: action.StillAlive, Err: io.EOF}, false, 0, [2]string{"frogmint: warning: token t: STILL ALIVE", own}},
		"alive, known why":     {action.Report{Outcome: action.StillAlive, Err: &action.ConfigError{Fix: "mend it"}}, true, 3, [2]string{"frogmint: error: token t: STILL ALIVE", "frogmint: hint: mend it"}},
		"alive, without a fix": {action.Report{Outcome: action.StillAlive, Err: &action.ConfigError{}}, true, 3, [2]string{"frogmint: error: token t: STILL ALIVE", own}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			test.report.TokenID = "t"
			status := (&printer{out: process.NewWriter(&log, nil)}).report(test.report, test.fail)
			first, second, _ := strings.Cut(log.String(), "\n")
			if status != test.status || !strings.HasPrefix(first, test.want[0]) || (second == "") != (test.want[1] == "") || !strings.HasPrefix(second, test.want[1]) {
				t.Errorf("exit status %d\n%s", status, log.String())
			}
		})
	}
}

// Nothing that a state holds is ever printed, in clear or as basic authentication.
func TestPrinter_ScrubsWhatAStateHolds(t *testing.T) {
	t.Parallel()
	var state action.State
	state.Username, state.CreatorUser, state.Proxy = "bob", "admin", "http://user:of-the-proxy@proxy"
	state.AccessToken.Secret, state.RefreshToken.Secret = newSecret("access-token-1"), newSecret("refresh-token-2")
	state.CreatorToken.Secret, state.CreatorPass.Secret, state.ClientKeyPEM.Secret = newSecret("creator-token-3"), newSecret("creator-pass-4"), newSecret("client-key-5")
	var p printer
	p.addStateSecrets(state)
	for _, secret := range []string{"access-token-1", "refresh-token-2", "creator-token-3", "creator-pass-4", "client-key-5", "of-the-proxy"} {
		if got := p.secrets.Scrub("<" + secret + ">"); got != "<REDACTED>" {
			t.Errorf("got %s", got)
		}
	}
	for _, pair := range []string{"bob:access-token-1", "admin:creator-pass-4", "user:of-the-proxy"} {
		encoded := base64.StdEncoding.EncodeToString([]byte(pair))
		if got := p.secrets.Scrub("Basic " + encoded); got != "Basic REDACTED" && got != "Basic REDACTED=" && got != "Basic REDACTED==" {
			t.Errorf("%s: %s", pair, got)
		}
	}
}
