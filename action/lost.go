package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

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
// by the description, which no other mint has, and revoked before the next try, and once more at the end.
func (m *minting) mintAccess(ctx context.Context, creator jfrog.Credentials, request jfrog.Request) (jfrog.Granted, error) {
	lost, doubtful, stage := false, false, ctx
	granted, err := limit.Do(ctx, m.env.retries("minting"), func(ctx context.Context) (jfrog.Granted, error) {
		waiting, cancel := limit.Patient(ctx, mintGrace)
		defer cancel()
		granted, err := m.client.Mint(waiting, creator, request)
		switch {
		case err != nil && !granted.AccessToken.IsZero():
			return granted, m.discard(granted, err)
		case err == nil || !undecided(err):
			doubtful = doubtful || err != nil && unavailable(err)
			return granted, err
		}
		lost = true
		// By the stage's context: that of the try is over when its time was.
		if left := m.sweepLost(stage, creator, request, stillWorking(err)); left != "" {
			// Hidden from the retry policy: another try could leave another token.
			return granted, &LeftAlive{Tokens: []string{left}, Err: fmt.Errorf("%v", err)}
		}
		return granted, err
	})
	var alive *LeftAlive
	switch {
	case !lost && !doubtful || errors.As(err, &alive):
		return granted, err
	case err != nil:
		return granted, m.lookOnceMore(ctx, creator, request, err)
	case !lost && !m.another(ctx, creator, request, granted):
		return granted, nil
	}
	return granted, m.besides(ctx, creator, request, granted)
}

// another reports whether a second token of the mint is seen, for a server that said that it did nothing: where nothing
// can be seen, its word counts.
func (m *minting) another(ctx context.Context, creator jfrog.Credentials, request jfrog.Request, granted jfrog.Granted) bool {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	found, err := m.client.List(ctx, creator, request.Description)
	id := newToken(granted, m.env.Now(), "").ID
	return err == nil && slices.ContainsFunc(found, func(t jfrog.Listed) bool { return t.TokenID != id })
}

// besides makes sure that the token is the only one of the mint: the server may have been slow to make what it never
// answered with. The token is given up where another is left.
func (m *minting) besides(ctx context.Context, creator jfrog.Credentials, request jfrog.Request, granted jfrog.Granted) error {
	var left string
	switch kept := newToken(granted, m.env.Now(), ""); {
	case kept.ID == "":
		left = "a second token whose answer was lost, if there is one: JFrog gave this one no id to tell them apart"
	case request.Revocable && !kept.Revocable:
		left = m.leftover(request, "this server doesn't store a token this short, so that it can't be looked for")
	default:
		left = m.sweepBeside(ctx, creator, request, kept.ID)
	}
	if left == "" {
		return nil
	}
	return m.discard(granted, &LeftAlive{Tokens: []string{left}, Err: errors.New("an earlier try's answer was lost")})
}

// discard gives up a token that is in hand and can't be used: it is taken back with what else was made.
func (m *minting) discard(granted jfrog.Granted, err error) error {
	granted.ExpiresIn = nil // it may be what is wrong; the token says itself when it ends
	token := newToken(granted, m.env.Now(), m.config.URL.String())
	token.Legacy = m.legacy
	m.made = append(m.made, token)
	if failed := m.mask(token); failed != nil {
		return failed
	}
	return err
}

// unavailable reports whether the server said that it did nothing. Some balancers say so of a connection that they lost
// after JFrog had begun.
func unavailable(err error) bool {
	var refusal *jfrog.Error
	return errors.As(err, &refusal) && refusal.Status == http.StatusServiceUnavailable
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
