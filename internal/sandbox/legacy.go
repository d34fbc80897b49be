package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// legacyResponse has the members of the older API in the order that was observed. There is no token_id.
type legacyResponse struct {
	Scope        string `json:"scope"`
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in,omitempty"`
	TokenType    string `json:"token_type"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// legacyExpiry is the older API's default and whoever isn't an administrator gets no more (documented).
const legacyExpiry = 3600

// legacyMint makes or refreshes a token of the older API, whose bodies are forms.
func (c *call) legacyMint() error {
	form, err := c.form()
	if err != nil {
		return err
	}
	var o order
	switch kind := form.Get("grant_type"); kind {
	case "", grantCredentials:
		o, err = c.legacyOrder(form)
	case grantRefresh:
		o, err = c.legacyRefresh(form)
	default:
		err = badRequest("Unsupported grant_type: " + kind)
	}
	if err != nil {
		return err
	}
	o.scope = c.faults.broaden(o.scope)
	t, signed, err := c.s.issue(o, c.now)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, legacyResponse{t.scope, signed, t.lifetime(), "Bearer", t.refresh})
}

func (c *call) legacyOrder(form url.Values) (order, error) {
	p, err := c.artifactoryCaller()
	if err != nil {
		return order{}, err
	}
	lifetime, err := c.legacyLifetime(p, form)
	if err != nil {
		return order{}, err
	}
	name := form.Get("username")
	if name == "" {
		name = p.username
	}
	o := order{
		username: strings.ToLower(name), audience: form.Get("audience"), lifetime: lifetime,
		refreshable: form.Get("refreshable") == "true", legacy: true,
	}
	o.subject = c.s.artifactory + "/users/" + o.username
	if o.audience == "" {
		o.audience = c.s.artifactory
	}
	o.scope, err = c.legacyScope(p, o.username, form.Get("scope"))
	return o, err
}

func (c *call) legacyLifetime(p *principal, form url.Values) (int64, error) {
	asked, err := seconds(form.Get("expires_in"))
	if err != nil {
		return 0, err
	}
	lifetime := value(asked, legacyExpiry)
	if !p.grants.admin && (lifetime == 0 || lifetime > legacyExpiry) {
		return 0, forbidden()
	}
	return lifetime, checkExpiry(lifetime)
}

// legacyScope decides the scope: groups are mandatory for a user that doesn't exist, an existing one has his own
// without; api:* is always granted (all documented). Whoever isn't an administrator gets his own permissions, and only
// by a token that has them: one that was narrowed to groups would widen itself.
func (c *call) legacyScope(p *principal, username, asked string) (string, error) {
	permits, err := parseScopeOf(asked, true)
	if err != nil {
		return "", badRequest("Invalid scope: " + err.Error())
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	own := username == p.username && p.grants.identity && ownGroupsOnly(permits)
	if !p.grants.admin && !own {
		return "", forbidden()
	}
	if err := c.s.world.checkScope(permits, ""); err != nil {
		return "", err
	}
	if err := c.legacyAdministers(permits); err != nil {
		return "", err
	}
	has := func(kind permitKind) bool {
		return slices.ContainsFunc(permits, func(p permit) bool { return p.kind == kind })
	}
	switch {
	case !has(permitGroups) && c.s.world.users[username] == nil:
		return "", badRequest("The member-of-groups scope is mandatory for a user that does not exist: " + username)
	case !has(permitGroups) && !has(permitAdmin):
		asked = "member-of-groups:* " + asked
	}
	return withAPI(asked)
}

// legacyAdministers refuses another installation's administration.
func (c *call) legacyAdministers(permits []permit) error {
	for _, p := range permits {
		if p.kind == permitAdmin && !inAudience([]string{p.target}, c.s.artifactory) {
			return badRequest("Invalid scope: unknown service " + p.target)
		}
	}
	return nil
}

// withAPI moves api:* to the scope's end. A space may stand in a group's name, and so may two.
func withAPI(scope string) (string, error) {
	parts, err := splitOutsideQuotes(scope, ' ')
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" || part == "api:*" })
	return strings.Join(append(parts, "api:*"), " "), err
}

// ownGroupsOnly reports whether a scope asks for no more than the user's own permissions.
func ownGroupsOnly(permits []permit) bool {
	for _, p := range permits {
		own := p.kind == permitGroups && len(p.names) == 1 && p.names[0] == "*"
		if !own && p.kind != permitAPI {
			return false
		}
	}
	return true
}

// legacyRefresh needs no credentials but the two tokens (documented).
func (c *call) legacyRefresh(form url.Values) (order, error) {
	life := func(p *principal, old *token) (int64, error) {
		if form.Get("expires_in") == "" {
			return old.lifetime(), nil
		}
		return c.legacyLifetime(p, form)
	}
	return c.retire(form.Get("refresh_token"), form.Get("access_token"), true, life)
}
