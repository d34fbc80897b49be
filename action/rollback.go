package action

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// issuedToken is a token that JFrog gave to a session.
type issuedToken struct {
	Token
	exchanged bool // made by the exchange and not for the job: that JFrog doesn't revoke one so short is known
}

// record remembers a token for the rollback and masks it, before anything else is done with it.
func (s *session) record(response jfrog.TokenResponse, exchanged bool) (Token, error) {
	if response.AccessToken.IsZero() {
		return Token{}, nil
	}
	token := newToken(response, s.config.URL)
	token.Legacy = s.legacy && !exchanged
	token.state = s.stateOf(token)
	s.issued = append(s.issued, issuedToken{Token: token, exchanged: exchanged})
	if s.client.Runner == nil {
		return token, nil
	}
	return token, s.client.Runner.Mask(token.secrets()...)
}

// rollback revokes every token of a session that failed, all at once. It returns err, or a *LeftAliveError that names
// the tokens which may be alive.
func (s *session) rollback(ctx context.Context, err error) error {
	alive := make([]*AliveToken, len(s.issued))
	done := make(chan struct{})
	for i, token := range s.issued {
		go func() {
			alive[i] = s.revokeIssued(ctx, token)
			done <- struct{}{}
		}()
	}
	for range s.issued {
		<-done
	}
	left, ok := errors.AsType[*LeftAliveError](err)
	if !ok {
		left = &LeftAliveError{Err: err}
	}
	for _, token := range alive {
		if token != nil {
			left.Tokens = append(left.Tokens, *token)
		}
	}
	if len(left.Tokens) == 0 {
		return err
	}
	return left
}

// revokeIssued revokes one token after a failure and returns it if it may be alive.
func (s *session) revokeIssued(ctx context.Context, token issuedToken) *AliveToken {
	if token.exchanged && !worthRevoking(token.Token) {
		return nil
	}
	ctx, cancel := withCleanup(ctx, 0)
	defer cancel()
	report := s.client.Revoke(ctx, token.state)
	s.log.Info(fmt.Sprintf("token %s: %s", shown(token.ID), report))
	if report.Dead() || report.Outcome == NotRevocable && token.exchanged {
		return nil
	}
	return &AliveToken{ID: report.TokenID, ExpiresAt: report.Dies, Reason: report.String()}
}

// revokeExchanged revokes the exchanged token once another was minted from it: the job needs one token, not two. That it
// can't be revoked is reported and no failure, since most mappings make tokens below JFrog's threshold.
func (s *session) revokeExchanged(ctx context.Context, exchanged Token) error {
	if !worthRevoking(exchanged) {
		s.log.Info(fmt.Sprintf("exchanged token %s: %s", shown(exchanged.ID), Report{Outcome: NotRevocable, Dies: exchanged.ExpiresAt}))
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, cleanupAfterFailure, fmt.Errorf("no answer within %s (limit of revoking the exchanged token)", cleanupAfterFailure))
	defer cancel()
	defer notice(ctx, s.log, "revoking the exchanged token")()
	r := revoker{state: exchanged.state, log: s.log, http: s.http, api: s.api, short: !exchanged.Revocable}
	report := r.run(ctx) // over the connection of the mint
	line := fmt.Sprintf("exchanged token %s: %s", shown(exchanged.ID), report)
	switch {
	case report.Dead(), report.Outcome == NotRevocable:
		s.log.Info(line)
		s.issued = s.issued[1:]
	case s.config.FailOnRevoke:
		return errors.New(line)
	default:
		s.log.Warn(line)
	}
	return nil
}

// worthRevoking reports whether a request to revoke an exchanged token can matter. JFrog refuses it for one that isn't
// revocable by its own claims and short; an administrator's is asked to die all the same, since a platform may have
// lowered the threshold.
func worthRevoking(token Token) bool {
	return token.Revocable || slices.ContainsFunc(token.scopes(), func(scope jfrog.Scope) bool { return scope.IsAdmin() })
}
