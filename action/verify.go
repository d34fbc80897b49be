package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// verify compares a minted token with what was asked for. Broader in any dimension (scope, user, life, audience,
// refreshable) fails; less than was asked, where the job can go on with it, is a warning.
func (s *session) verify(ctx context.Context, token Token) error {
	asked := s.request.Scope
	if asked == "" {
		asked = jfrog.UserScope // what JFrog gives when no scope is named (documented)
	}
	surplus := append(s.scopeSurplus(asked, token), s.otherSurplus(token)...)
	if err := s.refuseBroader(asked, token, surplus); err != nil {
		return err
	}
	switch {
	case s.request.Reference && token.ReferenceToken.IsZero():
		return s.explainByVersion(ctx, errors.New("a reference token was asked for, and JFrog gave none"), jfrog.ReferenceTokens)
	case s.request.Refreshable && token.RefreshToken.IsZero():
		return errors.New("a refresh token was asked for, and JFrog gave none")
	}
	s.warnOfLess(ctx, asked, token)
	return nil
}

// verifyExchanged is verify for an exchanged token that becomes the job's: what wasn't asked for is the mapping's choice,
// but never admin permissions.
func (s *session) verifyExchanged(token Token) error {
	if asked := s.config.Expiry; asked > 0 && asked != token.ExpiresIn {
		s.log.Warn(fmt.Sprintf("an expiry of %s was asked, the identity mapping gives %s", asked, lifetime(token.ExpiresIn)))
	}
	asked := s.config.AskedScope()
	if asked == "" {
		if slices.ContainsFunc(token.scopes(), func(scope jfrog.Scope) bool { return scope.IsAdmin() }) {
			return errAdminUnasked(token.Username)
		}
		return nil
	}
	return s.refuseBroader(asked, token, s.scopeSurplus(asked, token))
}

// refuseBroader fails when there is a surplus, unless that was allowed.
func (s *session) refuseBroader(asked string, token Token, surplus []string) error {
	if len(surplus) == 0 {
		return nil
	}
	err := &BroaderScopeError{Asked: asked, Granted: token.Scope, Surplus: surplus}
	if !s.config.AllowBroaderScope {
		return err
	}
	s.log.Warn(err.Error())
	return nil
}

// scopeSurplus compares what was asked with what the answer says, and with what the token itself holds: JFrog goes by
// that. A scope that can't be read can't be called narrow enough.
func (s *session) scopeSurplus(asked string, token Token) []string {
	want, _ := jfrog.ParseScope(asked) // it was checked; the empty scope covers nothing
	var surplus []string
	for _, got := range token.scopes() {
		if got.Empty() {
			surplus = append(surplus, "an unknown scope")
		}
		surplus = append(surplus, got.Beyond(want)...)
	}
	slices.Sort(surplus)
	return slices.Compact(surplus)
}

// otherSurplus names what goes beyond the request in every other dimension. The token's own claims count, not the answer.
func (s *session) otherSurplus(token Token) []string {
	var surplus []string
	if asked := s.request.Username; asked != "" && !strings.EqualFold(asked, token.Username) {
		surplus = append(surplus, fmt.Sprintf("the identity of user %s instead of %s", token.Username, asked))
	}
	if asked := s.request.ExpiresIn; asked != nil && *asked > 0 {
		if life := time.Duration(*asked) * time.Second; token.ExpiresIn == 0 || token.ExpiresIn > life+time.Minute {
			surplus = append(surplus, fmt.Sprintf("a life of %s instead of %s", lifetime(token.ExpiresIn), life))
		}
	}
	for _, audience := range strings.Fields(token.Audience) {
		if s.request.Audience != "" && !coversAudience(s.request.Audience, audience) {
			surplus = append(surplus, "the audience "+audience)
		}
	}
	if !s.request.Refreshable && !token.RefreshToken.IsZero() {
		surplus = append(surplus, "a refresh token")
	}
	return surplus
}

// coversAudience reports whether a list of service ids, such as "jfrt@* jfac@x", holds one.
func coversAudience(list, audience string) bool {
	return slices.ContainsFunc(strings.Fields(list), func(asked string) bool {
		prefix, wildcard := strings.CutSuffix(asked, "*")
		return asked == audience || asked == "*@*" || wildcard && strings.HasPrefix(audience, prefix)
	})
}

// warnOfLess reports what isn't as it was asked, although the job can go on with it.
func (s *session) warnOfLess(ctx context.Context, asked string, token Token) {
	want, _ := jfrog.ParseScope(asked)
	if missing := want.Beyond(token.scopes()[0]); len(missing) > 0 {
		s.log.Warn("JFrog granted less than was asked: " + shown(strings.Join(missing, ", ")) + " is missing")
	}
	if life := s.request.ExpiresIn; life != nil && token.ExpiresIn != time.Duration(*life)*time.Second {
		asked := lifetime(time.Duration(*life) * time.Second)
		err := fmt.Errorf("an expiry of %s was asked, JFrog granted %s", asked, lifetime(token.ExpiresIn))
		if *life == 0 {
			err = s.explainByVersion(ctx, err, jfrog.LongExpiry)
		}
		s.log.Warn(err.Error())
	}
	if token.ExpiresIn == 0 {
		s.log.Warn("the token never expires: only its revocation ends it")
	}
	if s.request.ForceRevocable && !token.Revocable && !token.Legacy {
		err := fmt.Errorf("JFrog didn't make the token revocable: %s", token.Life())
		s.log.Warn(s.explainByVersion(ctx, err, jfrog.ForceRevocable).Error())
	}
}
