package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
)

// tokenView is a token as GET shows it.
type tokenView struct {
	TokenID     string `json:"token_id"`
	Subject     string `json:"subject"`
	Expiry      int64  `json:"expiry,omitempty"`
	IssuedAt    int64  `json:"issued_at"`
	Issuer      string `json:"issuer"`
	Description string `json:"description,omitempty"`
	Refreshable bool   `json:"refreshable"`
	Project     string `json:"project,omitempty"`
	Scope       string `json:"scope,omitempty"`
}

func (t *token) view() tokenView {
	return tokenView{
		TokenID: t.id, Subject: t.subject, Expiry: t.expires, IssuedAt: t.issued, Issuer: t.issuer,
		Description: t.description, Refreshable: t.refresh != "", Project: t.project, Scope: t.scope,
	}
}

// getToken shows a token by its id to an administrator or its user.
func (c *call) getToken() error {
	p, err := c.accessCaller()
	if err != nil {
		return err
	}
	return c.show(p, c.r.PathValue("id"))
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
	return c.json(http.StatusOK, t.view())
}

// list shows an administrator all stored tokens, a user those of his name; no principal that is neither (documented).
func (c *call) list() error {
	p, err := c.accessCaller()
	if err != nil {
		return err
	}
	if !p.grants.admin && p.subject == p.username {
		return forbidden()
	}
	query := c.r.URL.Query()
	order, err := tokenOrder(query)
	if err != nil {
		return err
	}
	if !p.grants.admin && query.Get("username") == "" {
		query.Set("username", p.username)
	}
	c.s.mu.Lock()
	shown := c.s.tokens.visible(query, c.now, c.faults.revokeLag())
	c.s.mu.Unlock()
	slices.SortStableFunc(shown, order)
	views := make([]tokenView, 0, len(shown))
	for _, t := range shown {
		if p.grants.admin || t.subject == p.subject {
			views = append(views, t.view())
		}
	}
	return c.json(http.StatusOK, map[string][]tokenView{"tokens": views})
}

func tokenOrder(filters url.Values) (func(a, b *token) int, error) {
	orders := map[string]func(a, b *token) int{
		"": byAge, "created": byAge,
		"token_id": func(a, b *token) int { return cmp.Compare(a.id, b.id) },
		"owner":    func(a, b *token) int { return cmp.Compare(a.username, b.username) },
		"subject":  func(a, b *token) int { return cmp.Compare(a.subject, b.subject) },
		"expiry":   func(a, b *token) int { return cmp.Compare(a.expires, b.expires) },
	}
	order, known := orders[filters.Get("order_by")]
	switch {
	case !known:
		return nil, badRequest("Invalid value for order_by: " + filters.Get("order_by"))
	case filters.Get("descending_order") == "true":
		return func(a, b *token) int { return order(b, a) }, nil
	}
	return order, nil
}
