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
	old, err := c.refreshable(value(req.RefreshToken, ""))
	if err != nil {
		return err
	}
	shown := credentialOf(c.r).secret
	if shown == "" {
		shown = value(req.AccessToken, "")
	}
	if err := c.ownsRefresh(old, shown); err != nil {
		return err
	}
	o := old.again()
	o.lifetime = value(req.ExpiresIn, o.lifetime)
	o.reference = value(req.IncludeReferenceToken, o.reference)
	c.retire(old)
	return c.deliver(o)
}

// refreshable finds the token of a refresh token, within the grace after its expiry that came with 7.59.5.
func (c *call) refreshable(refreshToken string) (*token, error) {
	grace := time.Duration(value(c.s.config.Token.RefreshExpiry, Seconds(defaultRefreshExpiry)))
	if c.s.version < refreshGraceSince {
		grace = defaultRefreshExpiry
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	old := c.s.tokens.byRefresh[refreshToken]
	if old == nil || old.revoked() || old.expired(c.now.Add(-grace)) {
		return nil, notFound(unknownRefresh)
	}
	return old, nil
}

// ownsRefresh wants the old token itself, which may have expired, or a living one of the same user (documented: the
// authenticated user must match).
func (c *call) ownsRefresh(old *token, shown string) error {
	if shown == "" {
		return plain(http.StatusUnauthorized)
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t, reason := c.s.lookUp(shown, c.now, 0)
	switch {
	case t != nil && t.id == old.id:
	case reason != "":
		return unauthorized("Invalid token, " + reason)
	case t.username != old.username:
		return forbidden()
	}
	c.admit("bearer", t)
	return nil
}

// again orders the same token once more.
func (t *token) again() order {
	return order{
		username: t.username, subject: t.subject, scope: t.scope, audience: strings.Join(t.audience, " "),
		description: t.description, project: t.project, lifetime: t.lifetime(), forced: t.forced,
		refreshable: true, reference: t.reference != "", legacy: t.legacy,
	}
}

func (c *call) retire(t *token) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t.revokedAt = c.now
}
