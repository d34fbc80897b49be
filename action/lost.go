package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
)

// mint makes the token by the API that was chosen.
func (m *minting) mint(ctx context.Context, creator jfrog.Credentials, request jfrog.Request) (jfrog.Granted, error) {
	if m.config.API == Legacy {
		return m.mintLegacy(ctx, creator, request)
	}
	granted, err := m.mintAccess(ctx, creator, request)
	switch {
	case err != nil && m.config.API == Auto && m.config.Creator.Provider == "" && unknownAPI(err):
		return m.fallBack(ctx, creator, request, err)
	case refusedForGood(err):
		return granted, m.blameVersion(ctx, creator, err, m.newFeatures(request)...)
	}
	return granted, err
}

// mintAccess sends the request until it is answered. A try whose answer was lost may have made a token: it is looked for
// by the description, which no other mint has, and revoked before the next try.
func (m *minting) mintAccess(ctx context.Context, creator jfrog.Credentials, request jfrog.Request) (jfrog.Granted, error) {
	lost := false
	granted, err := limit.Do(ctx, m.env.retries("minting"), func(ctx context.Context) (jfrog.Granted, error) {
		waiting, cancel := limit.Patient(ctx, mintGrace)
		defer cancel()
		granted, err := m.client.Mint(waiting, creator, request)
		if err == nil || !undecided(err) {
			return granted, err
		}
		lost = true
		if left := m.sweepLost(ctx, creator, request, stillWorking(err)); left != "" {
			// Hidden from the retry policy: another try could leave another token.
			return granted, &LeftAlive{Tokens: []string{left}, Err: fmt.Errorf("%v", err)}
		}
		return granted, err
	})
	if err == nil && lost {
		// The server may have been slow to make what it never answered with.
		if left := m.sweepBeside(ctx, creator, request, newToken(granted, m.env.Now(), "").ID); left != "" {
			m.env.Log.Warn("an earlier try's answer was lost; may still be alive: " + left)
		}
	}
	return granted, err
}

// undecided reports whether a call that failed so may have made a token.
func undecided(err error) bool {
	var refusal *jfrog.Error
	var bad *jfrog.BadAnswer
	return errors.As(err, &bad) || errors.As(err, &refusal) && refusal.Undecided()
}

// stillWorking reports whether JFrog may make the token only now, after its answer was no longer waited for.
func stillWorking(err error) bool {
	var refusal *jfrog.Error
	return errors.As(err, &refusal) && refusal.GaveUp()
}

// sweepLost looks for the token of a mint whose answer was lost and revokes it. It returns what may be left alive, for
// people; empty when nothing is. A server that may still be working is asked until it shows the token or the time for
// cleaning up is over.
func (m *minting) sweepLost(ctx context.Context, creator jfrog.Credentials, request jfrog.Request, working bool) string {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	left := func(why string) string {
		return fmt.Sprintf("a token whose answer was lost, with the description %q, %s (%s)", request.Description, m.until(request.ExpiresIn), why)
	}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		found, err := m.takeBackListed(ctx, creator, request.Description, "")
		switch {
		case err != nil:
			return left(err.Error())
		case found > 0:
			return ""
		case !working && stored(request):
			return ""
		case !working:
			return left("a token this short isn't stored and can't be looked for")
		}
		select {
		case <-ctx.Done():
			return left("it isn't listed yet; the server may still be making it")
		case <-time.After(pause):
		}
	}
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

func stored(request jfrog.Request) bool {
	return request.Revocable || request.ExpiresIn == nil || *request.ExpiresIn == 0 || *request.ExpiresIn >= defaultPersistentThreshold
}
