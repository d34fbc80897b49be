package sandbox

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// JFrog's defaults, in seconds (documented).
const (
	defaultExpiry              = 31_536_000
	defaultRevocableThreshold  = 21_600
	defaultPersistentThreshold = 10_800
	defaultRefreshExpiry       = 86_400
)

// Config is the sandbox's configuration file. Token has the keys of JFrog's access.config.yml; the lists are added to
// the start world, an entry with a known name taking the other's place.
type Config struct {
	Token        TokenConfig        `json:"token"`
	Groups       []GroupConfig      `json:"groups"`
	Users        []UserConfig       `json:"users"`
	Projects     []ProjectConfig    `json:"projects"`
	Repositories []RepositoryConfig `json:"repositories"`
	Permissions  []PermissionConfig `json:"permissions"`
	Providers    []ProviderConfig   `json:"providers"`
}

// TokenConfig has the keys under "token" of access.config.yml, all in seconds, and some of the sandbox's own. A nil
// field means JFrog's default.
type TokenConfig struct {
	DefaultExpiry             *int64 `json:"default-expiry"`              // for a token without expires_in
	MaxExpiry                 *int64 `json:"max-expiry"`                  // for whoever isn't an administrator; 0 is none
	AllowRefreshable          *bool  `json:"allow-refreshable"`           // true
	RefreshExpiry             *int64 `json:"refresh-expiry"`              // how long after expiry a token can be refreshed
	RevocableExpiryThreshold  *int64 `json:"revocable-expiry-threshold"`  // 0: all revocable; -1: none that expires
	PersistentExpiryThreshold *int64 `json:"persistent-expiry-threshold"` // <= 0: all stored

	// EnableTokenGenerationViaAPI is the switch of JFrog's settings page that lets user and password mint; false.
	EnableTokenGenerationViaAPI *bool `json:"enable-token-generation-via-api"`
	// UnstoredRevocation is the sandbox's own: the status that answers the revocation of a token that isn't stored, which
	// goes on working: 204, 400 or 404; 204.
	UnstoredRevocation *int `json:"unstored-revocation"`
	// ForceRevocableStored is the sandbox's own: whether force_revocable also stores a short-lived token; true.
	ForceRevocableStored *bool `json:"force-revocable-stored"`
	// LegacyRevocableExpiryThreshold is the sandbox's own: the revocable threshold for tokens of the legacy API; 0.
	LegacyRevocableExpiryThreshold *int64 `json:"legacy-revocable-expiry-threshold"`
}

// ProviderConfig is an OIDC integration with its identity mappings, as JFrog's administration writes them. Without an
// issuer_url it trusts the sandbox's own issuer.
type ProviderConfig struct {
	Provider
	Mappings []Mapping `json:"identity_mappings"`
}

const maxConfigBytes = 1 << 20

// ReadConfig reads a configuration file: JSON, no unknown members, at most 1 MiB.
func ReadConfig(r io.Reader) (Config, error) {
	var c Config
	text, err := io.ReadAll(io.LimitReader(r, maxConfigBytes+1))
	if err != nil {
		return c, fmt.Errorf("reading the configuration: %w", err)
	}
	if len(text) > maxConfigBytes {
		return c, fmt.Errorf("reading the configuration: more than %d bytes", maxConfigBytes)
	}
	if err := decodeStrict(text, &c); err != nil {
		return c, fmt.Errorf("parsing the configuration: %w", err)
	}
	return c, c.check()
}

// check refuses thresholds that JFrog refuses.
func (c Config) check() error {
	t := c.Token
	revocable, persistent := t.revocableThreshold(false), value(t.PersistentExpiryThreshold, defaultPersistentThreshold)
	if revocable > 0 && persistent > revocable {
		return fmt.Errorf("persistent-expiry-threshold %d is above revocable-expiry-threshold %d", persistent, revocable)
	}
	if checkExpiry(t.defaultExpiry()) != nil {
		return fmt.Errorf("default-expiry %d is out of range", t.defaultExpiry())
	}
	if status := value(t.UnstoredRevocation, 204); !slices.Contains([]int{204, 400, 404}, status) {
		return fmt.Errorf("unstored-revocation %d is none of 204, 400, 404", status)
	}
	if limit := value(t.MaxExpiry, 0); limit > 0 && limit < t.defaultExpiry() {
		return fmt.Errorf("max-expiry %d is below default-expiry %d", limit, t.defaultExpiry())
	}
	return nil
}

func (config TokenConfig) defaultExpiry() int64 { return value(config.DefaultExpiry, defaultExpiry) }

func (config TokenConfig) revocableThreshold(legacy bool) int64 {
	if legacy {
		return value(config.LegacyRevocableExpiryThreshold, 0)
	}
	return value(config.RevocableExpiryThreshold, defaultRevocableThreshold)
}

// value returns what p points to, or otherwise.
func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// apply adds the configuration's lists to the world.
func (c Config) apply(w *world) error {
	for _, g := range c.Groups {
		w.groups[g.Name] = &g
	}
	for _, u := range c.Users {
		if err := w.checkUser(&u); err != nil {
			return fmt.Errorf("configuring users: %w", err)
		}
		w.users[u.Name] = &u
	}
	for _, p := range c.Projects {
		w.projects[p.Key] = &p
	}
	for _, r := range c.Repositories {
		r.Class, r.PackageType = cmp.Or(r.Class, "local"), cmp.Or(r.PackageType, "generic")
		w.repositories[r.Key] = &r
	}
	for _, p := range c.Permissions {
		if err := p.check(); err != nil {
			return fmt.Errorf("configuring permission %q: %w", p.Name, err)
		}
		w.permissions[p.Name] = &p
	}
	for _, p := range c.Providers {
		if err := w.addProvider(p); err != nil {
			return fmt.Errorf("configuring provider %q: %w", p.Name, err)
		}
	}
	return nil
}

func (w *world) addProvider(p ProviderConfig) error {
	if !isProviderName(p.Name) {
		return badRequest("Invalid provider name " + p.Name)
	}
	added := &provider{p.Provider, map[string]*Mapping{}}
	for _, m := range p.Mappings {
		if err := m.check(); err != nil {
			return err
		}
		m.ProviderName = p.Name
		added.mappings[m.Name] = &m
	}
	w.providers[p.Name] = added
	return nil
}
