package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// mintRequest is the body of POST /access/api/v1/tokens. A nil field was left out or null.
type mintRequest struct {
	GrantType             *string `json:"grant_type"`
	Username              *string `json:"username"`
	Scope                 *string `json:"scope"`
	ExpiresIn             *int64  `json:"expires_in"`
	Refreshable           *bool   `json:"refreshable"`
	Description           *string `json:"description"`
	Audience              *string `json:"audience"`
	IncludeReferenceToken *bool   `json:"include_reference_token"`
	ForceRevocable        *bool   `json:"force_revocable"`
	ProjectKey            *string `json:"project_key"`
	RefreshToken          *string `json:"refresh_token"`
	AccessToken           *string `json:"access_token"`
	TokenType             *string `json:"token_type"`
}

type mintResponse struct {
	TokenID        string `json:"token_id"`
	AccessToken    string `json:"access_token"`
	RefreshToken   string `json:"refresh_token,omitempty"`
	ExpiresIn      int64  `json:"expires_in,omitempty"` // left out of a token that never expires (read in jf's test)
	Scope          string `json:"scope"`
	TokenType      string `json:"token_type"` // recorded answers say Bearer, JFrog's examples access_token
	ReferenceToken string `json:"reference_token,omitempty"`
}

const (
	grantCredentials = "client_credentials"
	grantRefresh     = "refresh_token"
)

// mint makes a token, or refreshes one.
func (c *call) mint() error {
	req, err := c.mintRequest()
	if err != nil {
		// Whoever isn't let in learns nothing about his request.
		if _, authErr := c.minter(); authErr != nil {
			return authErr
		}
		return err
	}
	if value(req.GrantType, grantCredentials) == grantRefresh {
		return c.refresh(req)
	}
	p, err := c.minter()
	if err != nil {
		return err
	}
	o, err := c.orderFor(p, req)
	if err != nil {
		return err
	}
	return c.deliver(o)
}

// minter authenticates who wants a token: with a token or, from 7.63.2 and where it is switched on, a password.
func (c *call) minter() (*principal, error) {
	cred := credentialOf(c.r)
	enabled := value(c.s.config.Token.EnableTokenGenerationViaAPI, false)
	if cred.kind != "basic" || !enabled || c.s.version < basicMintSince {
		return c.accessCaller()
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if u := c.s.world.user(cred.user, cred.secret); u != nil {
		return c.admitUser(u), nil
	}
	return nil, unauthorized("Bad credentials")
}

// mintRequest reads JSON or a form; what the release doesn't know yet it leaves out, as a parser that ignores it would
// (inferred).
func (c *call) mintRequest() (mintRequest, error) {
	var req mintRequest
	var err error
	switch c.mediaType() {
	case "application/x-www-form-urlencoded":
		req, err = c.mintForm()
	default:
		err = c.decode(&req)
	}
	if c.s.version < referenceSince {
		req.IncludeReferenceToken = nil
	}
	if c.s.version < forceRevocableSince {
		req.ForceRevocable = nil
	}
	return req, err
}

// mintForm reads a form. It has no force_revocable: JFrog ignores it there (observed).
func (c *call) mintForm() (mintRequest, error) {
	form, err := c.form()
	if err != nil {
		return mintRequest{}, err
	}
	text := func(name string) *string {
		if !form.Has(name) {
			return nil
		}
		return new(form.Get(name))
	}
	flag := func(name string) *bool { return new(form.Get(name) == "true") }
	req := mintRequest{
		GrantType: text("grant_type"), Username: text("username"), Scope: text("scope"), Audience: text("audience"),
		Description: text("description"), ProjectKey: text("project_key"), RefreshToken: text("refresh_token"),
		AccessToken: text("access_token"), Refreshable: flag("refreshable"),
		IncludeReferenceToken: flag("include_reference_token"),
	}
	req.ExpiresIn, err = seconds(form.Get("expires_in"))
	return req, err
}

func seconds(text string) (*int64, error) {
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, badRequest("Invalid value for expires_in: " + text)
	}
	return &n, nil
}

// orderFor decides on a request for a new token.
func (c *call) orderFor(p *principal, req mintRequest) (order, error) {
	if p.subject == p.username {
		// The caller's token came from a mapping without a user: its subject is provider/mapping (observed).
		return order{}, badRequest("Invalid formatted name: " + p.subject)
	}
	if err := req.check(); err != nil {
		return order{}, err
	}
	o := order{
		username: strings.ToLower(nonEmpty(req.Username, p.username)), scope: nonEmpty(req.Scope, userScope),
		audience: value(req.Audience, ""), description: value(req.Description, ""), project: value(req.ProjectKey, ""),
		refreshable: value(req.Refreshable, false), reference: value(req.IncludeReferenceToken, false),
		forced: value(req.ForceRevocable, false),
	}
	o.subject = c.s.subject(o.username)
	if o.refreshable && !value(c.s.config.Token.AllowRefreshable, true) {
		return order{}, badRequest("Refreshable tokens are not allowed")
	}
	if err := c.authorize(p, o); err != nil {
		return order{}, err
	}
	var err error
	o.lifetime, err = c.lifetime(p, req.ExpiresIn)
	return o, err
}

func nonEmpty(text *string, otherwise string) string {
	if text == nil || strings.TrimSpace(*text) == "" {
		return otherwise
	}
	return strings.TrimSpace(*text)
}

func (c *call) deliver(o order) error {
	o.scope = c.faults.broaden(o.scope)
	t, signed, err := c.s.issue(o, c.now)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, mintResponse{
		TokenID: t.id, AccessToken: signed, RefreshToken: t.refresh, ExpiresIn: t.lifetime(), Scope: t.scope,
		TokenType: "Bearer", ReferenceToken: t.reference,
	})
}
