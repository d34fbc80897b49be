package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// canFallBack reports whether a mint failed since the server is too old for the Access API: JFrog itself says 404, and its
// version says the same. A gateway's 404 must not put the creator's credentials into the saved state.
func (s *session) canFallBack(ctx context.Context, err error) bool {
	refusal, isAPI := errors.AsType[*APIError](err)
	if s.config.API == APIAccess || s.config.API == APILegacy || s.config.Credentials.Provider != "" ||
		!isAPI || !refusal.Own || refusal.Status != http.StatusNotFound {
		return false
	}
	version, err := s.version(ctx)
	return err == nil && jfrog.Older(version, jfrog.Features()[jfrog.AccessAPI].Since)
}

// fallBack mints by the legacy API. It refuses where something was asked for that would get lost.
func (s *session) fallBack(ctx context.Context, unknown error) (jfrog.TokenResponse, error) {
	if lost := s.config.notInLegacy(); len(lost) > 0 {
		return jfrog.TokenResponse{}, fmt.Errorf("%w; the legacy API, which this server may have, can't express %s", unknown, strings.Join(lost, ", "))
	}
	s.log.Info(fmt.Sprintf("this server doesn't know the Access API (%v): using the legacy one, which has neither a description nor force_revocable", unknown))
	if !s.config.NoRevoke && s.client.Runner != nil {
		s.log.Warn("only its creator can revoke a token of the legacy API: where a post step revokes it, the saved state holds the creator's credentials (set api to access to rule that out)")
	}
	return s.mintLegacy(ctx)
}

// mintLegacy mints by the legacy API.
func (s *session) mintLegacy(ctx context.Context) (jfrog.TokenResponse, error) {
	s.legacy = true
	s.request.Scope = s.legacyScope()
	s.request.Username = cmp.Or(s.request.Username, creatorName(s.creator)) // the legacy API wants one's own name, too
	for attempts := retry(s.log, "minting", attempts).Start(ctx); ; {
		response, err := s.send(ctx, s.api.MintLegacy)
		if failure, ok := errors.AsType[*APIError](err); ok && response.AccessToken.IsZero() && failure.Indeterminate() {
			orphan := s.describeOrphan("the legacy API can't look for it")
			orphan.Description = ""
			orphan.Reason = fmt.Sprintf("a token of user %s whose answer was lost (the legacy API can't look for it)", shown(s.request.Username))
			return response, &LeftAliveError{Tokens: []AliveToken{*orphan}, Err: err}
		}
		if err == nil || !attempts.Again(err, httpapi.IsTemporary(err)) {
			return response, attempts.Explain(err)
		}
	}
}

// legacyScope is the scope in the legacy API's form; where nothing was asked it is the user's own groups, as jf asks.
func (s *session) legacyScope() string {
	switch {
	case s.config.Scope != "":
		return s.config.Scope
	case len(s.config.Groups) > 0:
		return jfrog.LegacyGroupScope(s.config.Groups)
	}
	return jfrog.LegacyGroupScope([]string{"*"})
}
