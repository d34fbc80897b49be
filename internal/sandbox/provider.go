package sandbox

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
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

// provider is a Provider in the world; its mappings stand in the order in which they are tried.
type provider struct {
	Provider
	mappings []Mapping
}

// defaultMappingExpiry is what JFrog's REST pages give; its Terraform provider says 60.
const defaultMappingExpiry = 3600

func startProviders() map[string]*provider {
	mapped := func(name, username, scope string, seconds int64) *provider {
		return &provider{
			Provider: Provider{Name: name, ProviderType: "GitHub", EnablePermissiveConf: true},
			mappings: []Mapping{{
				Name: name, ProviderName: name, Priority: 1, Claims: map[string]any{},
				TokenSpec: TokenSpec{Username: username, Scope: scope, Audience: "*@*", ExpiresIn: &seconds},
			}},
		}
	}
	return map[string]*provider{
		"github":        mapped("github", "ci-bot", "applied-permissions/groups:CI", 300),
		"github-user":   mapped("github-user", "robot", userScope, 300),
		"github-broker": mapped("github-broker", "token-broker", adminScope, 60),
	}
}

// issuerOf resolves an empty issuer, which stands for the sandbox's own.
func (s *Server) issuerOf(p Provider) string {
	return cmp.Or(p.IssuerURL, s.BaseURL()+issuerPath)
}

// putProvider adds a provider or takes another's place.
func (w *world) putProvider(p Provider, mappings []Mapping) error {
	if !regexp.MustCompile(`^[a-z][a-z0-9-]+$`).MatchString(p.Name) {
		return fmt.Errorf("invalid provider name %q", p.Name)
	}
	added := &provider{Provider: p}
	for _, m := range mappings {
		if err := added.putMapping(m); err != nil {
			return err
		}
	}
	w.providers[p.Name] = added
	return nil
}

// putMapping adds a mapping or takes another's place, and keeps the order: the lower priority number first.
func (p *provider) putMapping(m Mapping) error {
	if m.Name == "" {
		return fmt.Errorf("provider %q: mapping without a name", p.Name)
	}
	if _, err := parseScopeOf(m.TokenSpec.Scope, false); err != nil {
		return fmt.Errorf("mapping %q: %w", m.Name, err)
	}
	if err := checkExpiry(value(m.TokenSpec.ExpiresIn, 0)); err != nil {
		return fmt.Errorf("mapping %q: %w", m.Name, err)
	}
	m.ProviderName = p.Name
	p.mappings = slices.DeleteFunc(slices.Clone(p.mappings), func(old Mapping) bool { return old.Name == m.Name })
	p.mappings = append(p.mappings, m)
	slices.SortStableFunc(p.mappings, func(a, b Mapping) int { return cmp.Compare(a.Priority, b.Priority) })
	return nil
}
