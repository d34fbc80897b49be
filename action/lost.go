package action

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
)

// LeftAlive is a failure after which a token may still be alive. It names each such token and when it dies by itself.
type LeftAlive struct {
	Tokens []string
	Err    error // what went wrong first
}

// Error says what went wrong and which tokens may live.
func (e *LeftAlive) Error() string {
	return fmt.Sprintf("%v; may still be alive: %s", e.Err, strings.Join(e.Tokens, "; "))
}

// Unwrap gives what went wrong first.
func (e *LeftAlive) Unwrap() error { return e.Err }

// Hint tells what to do about the tokens.
func (e *LeftAlive) Hint() string {
	return "revoke it in JFrog (Administration, User Management, Access Tokens), or wait until it dies"
}

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

// mintAccess sends the request until it is answered. A try whose answer was lost may have made a token: it is looked for by the
// description, which no other mint has, and revoked before the next try.
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
		if left := m.sweep(ctx, creator, request, ""); left != "" {
			// Hidden from the retry policy: another try could leave another token.
			return granted, &LeftAlive{Tokens: []string{left}, Err: fmt.Errorf("%v", err)}
		}
		return granted, err
	})
	if err == nil && lost {
		// The server may have been slow to commit what it never answered.
		if left := m.sweep(ctx, creator, request, newToken(granted, m.env.Now(), "").ID); left != "" {
			m.env.Log.Warn("an earlier try's answer was lost; may still be alive: " + left)
		}
	}
	return granted, err
}

// undecided reports whether a mint that failed so may have made a token.
func undecided(err error) bool {
	var refusal *jfrog.Error
	var bad *jfrog.BadAnswer
	return errors.As(err, &bad) || errors.As(err, &refusal) && refusal.Undecided()
}

// sweep revokes the tokens with the request's description, the one to keep aside. It returns what may be left alive, for
// people; empty when nothing is.
func (m *minting) sweep(ctx context.Context, creator jfrog.Credentials, request jfrog.Request, keep string) string {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	left := func(why string) string {
		return fmt.Sprintf("a token whose answer was lost, with the description %q, %s (%s)", request.Description, m.until(request.ExpiresIn), why)
	}
	found, err := m.client.List(ctx, creator, request.Description)
	if err != nil {
		return left(err.Error())
	}
	for _, token := range found {
		if token.TokenID == keep {
			continue
		}
		if err := m.client.RevokeID(ctx, creator, token.TokenID); err != nil {
			return left(err.Error())
		}
		m.env.Log.Info(fmt.Sprintf("revoked token %s, whose answer was lost", token.TokenID))
	}
	if again, err := m.client.List(ctx, creator, request.Description); err != nil || len(again) > 0 && !onlyKept(again, keep) {
		return left("it is still listed after its revocation")
	}
	if len(found) == 0 && !stored(request) {
		return left("a token this short isn't stored and can't be looked for")
	}
	return ""
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

func onlyKept(found []jfrog.Listed, keep string) bool {
	return len(found) == 1 && found[0].TokenID == keep
}

// defaultPersistentThreshold is JFrog's persistent-expiry-threshold in seconds unless it is configured otherwise: what
// lives shorter isn't stored (documented). That a token made with force_revocable is stored all the same is inferred
// from the documentation's word that revocable tokens are validated against the database.
const defaultPersistentThreshold = 10800

func stored(request jfrog.Request) bool {
	return request.Revocable || request.ExpiresIn == nil || *request.ExpiresIn == 0 || *request.ExpiresIn >= defaultPersistentThreshold
}

// giveUp revokes everything that was made, and says what of it may be left.
func (m *minting) giveUp(ctx context.Context, err error) error {
	var left []string
	reports := make(chan string, len(m.made))
	for _, token := range m.made {
		go func() { reports <- m.takeBack(ctx, token) }()
	}
	for range m.made {
		if report := <-reports; report != "" {
			left = append(left, report)
		}
	}
	var already *LeftAlive
	if errors.As(err, &already) {
		left = append(already.Tokens, left...)
		err = already.Err
	}
	if len(left) > 0 {
		return &LeftAlive{Tokens: left, Err: err}
	}
	return err
}

// takeBack revokes one token after a failure and returns what to say if it may live.
func (m *minting) takeBack(ctx context.Context, token Token) string {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	held := m.held(token)
	report := Revoke(ctx, held, m.env)
	m.env.Log.Info(fmt.Sprintf("token %s: %s", shown(token.ID), report))
	if report.Outcome == StillAlive || report.Outcome == Unknown {
		return fmt.Sprintf("token %s, %s", shown(token.ID), report)
	}
	return ""
}

// revokeExchanged takes the exchanged token back once another was minted from it: the job needs one token, not two. What
// can't be revoked is reported, since most mappings make tokens under JFrog's threshold.
func (m *minting) revokeExchanged(ctx context.Context, exchanged Token) error {
	short, cancel := context.WithTimeoutCause(ctx, cleanupCalm, fmt.Errorf("no answer within %s (limit of revoking the exchanged token)", cleanupCalm))
	defer cancel()
	report := Revoke(short, m.held(exchanged), m.env)
	line := fmt.Sprintf("exchanged token %s: %s", shown(exchanged.ID), report)
	if report.Outcome != StillAlive && report.Outcome != Unknown {
		m.env.Log.Info(line)
		m.made = m.made[1:]
		return nil
	}
	if m.config.FailOnRevoke {
		return errors.New(line)
	}
	m.env.Log.Warn(line)
	return nil
}

// Abandon takes back a token that Mint returned and that can't be used after all. It returns err, or a *LeftAlive with it.
func Abandon(ctx context.Context, config Config, env Env, token Token, err error) error {
	m := &minting{config: config, env: env, client: env.client(config), made: []Token{token}}
	return m.giveUp(ctx, err)
}
