package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
)

// mintRequest is the body of POST /access/api/v1/tokens. A nil field was left out or null.
type mintRequest struct {
	GrantType             string   `json:"grant_type"`
	Username              string   `json:"username"`
	Scope                 string   `json:"scope"`
	ExpiresIn             *int64   `json:"expires_in"`
	Refreshable           flexBool `json:"refreshable"`
	Description           string   `json:"description"`
	Audience              string   `json:"audience"`
	IncludeReferenceToken flexBool `json:"include_reference_token"`
	ForceRevocable        flexBool `json:"force_revocable"`
	ProjectKey            string   `json:"project_key"`
	RefreshToken          string   `json:"refresh_token"`
	AccessToken           string   `json:"access_token"`
	TokenType             string   `json:"token_type"`
}

// flexBool is a flag that may also be given as text, as JFrog's own samples do.
type flexBool bool

// UnmarshalJSON implements json.Unmarshaler.
func (b *flexBool) UnmarshalJSON(text []byte) error {
	plain := strings.Trim(string(text), `"`)
	if plain != "true" && plain != "false" {
		return json.Unmarshal(text, (*bool)(b))
	}
	*b = plain == "true"
	return nil
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
	if err == nil && req.GrantType == grantRefresh {
		return c.refresh(req)
	}
	p, authErr := c.authenticateMint()
	if authErr != nil { // whoever isn't let in learns nothing about his request
		return authErr
	}
	if err != nil {
		return err
	}
	spec, err := c.specFor(p, req)
	if err != nil {
		return err
	}
	return c.deliverToken(spec)
}

// authenticateMint authenticates who wants a token: with a token or, from 7.63.2 and where it is switched on, a password.
func (c *call) authenticateMint() (*principal, error) {
	cred := credentialsOf(c.r)
	enabled := value(c.s.config.Token.EnableTokenGenerationViaAPI, false)
	if cred.kind == "basic" && enabled && c.s.version >= basicMintSince {
		return c.passwordCaller(cred)
	}
	return c.accessCaller()
}

// mintRequest reads JSON or a form; what the release doesn't know yet it leaves out, as a parser that ignores it would
// (inferred).
func (c *call) mintRequest() (req mintRequest, err error) {
	if c.mediaType() == "application/x-www-form-urlencoded" {
		err = c.mintForm(&req)
	} else {
		err = c.decode(&req)
	}
	req.GrantType = cmp.Or(req.GrantType, grantCredentials)
	req.IncludeReferenceToken = req.IncludeReferenceToken && c.s.version >= referenceSince
	req.ForceRevocable = req.ForceRevocable && c.s.version >= forceRevocableSince
	return req, err
}

// mintForm reads a form as if it were JSON. It has no force_revocable: JFrog ignores it there (observed).
func (c *call) mintForm(req *mintRequest) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	members := map[string]any{}
	for name := range form {
		members[name] = form.Get(name)
	}
	delete(members, "force_revocable")
	if seconds := form.Get("expires_in"); seconds != "" {
		members["expires_in"] = json.Number(seconds)
	} else {
		delete(members, "expires_in")
	}
	text, err := json.Marshal(members)
	if err == nil {
		err = json.Unmarshal(text, req)
	}
	if err != nil {
		return badRequest("Invalid form: " + err.Error())
	}
	return nil
}

// specFor decides on a request for a new token.
func (c *call) specFor(p *principal, req mintRequest) (tokenSpec, error) {
	if p.subject == p.username && strings.TrimSpace(req.Username) == "" {
		// The caller's token came from a mapping without a user: its subject is provider/mapping (observed). An
		// administrator may name a user instead (read in a client's test).
		return tokenSpec{}, badRequest("Invalid formatted name: " + p.subject)
	}
	if err := req.check(); err != nil {
		return tokenSpec{}, err
	}
	spec := tokenSpec{
		username: strings.ToLower(cmp.Or(strings.TrimSpace(req.Username), p.username)),
		scope:    cmp.Or(strings.TrimSpace(req.Scope), userScope),
		audience: req.Audience, description: req.Description, project: req.ProjectKey,
		refreshable: bool(req.Refreshable) && value(c.s.config.Token.AllowRefreshable, true), reference: bool(req.IncludeReferenceToken), forced: bool(req.ForceRevocable),
	}
	spec.subject = c.s.subject(spec.username)
	if service, name, isSubject := strings.Cut(spec.username, "/users/"); isSubject && strings.Contains(service, "@") {
		// A full subject is taken as it is (read in a client's test). The name is all that follows: it may hold slashes.
		spec.username, spec.subject = name, spec.username
	}
	if err := c.authorize(p, spec); err != nil {
		return tokenSpec{}, err
	}
	var err error
	spec.lifetime, err = c.lifetime(p, req.ExpiresIn)
	return spec, err
}

func (c *call) deliverToken(spec tokenSpec) error {
	t, signed, err := c.issue(spec)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, mintResponse{
		TokenID: t.id, AccessToken: signed, RefreshToken: t.refresh, ExpiresIn: t.lifetime(), Scope: t.scope,
		TokenType: "Bearer", ReferenceToken: t.reference,
	})
}
