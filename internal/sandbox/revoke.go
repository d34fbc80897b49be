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
	return c.revokeByID(p, c.r.PathValue("id"))
}

func (c *call) revokeByID(p *principal, id string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.s.tokens.byID[id]
	if !p.grants.admin && id != p.token.id && (t == nil || t.subject != p.subject) {
		return forbidden()
	}
	return c.revoke(t, func() error { return c.empty(http.StatusOK) })
}

// revoke revokes a token, which may be nil, and answers with done. What isn't there counts as revoked (documented). So
// does a living token that isn't stored, and it goes on working (documented by what JFrog's tests expect); a platform may
// answer 400, as was seen, or 404. It needs the server's lock.
func (c *call) revoke(t *token, done func() error) error {
	if t == nil || t.dead(c.now, 0) {
		return c.empty(http.StatusNoContent)
	}
	if !t.stored && !t.revocable && !c.faults.has("not-revocable") {
		switch value(c.s.config.Token.UnstoredRevocation, http.StatusNoContent) {
		case http.StatusNoContent:
			return c.empty(http.StatusNoContent)
		case http.StatusNotFound:
			return notFound("Token not found")
		}
	}
	if err := c.kill(t); err != nil {
		return err
	}
	return done()
}

// revokeValue revokes a token that an administrator gives by its value, a JWT or a reference token. What is answered
// for a token that isn't there, or for anything else such as a refresh token, isn't documented: 204 as by id.
func (c *call) revokeValue() error {
	if _, err := c.adminCaller(); err != nil {
		return err
	}
	var req struct {
		Token string `json:"token"`
	}
	if err := c.decode(&req); err != nil {
		return err
	}
	if req.Token == "" {
		return badRequest("token is required")
	}
	t, err := c.s.byValue(req.Token)
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.revoke(t, func() error { return c.json(http.StatusOK, map[string]string{"revoked-token-id": t.id}) })
}

// byValue finds a token, dead or alive, by its JWT or its reference token. A JWT with another signature is another
// installation's, which is refused (documented; the words are inferred).
func (s *Server) byValue(shown string) (*token, error) {
	t, reason := s.find(shown)
	if reason == reasonSigner {
		return nil, badRequest("Token was created by a different instance")
	}
	return t, nil
}

// kill revokes a living token, unless it can't be revoked; the refusal has the words and the numbers that were observed.
// It needs the server's lock.
func (c *call) kill(t *token) error {
	if t.revocable && !c.faults.has("not-revocable") {
		t.revokedAt = c.now
		return nil
	}
	refusal := badRequest("Token not revocable")
	refusal.detail = fmt.Sprintf(
		"Token not revocable. Token expirationTimeMillis: %d, issuedAtMillis: %d, revocableExpiryThresholdMillis: %d",
		t.expires*1000, t.issued*1000, c.s.config.Token.revocableThreshold(t.legacy)*1000)
	return refusal
}
