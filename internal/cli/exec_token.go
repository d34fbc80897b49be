package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/process"
)

// execTokens are the live tokens of one run of exec: the one in use and, after a renewal, the replaced one for a while.
type execTokens struct {
	config  action.Config
	client  *action.Client
	printer *printer
	guard   *process.Guardian
	login   *login.Login  // whose private folder is removed after a SIGKILL
	places  []login.Place // where the command finds the token in use
	renews  bool          // whether the command can find another one there, or by a helper
	// keepsFirst says that the first token, which is in the command's variables, is left to its own end: the command wasn't told
	// to look elsewhere.
	keepsFirst bool
	listener   net.Listener // where credential helpers ask; nil for none

	minting time.Time // when the latest mint began

	mu        sync.Mutex
	live      []liveToken // the newest last
	group     int         // the process group of the command, while it runs
	ended     bool
	leftAlive bool // a renewal may have left a token that nobody can revoke
	work      sync.WaitGroup
}

// liveToken is a token with the time when its mint began. Its life counts from then, by this machine's clock.
type liveToken struct {
	action.Token
	minted time.Time
}

// mint makes a token, whose last step is swap. One mint at a time.
func (t *execTokens) mint(ctx context.Context) error {
	t.minting = time.Now()
	_, err := t.client.Mint(ctx, t.config)
	return err
}

// swap makes a token the one in use. The guardian knows of it before anybody else can.
func (t *execTokens) swap(token action.Token) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return errors.New("the command has ended")
	}
	next := append(slices.Clip(t.live), liveToken{token, t.minting})
	t.tellGuardian(next)
	for i, place := range t.places {
		if err := place.Write(token.Username, token.AccessToken); err != nil {
			for _, changed := range t.places[:i] {
				if len(t.live) > 0 {
					old := t.live[len(t.live)-1]
					_ = changed.Write(old.Username, old.AccessToken)
				}
			}
			t.tellGuardian(t.live) // whoever minted the token revokes it
			return err
		}
	}
	t.live = next
	return nil
}

// newest returns the token in use.
func (t *execTokens) newest() liveToken {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.live[len(t.live)-1]
}

// keepFresh renews the token until ctx ends.
func (t *execTokens) keepFresh(ctx context.Context) {
	if t.listener != nil {
		t.work.Go(t.serve)
	}
	switch {
	case !t.renews:
	case t.newest().ExpiresIn == 0:
		t.printer.Info("the token never expires: it is not renewed")
	default:
		t.work.Go(func() { t.renew(ctx) })
	}
}

func (t *execTokens) renew(ctx context.Context) {
	for kept := t.keepsFirst; ; kept = false {
		old := t.newest()
		if old.ExpiresIn == 0 || !httpapi.Sleep(ctx, time.Until(old.minted.Add(renewAfter(old.ExpiresIn)))) || !t.replace(ctx, old) {
			return
		}
		pause := overlap(old.ExpiresIn)
		if kept {
			pause = time.Until(old.minted.Add(old.ExpiresIn))
		}
		t.work.Go(func() { t.revokeReplaced(ctx, old, pause) })
	}
}

// replace mints the token that follows, and tries until it has one: also when the old one has expired meanwhile, since the
// command may need it again an hour later. It returns false when ctx has ended.
func (t *execTokens) replace(ctx context.Context, old liveToken) bool {
	for {
		err := t.mint(ctx)
		if err == nil {
			t.printer.Info(fmt.Sprintf("renewed: token %s took the place of token %s", t.newest().ID, old.ID))
			return true
		}
		_, alive := errors.AsType[*action.LeftAliveError](err)
		if alive {
			t.mu.Lock()
			t.leftAlive = true
			t.mu.Unlock()
		} else {
			err = fmt.Errorf("renewing the token: %w", err)
		}
		if ctx.Err() == nil || alive {
			t.printer.printError(ci.Warning, err)
		}
		if !httpapi.Sleep(ctx, renewalPause(old.ExpiresIn)) {
			return false
		}
	}
}

