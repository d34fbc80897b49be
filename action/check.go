package action

import (
	"errors"
	"fmt"
	"math"
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

func (c Config) checkRequest() (problems []error) {
	fail := func(field, reason, fix string) {
		problems = append(problems, &ConfigError{Field: field, Reason: reason, Fix: fix})
	}
	if c.Scope != "" && (len(c.Groups) > 0 || c.GrantAdmin) {
		fail("scope", "groups or grant-admin is set too", "write all of it into scope, or leave scope out")
	}
	if scope := c.AskedScope(); len(scope) > jfrog.MaxScope {
		fail("scope", fmt.Sprintf("%d bytes, more than the %d that JFrog takes", len(scope), jfrog.MaxScope),
			"ask for less, or make one group in JFrog that has what the job needs")
	} else if _, err := jfrog.ParseScope(scope); err != nil {
		fail("scope", err.Error(), `write it as JFrog does, such as applied-permissions/groups:CI,"a b"`)
	}
	if count := utf8.RuneCountInString(c.Description); count > maxDescription {
		fail("description", fmt.Sprintf("%d characters, more than the %d that JFrog takes", count, maxDescription), "shorten it")
	}
	if c.Expiry > 0 && (c.Expiry%time.Second != 0 || c.Expiry > math.MaxInt64-time.Hour) || c.Expiry < PlatformExpiry {
		fail("expiry", fmt.Sprintf("%s is not a whole number of seconds", c.Expiry), "give seconds, NeverExpires or PlatformExpiry")
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

func (c Credentials) wire() jfrog.Credentials {
	return jfrog.Credentials{Token: c.Token, User: c.User, Password: c.Password}
}

type certificates struct{ roots, cert, key []byte }

func (c Config) certificates() certificates {
	return certificates{c.RootsPEM, c.ClientCertPEM, c.ClientKeyPEM}
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
