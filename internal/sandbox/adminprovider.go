package sandbox

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// providerTable has the administration of OIDC integrations and their identity mappings. The statuses of success are
// inferred; the paths and members were read in JFrog's Terraform provider.
func providerTable() []route {
	const one, mappings = oidcPath + "/{provider}", oidcPath + "/{provider}/identity_mappings"
	return []route{
		{"", get, oidcPath, oidcSince, (*call).listProviders},
		{"", post, oidcPath, oidcSince, (*call).addProvider},
		{"", get, one, oidcSince, (*call).getProvider},
		{"", put, one, oidcSince, (*call).changeProvider},
		{"", remove, one, oidcSince, (*call).removeProvider},
		{"", get, mappings, oidcSince, (*call).listMappings},
		{"", post, mappings, oidcSince, (*call).addMapping},
		{"", get, mappings + "/{mapping}", oidcSince, (*call).getMapping},
		{"", put, mappings + "/{mapping}", oidcSince, (*call).changeMapping},
		{"", remove, mappings + "/{mapping}", oidcSince, (*call).removeMapping},
	}
}

// asAdmin runs the work for an administrator, under the server's lock.
func (c *call) asAdmin(work func(w *world) error) error {
	if _, err := c.adminCaller(); err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return work(c.s.world)
}

// withProvider is asAdmin for the provider that the path names.
func (c *call) withProvider(work func(w *world, p *provider) error) error {
	return c.asAdmin(func(w *world) error {
		p := w.providers[c.params["provider"]]
		if p == nil {
			return notFound("Provider " + c.params["provider"] + " not found")
		}
		return work(w, p)
	})
}

// shown fills in the issuer that a provider of the start world has. It needs the server's lock.
func (c *call) shown(p *provider) Provider {
	view := p.Provider
	if view.IssuerURL == "" {
		view.IssuerURL = c.s.baseURL + issuerPath
	}
	return view
}

func (c *call) listProviders() error {
	return c.asAdmin(func(w *world) error {
		views := []Provider{}
		for _, p := range sortedValues(w.providers) {
			views = append(views, c.shown(p))
		}
		return c.json(http.StatusOK, views)
	})
}

func (c *call) getProvider() error {
	return c.withProvider(func(_ *world, p *provider) error { return c.json(http.StatusOK, c.shown(p)) })
}

func (c *call) addProvider() error {
	return c.asAdmin(func(w *world) error {
		var p Provider
		if err := c.decode(&p); err != nil {
			return err
		}
		if w.providers[p.Name] != nil {
			return refuse(http.StatusConflict, "Provider "+p.Name+" already exists")
		}
		if err := c.checkProvider(p); err != nil {
			return err
		}
		if err := w.putProvider(p, nil); err != nil {
			return badRequest(err.Error())
		}
		return c.json(http.StatusCreated, p)
	})
}

func (c *call) changeProvider() error {
	return c.withProvider(func(_ *world, old *provider) error {
		p := Provider{Name: old.Name}
		if err := c.decode(&p); err != nil {
			return err
		}
		if p.Name != old.Name {
			return badRequest("The name of a provider cannot be changed")
		}
		if err := c.checkProvider(p); err != nil {
			return err
		}
		old.Provider = p
		return c.json(http.StatusOK, p)
	})
}

func (c *call) removeProvider() error {
	return c.withProvider(func(w *world, p *provider) error {
		delete(w.providers, p.Name)
		return c.empty(http.StatusNoContent)
	})
}

// checkProvider wants an issuer over https, as JFrog does; the sandbox's own and others on loopback may do without.
// It needs the server's lock.
func (c *call) checkProvider(p Provider) error {
	issuer, err := url.Parse(p.IssuerURL)
	switch {
	case err != nil || issuer.Host == "":
		return badRequest("Invalid issuer_url: " + p.IssuerURL)
	case issuer.Scheme != "https" && !isLoopback(issuer.Hostname()):
		return badRequest("issuer_url must use the https protocol: " + p.IssuerURL)
	case !slices.Contains(providerTypes(), p.ProviderType):
		return badRequest("Invalid provider_type: " + p.ProviderType)
	}
	required := p.ProviderType == "GitHub" && c.s.version >= organizationSince ||
		strings.HasPrefix(p.ProviderType, "GitHub ") && c.s.version >= organizationGHESince
	if required && p.Organization == "" && !p.EnablePermissiveConf {
		return badRequest("organization is required for provider_type " + p.ProviderType)
	}
	return nil
}

func providerTypes() []string {
	return []string{"GitHub", "GitHub Enterprise", "Azure", "Generic OpenID Connect"}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// withMapping is withProvider for the mapping that the path names, as an index.
func (c *call) withMapping(work func(p *provider, at int) error) error {
	return c.withProvider(func(_ *world, p *provider) error {
		at := slices.IndexFunc(p.mappings, func(m Mapping) bool { return m.Name == c.params["mapping"] })
		if at < 0 {
			return notFound("Identity mapping " + c.params["mapping"] + " not found")
		}
		return work(p, at)
	})
}

func (c *call) listMappings() error {
	return c.withProvider(func(_ *world, p *provider) error {
		return c.json(http.StatusOK, append([]Mapping{}, p.mappings...))
	})
}

func (c *call) getMapping() error {
	return c.withMapping(func(p *provider, at int) error { return c.json(http.StatusOK, p.mappings[at]) })
}

func (c *call) addMapping() error {
	return c.withProvider(func(_ *world, p *provider) error {
		var m Mapping
		if err := c.decode(&m); err != nil {
			return err
		}
		if slices.ContainsFunc(p.mappings, func(old Mapping) bool { return old.Name == m.Name }) {
			return refuse(http.StatusConflict, "Identity mapping "+m.Name+" already exists")
		}
		return c.putMapping(p, m, http.StatusCreated)
	})
}

func (c *call) changeMapping() error {
	return c.withMapping(func(p *provider, at int) error {
		m := Mapping{Name: p.mappings[at].Name}
		if err := c.decode(&m); err != nil {
			return err
		}
		if m.Name != p.mappings[at].Name {
			return badRequest("The name of an identity mapping cannot be changed")
		}
		return c.putMapping(p, m, http.StatusOK)
	})
}

func (c *call) putMapping(p *provider, m Mapping, status int) error {
	spec := m.TokenSpec
	needsUser := spec.Scope == "" || spec.Scope == userScope
	if needsUser && spec.GroupsPattern == "" && spec.Username == "" && spec.UsernamePattern == "" {
		return badRequest("username is required for scope " + userScope)
	}
	if m.ProjectKey == "" {
		m.ProjectKey = c.r.URL.Query().Get("project_key")
	}
	if err := p.putMapping(m); err != nil {
		return badRequest(err.Error())
	}
	m.ProviderName = p.Name
	return c.json(status, m)
}

func (c *call) removeMapping() error {
	return c.withMapping(func(p *provider, at int) error {
		// A copy: an exchange that is under way holds the old one.
		p.mappings = slices.Delete(slices.Clone(p.mappings), at, at+1)
		return c.empty(http.StatusNoContent)
	})
}
