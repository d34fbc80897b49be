package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// sweepLost looks for the token of a mint whose answer was lost and revokes it. It returns what may be left alive, for
// people; empty when nothing is. A server that may still be working is asked until it shows the token or the time for
// cleaning up is over.
func (m *minting) sweepLost(ctx context.Context, creator jfrog.Credentials, request jfrog.Request, working bool) string {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	left := func(why string) string { return m.leftover(request, why) }
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		found, err := m.takeBackListed(ctx, creator, request.Description, "")
		switch {
		case err != nil:
			return left(err.Error())
		case found > 0:
			return ""
		case !working && m.stores(ctx, creator, request):
			return ""
		case !working:
			return left("a token this short isn't stored and can't be looked for")
		}
		if !sleep(ctx, pause) {
			return left("it isn't listed yet; the server may still be making it")
		}
	}
}

// leftover names a token that nobody has seen.
func (m *minting) leftover(request jfrog.Request, why string) string {
	return fmt.Sprintf("a token whose answer was lost, with the description %q, %s (%s)", request.Description, m.until(request.ExpiresIn), why)
}

// lookOnceMore is for a mint that was given up: JFrog may show what the last try made only a moment later.
func (m *minting) lookOnceMore(ctx context.Context, creator jfrog.Credentials, request jfrog.Request, err error) error {
	if ctx.Err() != nil {
		return err // it was looked for until the end
	}
	ctx, cancel := cleanup(ctx)
	defer cancel()
	looking, stop := context.WithTimeoutCause(ctx, lateTime, fmt.Errorf("no answer within %s (limit of the last look)", lateTime))
	defer stop()
	for sleep(looking, lateTime/4) {
		if found, failed := m.client.List(looking, creator, request.Description); failed != nil || len(found) == 0 {
			continue
		}
		if _, failed := m.takeBackListed(ctx, creator, request.Description, ""); failed != nil {
			return &LeftAlive{Tokens: []string{m.leftover(request, failed.Error())}, Err: err}
		}
		// What was found may be that of the try before the last: it is looked for until the time is over.
	}
	return err
}

// sweepBeside revokes what an earlier try made beside the token that is kept.
func (m *minting) sweepBeside(ctx context.Context, creator jfrog.Credentials, request jfrog.Request, keep string) string {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	if _, err := m.takeBackListed(ctx, creator, request.Description, keep); err != nil {
		return fmt.Sprintf("a second token with the description %q, %s (%v)", request.Description, m.until(request.ExpiresIn), err)
	}
	return ""
}

// takeBackListed revokes every listed token with the description, except the one to keep, and makes sure that none is
// listed any more. It returns how many there were.
func (m *minting) takeBackListed(ctx context.Context, creator jfrog.Credentials, description, keep string) (int, error) {
	found, err := m.listed(ctx, creator, description, keep)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	for _, token := range found {
		err := m.env.revokeBy(ctx, "revoking", refusedTries, func(ctx context.Context) error {
			return m.client.RevokeID(ctx, creator, token.TokenID)
		})
		if err != nil {
			return 0, err
		}
	}
	again, err := m.listed(ctx, creator, description, keep)
	if err == nil && len(again) > 0 {
		err = errors.New("it is still listed after its revocation")
	}
	if err != nil {
		return 0, err
	}
	for _, token := range found {
		m.env.Log.Info(fmt.Sprintf("took back token %s, whose answer was lost; JFrog no longer lists it", token.TokenID))
	}
	return len(found), nil
}

func (m *minting) listed(ctx context.Context, creator jfrog.Credentials, description, keep string) ([]jfrog.Listed, error) {
	found, err := repeat(ctx, m.env, "listing", refusedTries, func(ctx context.Context) ([]jfrog.Listed, error) {
		return m.client.List(ctx, creator, description)
	})
	return slices.DeleteFunc(found, func(t jfrog.Listed) bool { return t.TokenID == keep }), err
}

// until says when a token dies whose answer was never seen.
func (m *minting) until(expiry *int64) string {
	switch {
	case expiry == nil:
		return "as long as the platform's default says"
	case *expiry == 0:
		return "for ever"
	}
	return "until " + m.env.Now().Add(seconds(expiry)).UTC().Format(time.RFC3339)
}

// defaultPersistentThreshold is JFrog's persistent-expiry-threshold in seconds unless it is configured otherwise: what
// lives shorter isn't stored (documented). That a token made with force_revocable is stored all the same is inferred
// from the documentation's word that revocable tokens are validated against the database.
const defaultPersistentThreshold = 10800

// stores reports whether a token of this request would be listed. Where only force_revocable makes it so, the server is
// asked whether it knows that at all.
func (m *minting) stores(ctx context.Context, creator jfrog.Credentials, request jfrog.Request) bool {
	if request.Reference || request.ExpiresIn == nil || *request.ExpiresIn == 0 || *request.ExpiresIn >= defaultPersistentThreshold {
		return true
	}
	if !request.Revocable {
		return false
	}
	version, err := m.client.Version(ctx, creator)
	return err == nil && !jfrog.Older(version, jfrog.Features()[jfrog.ForceRevocable].Since)
}
