package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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

// JFrog's limits, in characters (documented).
const (
	maxUsername    = 255
	maxScope       = 500
	maxDescription = 1024
	maxAudience    = 255
)

// check refuses what JFrog documents as invalid input; the words are inferred.
func (req mintRequest) check() error {
	switch {
	case value(req.GrantType, grantCredentials) != grantCredentials:
		return badRequest("Unsupported grant_type: " + *req.GrantType)
	case longer(req.Username, maxUsername):
		return badRequest("username exceeds 255 characters")
	case longer(req.Scope, maxScope):
		return badRequest("scope exceeds 500 characters")
	case longer(req.Description, maxDescription):
		return badRequest("description exceeds 1024 characters")
	case longer(req.Audience, maxAudience):
		return badRequest("audience exceeds 255 characters")
	case value(req.ExpiresIn, 0) < 0 || value(req.ExpiresIn, 0) > maxLifetime:
		return badRequest("expires_in is out of range")
	}
	return checkAudience(value(req.Audience, ""))
}

func longer(text *string, limit int) bool {
	return text != nil && utf8.RuneCountInString(*text) > limit
}

// checkAudience takes a service type or * before the @ (documented list of types).
func checkAudience(audience string) error {
	known := regexp.MustCompile(`^(\*|(jfrt|jfxr|jfpip|jfds|jfmc|jfac|jfevt|jfmd|jfcon|\*)@\S+)$`)
	for _, entry := range strings.Fields(audience) {
		if !known.MatchString(entry) {
			return badRequest("Invalid audience: " + entry)
		}
	}
	return nil
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
	return strings.Join(strings.Fields(*text), " ")
}

// authorize checks scope and user: an administrator may all; others may mint for themselves only, with the identity
// scope, and only if that is their own scope; a project's administrator also for roles of his project (documented).
func (c *call) authorize(p *principal, o order) error {
	permits, err := parseScope(o.scope)
	if err != nil {
		return badRequest("Invalid scope: " + err.Error())
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	switch {
	case p.grants.admin:
	case c.s.version >= projectAdminSince && p.grants.administers(permits):
	case o.username != p.username, o.scope != userScope, !p.grants.identity:
		return forbidden()
	}
	return c.s.world.checkScope(permits, o.project)
}

// administers reports whether the scope is nothing but roles of projects that the principal administers.
func (g grants) administers(permits []permit) bool {
	for _, p := range permits {
		if p.kind != permitRoles || !slices.Contains(g.roles[p.target], projectAdminRole) {
			return false
		}
	}
	return len(permits) > 0
}

// checkScope refuses names that don't exist (the status is documented for invalid input, the words are inferred).
func (w *world) checkScope(permits []permit, projectKey string) error {
	if name, missing := w.missingGroup(permits); missing {
		return badRequest("Invalid scope: group " + name + " does not exist")
	}
	if projectKey != "" && w.projects[projectKey] == nil {
		return badRequest("Project " + projectKey + " does not exist")
	}
	for _, p := range permits {
		if p.kind != permitRoles {
			continue
		}
		if w.projects[p.target] == nil {
			return badRequest("Invalid scope: project " + p.target + " does not exist")
		}
		for _, role := range p.names {
			if _, known := roleActions(role); !known {
				return badRequest("Invalid scope: role " + role + " does not exist")
			}
		}
	}
	return nil
}

// lifetime decides the seconds; 0 means for ever.
func (c *call) lifetime(p *principal, asked *int64) (int64, error) {
	config := c.s.config.Token
	given := value(asked, config.defaultExpiry())
	if p.grants.admin {
		if given == 0 && c.s.version < neverExpiresSince {
			given = config.defaultExpiry()
		}
		return given, nil
	}
	if limit := value(config.MaxExpiry, 0); limit > 0 && (given == 0 || given > limit) {
		return 0, forbidden()
	}
	return given, nil
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
