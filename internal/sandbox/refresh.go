package sandbox

import (
	"net/http"
	"strings"
	"time"
)

// unknownRefresh is Access's answer, observed.
const unknownRefresh = "Token matching the provided refresh token was not found."

// refresh gives a new token for an old one and its refresh token; the old one is dead afterwards (documented).
func (c *call) refresh(req mintRequest) error {
	if c.s.version < refreshSince {
		return badRequest("Unsupported grant_type: " + grantRefresh)
	}
	shown := credentialOf(c.r).secret
	if shown == "" {
		shown = value(req.AccessToken, "")
	}
	if shown == "" {
		return plain(http.StatusUnauthorized)
	}
	life := func(p *principal, old *token) (int64, error) {
		if req.ExpiresIn == nil {
			return old.lifetime(), nil
		}
		return c.lifetime(p, req.ExpiresIn)
	}
	o, err := c.retire(value(req.RefreshToken, ""), shown, false, life)
	if err != nil {
		return err
	}
	o.reference = value(req.IncludeReferenceToken, o.reference)
	return c.deliver(o)
}

// lifeOf decides how many seconds the token that takes old's place lives.
type lifeOf func(p *principal, old *token) (int64, error)

// retire kills the token of a refresh token and orders the same once more. Who refreshes shows the old token, which may
// have expired, or a living one of the same user (documented: the authenticated user must match) and generation
// (inferred: neither API takes the other's credentials). A refusal leaves the old token as it is.
func (c *call) retire(refreshToken, shown string, legacy bool, life lifeOf) (order, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	old := c.s.tokens.byRefresh[refreshToken]
	if old == nil || old.legacy != legacy || old.revoked() || old.expired(c.now.Add(-c.refreshGrace())) {
		return order{}, notFound(unknownRefresh)
	}
	t, reason := c.s.lookUp(shown, c.now, 0)
	switch {
	case t != nil && t.id == old.id:
	case reason != "":
		return order{}, unauthorized("Invalid token, " + reason)
	case t.legacy != legacy:
		return order{}, unauthorized("Invalid token, " + reasonAudience)
	case t.username != old.username:
		return order{}, forbidden()
	}
	lifetime, err := life(c.admit("bearer", t), old)
	if err != nil {
		return order{}, err
	}
	old.revokedAt = c.now
	o := old.again()
	o.lifetime = lifetime
	return o, nil
}

// refreshGrace is how long after its expiry a token can be refreshed: not at all before 7.59.5.
func (c *call) refreshGrace() time.Duration {
	if c.s.version < refreshGraceSince {
		return 0
	}
	return time.Duration(value(c.s.config.Token.RefreshExpiry, Seconds(defaultRefreshExpiry)))
}

// again orders the same token once more.
func (t *token) again() order {
	return order{
		username: t.username, subject: t.subject, scope: t.scope, audience: strings.Join(t.audience, " "),
		description: t.description, project: t.project, lifetime: t.lifetime(), forced: t.forced,
		refreshable: true, reference: t.reference != "", legacy: t.legacy,
	}
}
