package sandbox

import (
	"cmp"
	"net/http"
	"time"
)

// unknownRefresh is Access's answer, observed.
const unknownRefresh = "Token matching the provided refresh token was not found."

// refresh gives a new token for an old one and its refresh token; the old one is dead afterwards (documented).
func (c *call) refresh(req mintRequest) error {
	if c.s.version < refreshSince {
		return badRequest("Unsupported grant_type: " + grantRefresh)
	}
	shown := cmp.Or(credentialsOf(c.r).secret, req.AccessToken)
	if shown == "" {
		return plain(http.StatusUnauthorized)
	}
	spec, err := c.replace(req.RefreshToken, shown, false, func(p *principal, old *token) (int64, error) {
		if req.ExpiresIn == nil {
			return old.lifetime(), nil
		}
		return c.lifetime(p, req.ExpiresIn)
	})
	if err != nil {
		return err
	}
	spec.reference = spec.reference || bool(req.IncludeReferenceToken)
	return c.deliverToken(spec)
}

// replace kills the token of a refresh token and asks for the same once more, with the seconds that life decides. Who
// refreshes shows the old token, which may have expired, or a living one of the same user (documented: the authenticated
// user must match) and generation (inferred: neither API takes the other's credentials). A refusal leaves the old token
// as it is.
func (c *call) replace(refreshToken, shown string, legacy bool, life func(p *principal, old *token) (int64, error)) (tokenSpec, error) {
	t, reason := c.s.lookUp(shown, c.now, 0)
	old := c.refreshable(refreshToken, legacy)
	switch {
	case old == nil:
		return tokenSpec{}, notFound(unknownRefresh)
	case t == old:
	case reason != "":
		return tokenSpec{}, unauthorized("Invalid token, " + reason)
	case t.legacy != legacy:
		return tokenSpec{}, unauthorized("Invalid token, " + reasonAudience)
	case t.username != old.username:
		return tokenSpec{}, forbidden()
	}
	seconds, err := life(c.authenticated("bearer", t), old)
	if err != nil {
		return tokenSpec{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if old.revoked() { // by another request meanwhile
		return tokenSpec{}, notFound(unknownRefresh)
	}
	old.revokedAt = c.now
	spec := old.spec()
	spec.lifetime = seconds
	return spec, nil
}

// refreshable finds the token that a refresh token still renews: not at all after its expiry before 7.59.5.
func (c *call) refreshable(refreshToken string, legacy bool) *token {
	var grace time.Duration
	if c.s.version >= refreshGraceSince {
		grace = time.Duration(value(c.s.config.Token.RefreshExpiry, defaultRefreshExpiry)) * time.Second
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	old := c.s.tokens.byRefresh[refreshToken]
	if old == nil || old.legacy != legacy || old.revoked() || old.expired(c.now.Add(-grace)) {
		return nil
	}
	return old
}
