package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strconv"
	"time"
)

// JFrog's defaults, in seconds (documented).
const (
	defaultExpiry              = 31_536_000
	defaultRevocableThreshold  = 21_600
	defaultPersistentThreshold = 10_800
	defaultRefreshExpiry       = 24 * time.Hour
)

// Config is the sandbox's configuration file. Token has the keys of JFrog's access.config.yml; the lists are added to
// the start world, an entry with a known name taking the other's place.
type Config struct {
	Token        TokenConfig        `json:"token"`
	Cloud        bool               `json:"cloud"` // a platform of JFrog's cloud, which had OIDC from 7.73.1
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
	DefaultExpiry             *int64   `json:"default-expiry"`              // for a token without expires_in
	MaxExpiry                 *int64   `json:"max-expiry"`                  // for whoever isn't an administrator; 0 is none
	AllowRefreshable          *bool    `json:"allow-refreshable"`           // true
	RefreshExpiry             *Seconds `json:"refresh-expiry"`              // how long after expiry a token can be refreshed
	RevocableExpiryThreshold  *int64   `json:"revocable-expiry-threshold"`  // 0: all revocable; -1: none that expires
	PersistentExpiryThreshold *int64   `json:"persistent-expiry-threshold"` // <= 0: all stored

	// LastUsedEnabled stands for JFrog's property access_token_last_used_enabled; false.
	LastUsedEnabled *bool `json:"last-used-enabled"`
	// EnableTokenGenerationViaAPI is the switch of JFrog's settings page that lets user and password mint; false.
	EnableTokenGenerationViaAPI *bool `json:"enable-token-generation-via-api"`
	// ForceRevocableStored is the sandbox's own: whether force_revocable also stores a short-lived token; true.
	ForceRevocableStored *bool `json:"force-revocable-stored"`
	// LegacyRevocableExpiryThreshold is the sandbox's own: the revocable threshold for tokens of the older API; 0.
	LegacyRevocableExpiryThreshold *int64 `json:"legacy-revocable-expiry-threshold"`
}

// Seconds is a duration that JSON gives as a number of seconds or as text such as "24h".
type Seconds time.Duration

// UnmarshalJSON reads both forms.
func (d *Seconds) UnmarshalJSON(text []byte) error {
	if n, err := strconv.ParseInt(string(text), 10, 32); err == nil {
		*d = Seconds(time.Duration(n) * time.Second)
		return nil
	}
	var form string
	if err := json.Unmarshal(text, &form); err != nil {
		return fmt.Errorf("parsing duration %s: neither seconds nor text", text)
	}
	parsed, err := time.ParseDuration(form)
	*d = Seconds(parsed)
	return err
}

// GroupConfig is a group of the world.
type GroupConfig struct {
	Name  string `json:"name"`
	Admin bool   `json:"admin"`
}

// UserConfig is a user of the world; names are lower-cased.
type UserConfig struct {
	Name     string   `json:"name"`
	Password string   `json:"password"`
	Admin    bool     `json:"admin"`
	Groups   []string `json:"groups"`
}

// ProjectConfig is a project of the world.
type ProjectConfig struct {
	Key     string              `json:"key"`
	Name    string              `json:"name"`
	Members map[string][]string `json:"members"` // user names to roles
}

// RepositoryConfig is a repository of the world.
type RepositoryConfig struct {
	Key     string `json:"key"`
	Project string `json:"project"`
}

// PermissionConfig is a permission target: names to letters of r read, w deploy, d delete, n annotate, m manage.
type PermissionConfig struct {
	Name         string            `json:"name"`
	Repositories []string          `json:"repositories"`
	Users        map[string]string `json:"users"`
	Groups       map[string]string `json:"groups"`
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
	if err := strict(text, &c); err != nil {
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
	if t.defaultExpiry() < 0 || t.defaultExpiry() > maxLifetime {
		return fmt.Errorf("default-expiry %d is out of range", t.defaultExpiry())
	}
	if limit := value(t.MaxExpiry, 0); limit > 0 && limit < t.defaultExpiry() {
		return fmt.Errorf("max-expiry %d is below default-expiry %d", limit, t.defaultExpiry())
	}
	return nil
}

func (c TokenConfig) defaultExpiry() int64 { return value(c.DefaultExpiry, defaultExpiry) }

func (c TokenConfig) revocableThreshold(legacy bool) int64 {
	if legacy {
		return value(c.LegacyRevocableExpiryThreshold, 0)
	}
	return value(c.RevocableExpiryThreshold, defaultRevocableThreshold)
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
		w.groups[g.Name] = &group{name: g.Name, admin: g.Admin}
	}
	for _, u := range c.Users {
		added := &user{name: u.Name, password: u.Password, admin: u.Admin, groups: u.Groups}
		if err := w.checkUser(added); err != nil {
			return err
		}
		w.users[added.name] = added
	}
	for _, p := range c.Projects {
		w.projects[p.Key] = &project{key: p.Key, name: p.Name, members: cloned(p.Members)}
	}
	for _, r := range c.Repositories {
		w.repositories[r.Key] = &repository{key: r.Key, class: "local", packageType: "generic", project: r.Project}
	}
	for _, p := range c.Permissions {
		w.permissions[p.Name] = &permission{p.Name, p.Repositories, letters(p.Users), letters(p.Groups)}
	}
	for _, p := range c.Providers {
		if err := w.putProvider(p.Provider, p.Mappings); err != nil {
			return err
		}
	}
	return nil
}

func letters(in map[string]string) map[string]actions {
	out := make(map[string]actions, len(in))
	for name, acts := range in {
		out[name] = actions(acts)
	}
	return out
}

// cloned keeps the caller's map out of the world, which changes its own.
func cloned[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	maps.Copy(out, m)
	return out
}
