package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// legacyResponse has the members of the legacy API in the order that was observed. There is no token_id.
type legacyResponse struct {
	Scope        string `json:"scope"`
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in,omitempty"`
	TokenType    string `json:"token_type"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// legacyExpiry is the legacy API's default and whoever isn't an administrator gets no more (documented).
const legacyExpiry = 3600

// legacyMint makes or refreshes a token of the legacy API, whose bodies are forms.
func (c *call) legacyMint() error {
	form, err := c.form()
	if err != nil {
		return err
	}
	spec, err := c.legacyGrant(form)
	if err != nil {
		return asOAuth(err)
	}
	t, signed, err := c.issue(spec)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, legacyResponse{t.scope, signed, t.lifetime(), "Bearer", t.refresh})
}

func (c *call) legacyGrant(form url.Values) (tokenSpec, error) {
	switch kind := form.Get("grant_type"); kind {
	case "", grantCredentials:
		return c.legacySpec(form)
	case grantRefresh:
		return c.legacyRefresh(form)
	default:
		return tokenSpec{}, badRequest("Unsupported grant_type: " + kind)
	}
}

// asOAuth gives a refused request OAuth's form (observed for invalid_request; the other names are OAuth's). Who isn't
// authenticated, or may not, is answered as everywhere in Artifactory.
func asOAuth(err error) error {
	refusal := *asAPIError(err)
	switch {
	case refusal.status != http.StatusBadRequest:
	case strings.Contains(refusal.message, "grant_type"):
		refusal.oauth = "unsupported_grant_type"
	case strings.Contains(refusal.message, "scope"):
		refusal.oauth = "invalid_scope"
	default:
		refusal.oauth = "invalid_request"
	}
	return &refusal
}

func (c *call) legacySpec(form url.Values) (tokenSpec, error) {
	p, err := c.artifactoryCaller()
	if err != nil {
		return tokenSpec{}, err
	}
	lifetime, err := legacyLifetime(p, form)
	if err != nil {
		return tokenSpec{}, err
	}
	spec := tokenSpec{
		username: strings.ToLower(cmp.Or(form.Get("username"), p.username)), lifetime: lifetime,
		audience: cmp.Or(form.Get("audience"), c.s.artifactoryID), refreshable: form.Get("refreshable") == "true", legacy: true,
	}
	spec.subject = c.s.artifactoryID + "/users/" + spec.username
	spec.scope, err = c.legacyScope(p, spec.username, form.Get("scope"))
	return spec, err
}

func legacyLifetime(p *principal, form url.Values) (seconds int64, err error) {
	seconds = legacyExpiry
	if text := form.Get("expires_in"); text != "" {
		if seconds, err = strconv.ParseInt(text, 10, 64); err != nil {
			return 0, badRequest("Invalid value for expires_in: " + text)
		}
	}
	if !p.grants.admin && (seconds == 0 || seconds > legacyExpiry) {
		return 0, forbidden()
	}
	return seconds, checkExpiry(seconds)
}

// legacyScope decides the scope: groups are mandatory for a user that doesn't exist, an existing one has his own
// without; api:* is always granted (all documented). Whoever isn't an administrator gets his own permissions, and only
// by a token that has them: one that was narrowed to groups would widen itself.
func (c *call) legacyScope(p *principal, username, asked string) (string, error) {
	items, err := parseScopeOf(asked, true)
	if err != nil {
		return "", badRequest("Invalid scope: " + err.Error())
	}
	if !p.grants.admin && !(username == p.username && p.grants.identity && ownGroupsOnly(items)) {
		return "", forbidden()
	}
	for _, item := range items { // another installation's administration
		if item.kind == scopeAdmin && !inAudience(item.target, c.s.artifactoryID) {
			return "", badRequest("Invalid scope: unknown service " + item.target)
		}
	}
	has := func(kind scopeKind) bool {
		return slices.ContainsFunc(items, func(item scopeItem) bool { return item.kind == kind })
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	switch {
	case !has(scopeGroups) && c.s.world.users[username] == nil:
		return "", badRequest("The member-of-groups scope is mandatory for a user that does not exist: " + username)
	case !has(scopeGroups) && !has(scopeAdmin):
		asked = "member-of-groups:* " + asked
	}
	return withAPI(asked)
}

// withAPI moves api:* to the scope's end. A space may stand in a group's name, and so may two.
func withAPI(scope string) (string, error) {
	parts, err := splitOutsideQuotes(scope, ' ')
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" || part == "api:*" })
	return strings.Join(append(parts, "api:*"), " "), err
}

// ownGroupsOnly reports whether a scope asks for no more than the user's own permissions.
func ownGroupsOnly(items []scopeItem) bool {
	for _, item := range items {
		own := item.kind == scopeGroups && len(item.names) == 1 && item.names[0] == "*"
		if !own && item.kind != scopeAPI {
			return false
		}
	}
	return true
}

// legacyRefresh needs no credentials but the two tokens (documented).
func (c *call) legacyRefresh(form url.Values) (tokenSpec, error) {
	return c.replace(form.Get("refresh_token"), form.Get("access_token"), true, func(p *principal, old *token) (int64, error) {
		if form.Get("expires_in") == "" {
			return old.lifetime(), nil
		}
		return legacyLifetime(p, form)
	})
}

type legacyView struct {
	Issuer      string `json:"issuer"`
	Subject     string `json:"subject"`
	Expiry      int64  `json:"expiry,omitempty"`
	Refreshable bool   `json:"refreshable"`
	TokenID     string `json:"token_id"`
	IssuedAt    int64  `json:"issued_at"`
}

// legacyList shows an administrator every stored token, those of Access too.
func (c *call) legacyList() error {
	if _, err := c.artifactoryAdmin(); err != nil {
		return err
	}
	views := []legacyView{}
	c.s.mu.Lock()
	shown := c.s.tokens.visible(nil, c.now, c.faults.revokeLag())
	c.s.mu.Unlock()
	for _, t := range shown {
		views = append(views, legacyView{t.issuer, t.subject, t.expires, t.refresh != "", t.id, t.issued})
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
	t, err := c.s.byValue(shown)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if shown == "" {
		t, err = c.s.tokens.byID[id], nil
	} else if old := c.s.tokens.byRefresh[shown]; old != nil {
		t, err = old, nil
	}
	switch {
	case err != nil:
		return err
	case t == nil || t.dead(c.now, 0):
		return c.text("Token not found")
	case c.kill(t) != nil:
		// Access's refusal inside Artifactory's: the body was observed, that the answer's own status is 500 is inferred.
		return refuse(http.StatusInternalServerError, "HTTP response status 400:Failed on executing "+
			"/api/v1/oauth/token/revoke, with response: {\n  \"code\" : \"BAD_REQUEST\",\n"+
			"  \"message\" : \"Token not revocable\"\n}")
	}
	return c.text("Token revoked")
}
