package action

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/jfrog"
)

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
		fail("mint", "without oidc-provider-name only a mint makes a token, and it is never", "set oidc-provider-name, or leave mint out")
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

func (c Credentials) wire() jfrog.Credentials {
	return jfrog.Credentials{Token: c.Token, User: c.User, Password: c.Password}
}

type certificates struct{ roots, likely, cert, key []byte }

func (c Config) certificates() certificates {
	return certificates{c.RootsPEM, nil, c.ClientCertPEM, c.ClientKeyPEM}
}

// notInLegacy lists the fields of a configuration that the legacy API can't express.
func (c Config) notInLegacy() []string {
	var fields []string
	for _, field := range []struct {
		name string
		used bool
	}{
		{"reference", c.Reference},
		{"project", c.Project != ""},
		{"description", c.Description != ""},
		{"force-revocable", c.ForceRevocable != nil && *c.ForceRevocable},
		{"grant-admin", c.GrantAdmin},
		{"scope", strings.Contains(c.Scope, "applied-permissions/")},
	} {
		if field.used {
			fields = append(fields, field.name)
		}
	}
	return fields
}
