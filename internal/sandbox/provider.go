package sandbox

import (
	"cmp"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Provider is an OIDC integration in JFrog's own words (read in JFrog's Terraform provider).
type Provider struct {
	Name                 string `json:"name"`
	IssuerURL            string `json:"issuer_url"`
	Description          string `json:"description,omitempty"`
	ProviderType         string `json:"provider_type"`
	Audience             string `json:"audience,omitempty"`
	Organization         string `json:"organization,omitempty"`
	ProjectKey           string `json:"project_key,omitempty"`
	TokenIssuer          string `json:"token_issuer,omitempty"`
	AzureAppID           string `json:"azure_app_id,omitempty"`
	UseDefaultProxy      bool   `json:"use_default_proxy,omitempty"`
	EnablePermissiveConf bool   `json:"enable_permissive_configuration,omitempty"`
}

// Mapping is an identity mapping: which ID tokens get which access token.
type Mapping struct {
	Name         string         `json:"name"`
	Description  string         `json:"description,omitempty"`
	ProviderName string         `json:"provider_name,omitempty"`
	Priority     int            `json:"priority"`
	Claims       map[string]any `json:"claims"`
	TokenSpec    TokenSpec      `json:"token_spec"`
	ProjectKey   string         `json:"project_key,omitempty"`
}

// TokenSpec is what a mapping's tokens are like.
type TokenSpec struct {
	Username        string `json:"username,omitempty"`
	UsernamePattern string `json:"username_pattern,omitempty"`
	GroupsPattern   string `json:"groups_pattern,omitempty"`
	Scope           string `json:"scope,omitempty"`
	Audience        string `json:"audience,omitempty"`
	ExpiresIn       *int64 `json:"expires_in,omitempty"`
}

// provider is a Provider in the world.
type provider struct {
	Provider
	mappings map[string]*Mapping
}

// defaultMappingExpiry is what JFrog's REST pages give; its Terraform provider says 60.
const defaultMappingExpiry = 3600

// maxMappingExpiry, in seconds: JFrog refuses 1,200,000,000 (its Terraform provider's test), from where on nothing says.
const maxMappingExpiry = 1_000_000_000

func startProviders() map[string]*provider {
	mapped := func(name, username, scope string, seconds int64) *provider {
		spec := TokenSpec{Username: username, Scope: scope, Audience: "*@*", ExpiresIn: &seconds}
		return &provider{
			Provider: Provider{Name: name, ProviderType: "GitHub", EnablePermissiveConf: true},
			mappings: map[string]*Mapping{name: {Name: name, ProviderName: name, Priority: 1, Claims: map[string]any{}, TokenSpec: spec}},
		}
	}
	return map[string]*provider{
		"github":        mapped("github", "ci-bot", "applied-permissions/groups:CI", 300),
		"github-user":   mapped("github-user", "robot", userScope, 300),
		"github-broker": mapped("github-broker", "token-broker", adminScope, 60),
	}
}

// issuerOf resolves an empty issuer, which stands for the sandbox's own.
func (s *Server) issuerOf(p Provider) string { return cmp.Or(p.IssuerURL, s.IssuerURL()) }

// providers are OIDC integrations. The statuses of success are inferred; paths and members were read in JFrog's
// Terraform provider.
func providers() collection[provider] {
	return collection[provider]{
		kind: "Provider", admin: (*call).adminCaller,
		items: func(c *call) (map[string]*provider, error) { return c.s.world.providers, nil },
		show: func(c *call, p *provider) any {
			view := p.Provider
			view.IssuerURL = cmp.Or(view.IssuerURL, c.s.baseURL+issuerPath)
			return view
		},
		parse: func(c *call, path string) (string, *provider, error) {
			in := &provider{Provider: Provider{Name: path}, mappings: map[string]*Mapping{}}
			if err := c.decode(&in.Provider); err != nil {
				return "", nil, err
			}
			if old := c.s.world.providers[path]; old != nil {
				in.mappings = old.mappings
			}
			return in.Name, in, in.check(c.s.version)
		},
	}
}