// revokeReplaced revokes a replaced token after a pause, once nobody should be using it.
func (t *execTokens) revokeReplaced(ctx context.Context, token liveToken, pause time.Duration) {
	if t.config.NoRevoke || !httpapi.Sleep(ctx, pause) {
		return // revokeAll revokes it
	}
	bounded, cancel := context.WithTimeoutCause(ctx, revokeReplacedLimit, fmt.Errorf("not done within %s (limit of revoking a replaced token)", revokeReplacedLimit))
	defer cancel()
	report := t.client.Revoke(bounded, token.State())
	line := fmt.Sprintf("replaced token %s: %s", token.ID, report)
	switch {
	case report.Dead(), report.Outcome == action.NotRevocable:
		t.printer.Info(line)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.live = slices.DeleteFunc(t.live, func(other liveToken) bool { return other.AccessToken == token.AccessToken })
		t.tellGuardian(t.live)
	case ctx.Err() == nil:
		t.printer.Warn(line) // revokeAll tries again
	}
}

// expired says that the token in use has expired; empty when it has not.
func (t *execTokens) expired() string {
	token, now := t.newest(), time.Now()
	expiry := token.minted.Add(token.ExpiresIn)
	if token.ExpiresIn == 0 || now.Before(expiry) {
		return ""
	}
	return fmt.Sprintf("the command ended at %s, %s after its token had expired at %s: JFrog refused what it was asked in between",
		now.UTC().Format(time.RFC3339), now.Sub(expiry).Round(time.Second), expiry.UTC().Format(time.RFC3339))
}

// close ends the answers to helpers and removes the token from its places.
func (t *execTokens) close() {
	if t.listener != nil {
		_ = t.listener.Close()
	}
	for _, place := range t.places {
		if err := place.Remove(); err != nil {
			t.printer.Warn(err.Error())
		} else if out, ok := place.(*login.Login); ok {
			t.printer.loggedOut(out.Clients())
		}
	}
}

// revokeAll closes the places, revokes all tokens that are alive, says what became of them and returns the exit status that it
// means. The context of keepFresh has ended by then.
func (t *execTokens) revokeAll(ctx context.Context) int {
	t.mu.Lock()
	t.ended = true
	live, worst := slices.Clone(t.live), ExitSuccess
	t.mu.Unlock()
	t.work.Go(t.close)
	if t.config.NoRevoke {
		for _, token := range live {
			t.printer.Warn(fmt.Sprintf("token %s is not revoked, since revoke is false: %s", token.ID, token.Life()))
		}
		live = nil
	}
	reports := make([]action.Report, len(live))
	for i, token := range live {
		t.work.Go(func() { reports[i] = t.client.Revoke(ctx, token.State()) })
	}
	t.work.Wait()
	if ctx.Err() == nil { // otherwise the guardian goes on, where the runner lets it
		t.dismissGuardian()
	}
	for _, report := range reports {
		worst = max(worst, t.printer.report(report, t.config.FailOnRevoke))
	}
	if t.leftAlive && t.config.FailOnRevoke {
		worst = ExitLeftAlive
	}
	return worst
}

// The times of a renewal.
const (
	longestOverlap      = time.Minute     // for requests that are under way with a replaced token
	renewalReserve      = time.Minute     // how long before its end a token is renewed at the latest, if it lives long enough
	minRenewalPause     = 5 * time.Second // between two attempts to renew
	maxRenewalPause     = time.Minute
	revokeReplacedLimit = 30 * time.Second // for the revocation of a replaced token
)

// renewAfter is the age at which a token of so long a life is renewed: two thirds, but with a reserve for a platform that
// doesn't answer at once.
func renewAfter(life time.Duration) time.Duration {
	age := life * 2 / 3
	if life-age < renewalReserve {
		age = max(life-renewalReserve, life/2)
	}
	return age
}

// renewalPause is the time between two attempts to renew a token of so long a life.
func renewalPause(life time.Duration) time.Duration {
	return min(max(life/20, minRenewalPause), maxRenewalPause)
}

// overlap is how long a replaced token of so long a life lives on before it is revoked.
func overlap(life time.Duration) time.Duration {
	return min(longestOverlap, (life-renewAfter(life))/2)
}
