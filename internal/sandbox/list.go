package sandbox

import "net/http"

// tokenView is a token as GET shows it.
type tokenView struct {
	TokenID     string `json:"token_id"`
	Subject     string `json:"subject"`
	Expiry      int64  `json:"expiry,omitempty"`
	IssuedAt    int64  `json:"issued_at"`
	Issuer      string `json:"issuer"`
	Description string `json:"description,omitempty"`
	Refreshable bool   `json:"refreshable"`
	LastUsed    int64  `json:"last_used,omitempty"`
	Project     string `json:"project,omitempty"`
	Scope       string `json:"scope,omitempty"`
}

func (t *token) view(at version) tokenView {
	v := tokenView{
		TokenID: t.id, Subject: t.subject, Expiry: t.expires, IssuedAt: t.issued, Issuer: t.issuer,
		Description: t.description, Refreshable: t.refreshable, Project: t.project, Scope: t.scope,
	}
	if at >= lastUsedSince {
		v.LastUsed = t.lastUsed
	}
	return v
}

// getToken shows a token by its id to an administrator or its user.
func (c *call) getToken() error {
	p, err := c.accessCaller()
	if err != nil {
		return err
	}
	return c.show(p, c.params["id"])
}

// getMe shows the caller's own token; from 7.68 also to one whose audience leaves Access out.
func (c *call) getMe() error {
	p, err := c.accessToken(c.s.version < meAnyAudienceSince)
	if err != nil {
		return err
	}
	return c.show(p, p.token.id)
}

// show answers 404 also for a token that lives but isn't stored: JFrog knows such a token by its signature only.
func (c *call) show(p *principal, id string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := c.s.tokens.byID[id]
	if t != nil && (!t.stored || t.dead(c.now, c.faults.revokeLag())) {
		t = nil
	}
	switch {
	case !p.grants.admin && id != p.token.id && (t == nil || t.subject != p.subject):
		return forbidden()
	case t == nil:
		return notFound("Token not found")
	}
	return c.json(http.StatusOK, t.view(c.s.version))
}
