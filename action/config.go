package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// API names a generation of JFrog's token API.
type API string

// The APIs. Auto uses the Access API (JFrog 7.21.1), and the legacy one only where the server is too old for it.
const (
	APIAuto   API = "auto"
	APIAccess API = "access"
	APILegacy API = "legacy"
)

// MintMode says when a token is minted from the one that an exchange gave.
type MintMode string

// The modes. Auto mints when what was asked differs from what the identity mapping gave, or when only a minted token can
// be revoked.
const (
	MintAuto   MintMode = "auto"
	MintAlways MintMode = "always"
	MintNever  MintMode = "never"
)

// Defaults, and special values of Config.Expiry.
const (
	DefaultTimeout = time.Minute
	DefaultExpiry  = time.Hour

	NeverExpires   time.Duration = -1 // ask for a token that never expires
	PlatformExpiry time.Duration = -2 // leave the expiry to the platform

	maxTimeout = time.Hour
)

// Credentials are what the new token is made with: a provider, a token, or a user with a password.
type Credentials struct {
	Provider string // OIDC integration in JFrog; the ID token comes from Config.IDToken
	Token    Secret
	User     string
	Password Secret
	Origin   string // where they were found, for the log; may be empty
}

func (c Credentials) wire() jfrog.Credentials {
	return jfrog.Credentials{Token: c.Token, User: c.User, Password: c.Password}
}

// Config is what one job asks for. URL and Credentials are required, with IDToken where the credentials are a provider;
// the zero value of everything else is a safe default.
type Config struct {
	URL            string // base URL of the platform: https, or http to this machine
	ArtifactoryURL string // where Artifactory isn't below URL + /artifactory
	AllowHTTP      bool   // allow http to other machines
	Credentials    Credentials

	IDToken         func(ctx context.Context, audience string) (Secret, error) // gets the job's ID token
	IDTokenAudience string                                                     // empty: the CI's own
	ProviderType    string                                                     // GitHub, Azure or GenericOidc; may be empty
	IdentityMapping string
	ApplicationKey  string

	Username    string // empty: the creator's
	Groups      []string
	Scope       string // in JFrog's syntax; excludes Groups and GrantAdmin
	GrantAdmin  bool
	Project     string
	Expiry      time.Duration // whole seconds, NeverExpires or PlatformExpiry; 0: an hour, or what the mapping gives
	Refreshable bool
	Reference   bool
	Description string // put before the job's identity; 1024 characters in all
	Audience    string

	API  API      // empty: APIAuto
	Mint MintMode // empty: MintAuto
	// ForceRevocable makes a token revocable although it lives under six hours (JFrog 7.50.3). Nil asks for it where the API
	// has it; true also refuses an API without it; false doesn't ask.
	ForceRevocable    *bool
	AllowBroaderScope bool // warn instead of failing
	NoRevoke          bool // nothing revokes the token when the job ends: don't save its state
	FailOnRevoke      bool // a token that lives on is a failure and not a warning

	RootsPEM                    []byte        // CA certificates to trust besides the system's
	ClientCertPEM, ClientKeyPEM []byte        // for a platform that wants a client certificate
	Timeout                     time.Duration // budget of the whole call, an hour at most; 0: DefaultTimeout
}

type certificates struct{ roots, cert, key []byte }

func (c Config) certificates() certificates {
	return certificates{c.RootsPEM, c.ClientCertPEM, c.ClientKeyPEM}
}

// AskedScope is the scope that the fields add up to; empty when none of them is set.
func (c Config) AskedScope() string {
	if c.Scope != "" {
		return c.Scope
	}
	var items []string
	if len(c.Groups) > 0 {
		items = append(items, jfrog.GroupScope(c.Groups))
	}
	if c.GrantAdmin {
		items = append(items, jfrog.AdminScope)
	}
	return strings.Join(items, " ")
}

func (c Config) forcesRevocable() bool { return c.ForceRevocable == nil || *c.ForceRevocable }

// expiresIn is the expiry as JFrog takes it: seconds, 0 for never, nil for the platform's default.
func (c Config) expiresIn() *int64 {
	switch c.Expiry {
	case 0:
		return new(int64(DefaultExpiry / time.Second))
	case NeverExpires:
		return new(int64(0))
	case PlatformExpiry:
		return nil
	}
	return new(int64(c.Expiry / time.Second))
}

