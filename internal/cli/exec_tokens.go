package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
)

// The times of a renewal.
const (
	overlap    = time.Minute      // how long the old token lives on, for requests that are under way with it
	reserve    = time.Minute      // how long before its end a token is renewed at the latest, if it lives long enough
	minRenewal = 5 * time.Second  // between two tries
	maxRenewal = time.Minute      // between two tries
	retireIn   = 30 * time.Second // for the revocation of an old token
)

// tokens are the live tokens of one run of exec: the one in use and, after a renewal, the one before it for a while.
type tokens struct {
	config action.Config
	env    action.Env
	log    *printer
	file   tokenFile
	began  time.Time // when the mint of the newest token began: its life counts from then, by this machine's clock

	mu    sync.Mutex
	live  []action.Token // the newest last
	ended bool
	lost  bool // a renewal may have left a token that nobody can revoke
	work  sync.WaitGroup
}

// keepFresh renews the token in the file until ctx ends. The variables of a running command can't be changed: without a
// file there is nothing to renew.
func (t *tokens) keepFresh(ctx context.Context) {
	token := t.live[0]
	switch {
	case t.file == "":
	case token.ExpiresIn == nil:
		t.log.Info("the token never expires: it is not renewed")
	default:
		t.work.Go(func() { t.renew(ctx, token) })
	}
}

func (t *tokens) renew(ctx context.Context, token action.Token) {
	for pause(ctx, renewAfter(life(token))-t.env.Now().Sub(t.began)) {
		old := token
		var ok bool
		if token, ok = t.next(ctx, old); !ok {
			return
		}
		t.work.Go(func() { t.retire(ctx, old) })
		if token.ExpiresIn == nil {
			return
		}
	}
}

func life(token action.Token) time.Duration { return time.Duration(*token.ExpiresIn) * time.Second }

// renewAfter is the age at which a token of so long a life is renewed: two thirds, but with a reserve for a platform that
// doesn't answer at once.
func renewAfter(life time.Duration) time.Duration {
	age := life * 2 / 3
	if life-age < reserve {
		age = max(life-reserve, life/2)
	}
	return age
}

// next mints the token that follows, and tries until it has one: also when the old one has died meanwhile, since the
// command may need it again an hour later. It returns false when ctx has ended.
func (t *tokens) next(ctx context.Context, old action.Token) (action.Token, bool) {
	wait := min(max(life(old)/20, minRenewal), maxRenewal)
	for {
		began := t.env.Now()
		token, err := action.Mint(ctx, t.config, t.env)
		if err == nil {
			err = t.adopt(ctx, token, began)
		}
		if err == nil {
			t.log.Info(fmt.Sprintf("renewed: token %s took the place of token %s in the token file", token.ID, old.ID))
			return token, true
		}
		var alive *action.LeftAlive
		if errors.As(err, &alive) {
			t.mu.Lock()
			t.lost = true
			t.mu.Unlock()
			t.log.complain(ci.Warning, err)
		}
		if ctx.Err() != nil {
			return action.Token{}, false
		}
		if alive == nil {
			t.log.complain(ci.Warning, fmt.Errorf("renewing the token: %w", err))
		}
		if !pause(ctx, wait) {
			return action.Token{}, false
		}
	}
}

// adopt makes a new token the one in use. When that can't be, the token has been taken back.
func (t *tokens) adopt(ctx context.Context, token action.Token, began time.Time) error {
	err := t.use(token, began)
	if err != nil {
		err = action.Abandon(ctx, t.config, t.env, token, err)
	}
	return err
}

func (t *tokens) use(token action.Token, began time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return errors.New("the command has ended")
	}
	if err := t.file.write(token.AccessToken); err != nil {
		return err
	}
	t.live, t.began = append(t.live, token), began
	return nil
}

// retire revokes a token that was replaced, once nobody should be using it.
func (t *tokens) retire(ctx context.Context, token action.Token) {
	if !t.config.Revoke || !pause(ctx, min(overlap, (life(token)-renewAfter(life(token)))/2)) {
		return // end revokes it
	}
	short, cancel := context.WithTimeoutCause(ctx, retireIn, fmt.Errorf("not done within %s (limit of revoking a replaced token)", retireIn))
	defer cancel()
	report := action.Revoke(short, token.Held(t.config, t.env), t.env)
	line := fmt.Sprintf("replaced token %s: %s", token.ID, report)
	switch {
	case report.Dead(), report.Outcome == action.NotRevocable:
		t.log.Info(line)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.live = slices.DeleteFunc(t.live, func(other action.Token) bool { return other.AccessToken.Equal(token.AccessToken) })
	case ctx.Err() == nil:
		t.log.Warn(line) // end tries again
	}
}

// end removes the file, revokes all that is alive, says what became of it and returns the exit status that it means. The
// context of keepFresh has ended by then.
func (t *tokens) end(ctx context.Context) int {
	t.mu.Lock()
	t.ended = true
	live, worst := slices.Clone(t.live), ExitSuccess
	err := t.file.remove()
	t.mu.Unlock()
	if err != nil {
		t.log.Warn(err.Error())
	}
	reports := make([]action.Report, len(live))
	var revoking sync.WaitGroup
	for i, token := range live {
		if !t.config.Revoke {
			t.log.Warn(fmt.Sprintf("token %s is not revoked, since revoke is false: alive %s", token.ID, token.Life()))
			continue
		}
		revoking.Go(func() { reports[i] = action.Revoke(ctx, token.Held(t.config, t.env), t.env) })
	}
	revoking.Wait()
	t.work.Wait()
	for _, report := range reports {
		if t.config.Revoke {
			worst = max(worst, t.log.report(report, t.config.FailOnRevoke))
		}
	}
	if t.lost && t.config.FailOnRevoke {
		worst = ExitLeftAlive
	}
	return worst
}

// pause waits and returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
