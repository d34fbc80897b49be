package sandbox

import (
	"fmt"
	"net/http"
)

// revokeMe revokes the token that authenticates the request; whether its audience names Access is no matter from 7.68.
func (c *call) revokeMe() error {
	p, err := c.accessToken(c.s.version < meAnyAudienceSince)
	if err != nil {
		return err
	}
	return c.revokeByID(p, p.token.id)
}

// revokeToken revokes by id: an administrator any token, a user those of his name, a token itself.
func (c *call) revokeToken() error {
	p, err := c.accessCaller()
	if err != nil {
		return err
	}
	return c.revokeByID(p, c.params["id"])
}

func (c *call) revokeByID(p *principal, id string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.s.tokens.byID[id]
	switch {
	case !p.grants.admin && id != p.token.id && (t == nil || t.subject != p.subject):
		return forbidden()
	case t == nil || t.dead(c.now, 0):
		return c.empty(http.StatusNoContent)
	}
	if err := c.revoke(t); err != nil {
		return err
	}
	return c.empty(http.StatusOK)
}

// revoke kills a living token. It needs the server's lock.
func (c *call) revoke(t *token) error {
	if !t.revocable || c.faults.has("not-revocable") {
		return c.s.notRevocable(t)
	}
	t.revokedAt = c.now
	return nil
}

// notRevocable has the words and the numbers that were observed.
func (s *Server) notRevocable(t *token) error {
	refusal := badRequest("Token not revocable")
	refusal.detail = fmt.Sprintf(
		"Token not revocable. Token expirationTimeMillis: %d, issuedAtMillis: %d, revocableExpiryThresholdMillis: %d",
		t.expires*1000, t.issued*1000, s.config.Token.revocableThreshold(t.legacy)*1000)
	return refusal
}
