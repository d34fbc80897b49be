package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
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
	LastUsed    int64  `json:"last_used,omitempty"`
	Project     string `json:"project,omitempty"`
	Scope       string `json:"scope,omitempty"`
}

// lastUsedFrom is the lifetime from which JFrog notes when a token was used, in seconds (documented).
const lastUsedFrom = 21_600

func (c *call) view(t *token) tokenView {
	v := tokenView{
		TokenID: t.id, Subject: t.subject, Expiry: t.expires, IssuedAt: t.issued, Issuer: t.issuer,
		Description: t.description, Refreshable: t.refreshable, Project: t.project, Scope: t.scope,
	}
	longLived := t.expires == 0 || t.lifetime() >= lastUsedFrom
	if longLived && c.s.version >= lastUsedSince && value(c.s.config.Token.LastUsedEnabled, false) {
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
	return c.json(http.StatusOK, c.view(t))
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
	filter, err := newTokenFilter(c.r.URL.Query())
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	shown := slices.DeleteFunc(c.s.tokens.visible(c.now, c.faults.revokeLag()), func(t *token) bool {
		return !p.grants.admin && t.subject != p.subject || !filter.takes(t)
	})
	filter.sort(shown)
	views := make([]tokenView, 0, len(shown))
	for _, t := range shown {
		views = append(views, c.view(t))
	}
	return c.json(http.StatusOK, map[string][]tokenView{"tokens": views})
}

// tokenFilter has the query parameters of the list. Others are ignored.
type tokenFilter struct {
	description, username, refreshable, id string

	compare func(a, b *token) int
}

func newTokenFilter(q url.Values) (tokenFilter, error) {
	f := tokenFilter{
		description: q.Get("description"), username: strings.ToLower(q.Get("username")),
		refreshable: q.Get("refreshable"), id: q.Get("token_id"),
	}
	switch key := q.Get("order_by"); key {
	case "", "created":
		f.compare = byAge
	case "token_id":
		f.compare = func(a, b *token) int { return cmp.Compare(a.id, b.id) }
	case "owner":
		f.compare = func(a, b *token) int { return cmp.Compare(a.username, b.username) }
	case "subject":
		f.compare = func(a, b *token) int { return cmp.Compare(a.subject, b.subject) }
	case "expiry":
		f.compare = func(a, b *token) int { return cmp.Compare(a.expires, b.expires) }
	default:
		return f, badRequest("Invalid value for order_by: " + key)
	}
	if q.Get("descending_order") == "true" {
		ascending := f.compare
		f.compare = func(a, b *token) int { return ascending(b, a) }
	}
	return f, nil
}

func (f tokenFilter) sort(tokens []*token) { slices.SortStableFunc(tokens, f.compare) }

// takes holds a token against the filter; a star counts as a wildcard only at the description's end (documented).
func (f tokenFilter) takes(t *token) bool {
	prefix, wild := strings.CutSuffix(f.description, "*")
	switch {
	case f.description == "":
	case wild && !strings.HasPrefix(t.description, prefix), !wild && t.description != f.description:
		return false
	}
	return (f.username == "" || f.username == t.username) && (f.id == "" || f.id == t.id) &&
		(f.refreshable == "" || (f.refreshable == "true") == t.refreshable)
}
