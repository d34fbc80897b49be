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
	old, err := c.retire(value(req.RefreshToken, ""), shown, false)
	if err != nil {
		return err
	}
	o := old.again()
	o.reference = value(req.IncludeReferenceToken, o.reference)
	if req.ExpiresIn != nil {
		if o.lifetime, err = c.lifetime(c.who, req.ExpiresIn); err != nil {
			return err
		}
	}
	return c.deliver(o)
}

// retire kills the token of a refresh token and returns it. Who refreshes shows the old token, which may have expired,
// or a living one of the same user (documented: the authenticated user must match).
func (c *call) retire(refreshToken, shown string, legacy bool) (*token, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	old := c.s.tokens.byRefresh[refreshToken]
	if old == nil || old.legacy != legacy || old.revoked() || old.expired(c.now.Add(-c.refreshGrace())) {
		return nil, notFound(unknownRefresh)
	}
	t, reason := c.s.lookUp(shown, c.now, 0)
	switch {
	case t != nil && t.id == old.id:
	case reason != "":
		return nil, unauthorized("Invalid token, " + reason)
	case t.username != old.username:
		return nil, forbidden()
	}
	c.admit("bearer", t)
	old.revokedAt = c.now
	return old, nil
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
