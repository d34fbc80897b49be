package action

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// giveUp revokes everything that was made, and says what of it may be left. It returns err, which may be nil, or a
// *LeftAlive around it.
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
	// That JFrog revokes no token as short as an exchanged one is known; a token that was made for the job is another matter.
	lives := report.Outcome == NotRevocable && !token.AccessToken.Equal(m.means)
	if lives || report.Outcome == StillAlive || report.Outcome == Unknown {
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
	m := &minting{config: config, env: env, client: env.client(config), legacy: token.Legacy, made: []Token{token}}
	return m.giveUp(ctx, err)
}