// check wants an issuer over https, as JFrog does; the sandbox's own and others on loopback may do without.
func (p Provider) check(at version) error {
	issuer, err := url.Parse(p.IssuerURL)
	switch {
	case !isProviderName(p.Name):
		return badRequest("Invalid provider name " + p.Name)
	case err != nil || issuer.Host == "":
		return badRequest("Invalid issuer_url: " + p.IssuerURL)
	case issuer.Scheme != "https" && !isLoopback(issuer.Hostname()):
		return badRequest("issuer_url must use the https protocol: " + p.IssuerURL)
	case !slices.Contains([]string{"GitHub", "GitHub Enterprise", "Azure", "Generic OpenID Connect"}, p.ProviderType):
		return badRequest("Invalid provider_type: " + p.ProviderType)
	}
	required := p.ProviderType == "GitHub" && at >= organizationSince ||
		p.ProviderType == "GitHub Enterprise" && at >= organizationGHESince
	if required && p.Organization == "" && !p.EnablePermissiveConf {
		return badRequest("organization is required for provider_type " + p.ProviderType)
	}
	return nil
}

func isProviderName(name string) bool {
	return regexp.MustCompile(`^[a-z][a-z0-9-]+$`).MatchString(name)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// mappings are the identity mappings of the provider that the path names.
func mappings() collection[Mapping] {
	return collection[Mapping]{
		kind: "Identity mapping", admin: (*call).adminCaller,
		items: func(c *call) (map[string]*Mapping, error) {
			if p := c.s.world.providers[c.r.PathValue("provider")]; p != nil {
				return p.mappings, nil
			}
			return nil, notFound("Provider " + c.r.PathValue("provider") + " not found")
		},
		show: func(_ *call, m *Mapping) any { return m },
		parse: func(c *call, path string) (string, *Mapping, error) {
			in := &Mapping{Name: path}
			if err := c.decode(in); err != nil {
				return "", nil, err
			}
			in.ProviderName = c.r.PathValue("provider")
			in.ProjectKey = cmp.Or(in.ProjectKey, c.r.URL.Query().Get("project_key"))
			return in.Name, in, in.check()
		},
	}
}

// check refuses what a token can't be.
func (m *Mapping) check() error {
	spec := m.TokenSpec
	_, err := parseScopeOf(spec.Scope, false)
	needsUser := (spec.Scope == "" || spec.Scope == userScope) && spec.GroupsPattern == ""
	seconds := value(spec.ExpiresIn, 0)
	switch {
	case m.Name == "":
		return badRequest("Identity mapping without a name")
	case err != nil:
		return badRequest("Invalid scope: " + err.Error())
	case needsUser && spec.Username == "" && spec.UsernamePattern == "":
		return badRequest("username is required for scope " + userScope)
	case seconds < 0 || seconds > maxMappingExpiry:
		return badRequest("Invalid expiry")
	}
	return nil
}

// inOrder gives mappings in the order in which they are tried: the lower priority number first.
func inOrder(mappings map[string]*Mapping) []*Mapping {
	ordered := make([]*Mapping, 0, len(mappings))
	for _, name := range sortedKeys(mappings) {
		ordered = append(ordered, mappings[name])
	}
	slices.SortStableFunc(ordered, func(a, b *Mapping) int { return cmp.Compare(a.Priority, b.Priority) })
	return ordered
}

// ownsRepository holds a GitHub provider's organization against the ID token (inferred: the member is documented as
// required, what it is compared with isn't).
func (p Provider) ownsRepository(claims map[string]any) bool {
	owner, _ := claims["repository_owner"].(string)
	return p.Organization == "" || !strings.HasPrefix(p.ProviderType, "GitHub") || strings.EqualFold(owner, p.Organization)
}
