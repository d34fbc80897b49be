package sandbox

import (
	"net/http"
	"strings"
)

type legacyView struct {
	Issuer      string `json:"issuer"`
	Subject     string `json:"subject"`
	Expiry      int64  `json:"expiry,omitempty"`
	Refreshable bool   `json:"refreshable"`
	TokenID     string `json:"token_id"`
	IssuedAt    int64  `json:"issued_at"`
}

// artifactoryAdmin authenticates for Artifactory and wants an administrator.
func (c *call) artifactoryAdmin() (*principal, error) {
	p, err := c.artifactoryCaller()
	if err == nil && !p.grants.admin {
		return nil, forbidden()
	}
	return p, err
}

// legacyList shows an administrator every stored token, those of the newer API too.
func (c *call) legacyList() error {
	if _, err := c.artifactoryAdmin(); err != nil {
		return err
	}
	views := []legacyView{}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, t := range c.s.tokens.visible(c.now, c.faults.revokeLag()) {
		views = append(views, legacyView{t.issuer, t.subject, t.expires, t.refreshable, t.id, t.issued})
	}
	return c.json(http.StatusOK, map[string][]legacyView{"tokens": views})
}

// legacyRevoke revokes by value, by refresh token or by id. It answers 200 also when there is nothing to revoke
// (documented), and says which in a word (read in a client's tests).
func (c *call) legacyRevoke() error {
	form, err := c.form()
	if err != nil {
		return err
	}
	if _, err := c.artifactoryAdmin(); err != nil {
		return err
	}
	shown, id := form.Get("token"), form.Get("token_id")
	if shown == "" && id == "" {
		return badRequest("Either token or token_id is required")
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.s.tokens.byID[id]
	if shown != "" {
		if t, err = c.s.byAnyValue(shown); err != nil {
			return err
		}
	}
	if t == nil || t.dead(c.now, 0) {
		return c.text("Token not found")
	}
	if err := c.revoke(t); err != nil {
		return legacyNotRevocable()
	}
	return c.text("Token revoked")
}

// legacyNotRevocable carries Access's refusal inside Artifactory's (the body was observed, that the answer's own
// status is 500 is inferred).
func legacyNotRevocable() error {
	return refuse(http.StatusInternalServerError, "HTTP response status 400:Failed on executing "+
		"/api/v1/oauth/token/revoke, with response: {\n  \"code\" : \"BAD_REQUEST\",\n"+
		"  \"message\" : \"Token not revocable\"\n}")
}

// byAnyValue is byValue that takes a refresh token too. It needs the server's lock.
func (s *Server) byAnyValue(shown string) (*token, error) {
	if t := s.tokens.byRefresh[shown]; t != nil {
		return t, nil
	}
	return s.byValue(shown)
}

// byValue finds a token, dead or alive, by its JWT or its reference token. A JWT with another signature is another
// installation's, which is refused (documented; the words are inferred). It needs the server's lock.
func (s *Server) byValue(shown string) (*token, error) {
	if strings.HasPrefix(shown, referencePrefix) {
		return s.tokens.byReference[shown], nil
	}
	id, own := s.verified(shown)
	switch {
	case own:
		return s.tokens.byID[id], nil
	case looksLikeToken(shown):
		return nil, badRequest("Token was created by a different instance")
	}
	return nil, nil
}