// check finds what can't be sent, before anything is. The error is a *ConfigError, or a join of several.
func (c Config) check() (jfrog.Platform, error) {
	var problems []error
	fail := func(field, reason, fix string) {
		problems = append(problems, &ConfigError{Field: field, Reason: reason, Fix: fix})
	}
	base, err := jfrog.ParseURL(c.URL, c.AllowHTTP)
	if err != nil {
		fail("url", err.Error(), "give the platform's base URL, such as https://acme.jfrog.io")
	}
	platform := jfrog.Platform{URL: base}
	if c.ArtifactoryURL != "" {
		if platform.Artifactory, err = jfrog.ParseURL(c.ArtifactoryURL, c.AllowHTTP); err != nil {
			fail("artifactory-url", err.Error(), "give the URL of Artifactory itself, such as https://artifactory.acme.com")
		}
	}
	kinds := 0
	for _, given := range []bool{c.Credentials.Provider != "", !c.Credentials.Token.IsZero(), c.Credentials.User != ""} {
		if given {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		fail("credentials", fmt.Sprintf("there are %d kinds of them", kinds), "give one: a provider, a token, or a user with a password")
	case c.Credentials.User != "" && c.Credentials.Password.IsZero():
		fail("password", "it is not set", "give user and password together")
	case c.Credentials.Provider != "" && c.IDToken == nil:
		problems = append(problems, errNoIDToken())
	}
	problems = append(problems, c.checkRequest()...)
	return platform, errors.Join(problems...)
}

// maxDescription is the longest description that JFrog takes, in characters (documented).
const maxDescription = 1024

// checkScope finds a scope that JFrog would read in another way than it was meant, or as nothing: nothing is everything.
func (c Config) checkScope() *ConfigError {
	const howTo = `write it as JFrog does, such as applied-permissions/groups:CI,"a b"`
	// A quote or a line break in a name would end the list of groups, and what follows would be a scope of its own.
	if names, err := jfrog.ParseNames(jfrog.FormatNames(c.Groups)); err != nil || !slices.Equal(names, c.Groups) || slices.ContainsFunc(c.Groups, isBlank) {
		return &ConfigError{Field: "groups", Reason: "the name of a group is empty, or holds a quote or a control character", Fix: "name groups as JFrog shows them"}
	}
	asked := c.AskedScope()
	scope, err := jfrog.ParseScope(asked)
	switch {
	case c.Scope != "" && (len(c.Groups) > 0 || c.GrantAdmin):
		return &ConfigError{Field: "scope", Reason: "groups or grant-admin is set too", Fix: "write all of it into scope, or leave scope out"}
	case len(asked) > jfrog.MaxScope:
		return &ConfigError{
			Field: "scope", Reason: fmt.Sprintf("%d bytes, more than the %d that JFrog takes", len(asked), jfrog.MaxScope),
			Fix: "ask for less, or make one group in JFrog that has what the job needs",
		}
	case err != nil:
		return &ConfigError{Field: "scope", Reason: err.Error(), Fix: howTo}
	case asked != "" && scope.Empty():
		return &ConfigError{Field: "scope", Reason: "it grants nothing", Fix: howTo}
	}
	return nil
}

func isBlank(name string) bool { return strings.TrimSpace(name) == "" }

func (c Config) checkRequest() (problems []error) {
	fail := func(field, reason, fix string) {
		problems = append(problems, &ConfigError{Field: field, Reason: reason, Fix: fix})
	}
	if err := c.checkScope(); err != nil {
		problems = append(problems, err)
	}
	if count := utf8.RuneCountInString(c.Description); count > maxDescription {
		fail("description", fmt.Sprintf("%d characters, more than the %d that JFrog takes", count, maxDescription), "shorten it")
	}
	if c.Expiry > 0 && (c.Expiry%time.Second != 0 || c.Expiry > jfrog.MaxSeconds*time.Second) || c.Expiry < PlatformExpiry {
		fail("expiry", fmt.Sprintf("%s is not a whole number of seconds up to a hundred years", c.Expiry), "give seconds, NeverExpires or PlatformExpiry")
	}
	if c.Timeout < 0 || c.Timeout > maxTimeout {
		fail("timeout", fmt.Sprintf("%s is not a time up to %s", c.Timeout, maxTimeout), "give less, or leave it out for a minute")
	}
	if !slices.Contains([]API{"", APIAuto, APIAccess, APILegacy}, c.API) {
		fail("api", fmt.Sprintf("%q is unknown", shown(string(c.API))), "give auto, access or legacy")
	}
	if !slices.Contains([]MintMode{"", MintAuto, MintAlways, MintNever}, c.Mint) {
		fail("mint", fmt.Sprintf("%q is unknown", shown(string(c.Mint))), "give auto, always or never")
	}
	if c.Credentials.Provider == "" && c.Mint == MintNever {
		fail("mint", "never leaves nothing to do without oidc-provider-name", "set oidc-provider-name, or leave mint out")
	}
	if c.API == APILegacy {
		for _, field := range c.notInLegacy() {
			fail(field, "the legacy API doesn't have it, and api is legacy", "set api to auto or access, or remove it")
		}
		if c.Credentials.Provider != "" {
			fail("oidc-provider-name", "the legacy API doesn't have it, and api is legacy", "set api to auto or access, or remove it")
		}
	}
	return problems
}
