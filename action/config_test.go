package action_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
)

// What can't be sent is found before anything is, and all of it at once.
func TestMint_RefusesAConfigurationThatCanNotBeSent(t *testing.T) {
	t.Parallel()
	idToken := func(context.Context, string) (action.Secret, error) { return action.NewSecret("x"), nil }
	for name, test := range map[string]struct {
		change func(*action.Config)
		field  string
	}{
		"no url":                  {func(c *action.Config) { c.URL = "" }, "url"},
		"a url with a password":   {func(c *action.Config) { c.URL = "https://u:secret@acme.jfrog.io" }, "url"},
		"http to elsewhere":       {func(c *action.Config) { c.URL = "http://acme.jfrog.io" }, "url"},
		"an artifactory url":      {func(c *action.Config) { c.ArtifactoryURL = "ftp://x" }, "artifactory-url"},
		"no credentials":          {func(c *action.Config) { c.Credentials = action.Credentials{} }, "credentials"},
		"two kinds":               {func(c *action.Config) { c.Credentials.User, c.Credentials.Password = "u", action.NewSecret("p") }, "credentials"},
		"a provider and a token":  {func(c *action.Config) { c.Credentials.Provider = "p"; c.IDToken = idToken }, "credentials"},
		"no password":             {func(c *action.Config) { c.Credentials = action.Credentials{User: "u"} }, "password"},
		"a password alone":        {func(c *action.Config) { c.Credentials = action.Credentials{Password: action.NewSecret("p")} }, "credentials"},
		"no ID token":             {func(c *action.Config) { c.Credentials = action.Credentials{Provider: "p"} }, "oidc-provider-name"},
		"a scope and groups":      {func(c *action.Config) { c.Scope = "applied-permissions/user" }, "scope"},
		"a scope and grant-admin": {func(c *action.Config) { c.Groups, c.Scope, c.GrantAdmin = nil, "applied-permissions/user", true }, "scope"},
		"an open quote":           {func(c *action.Config) { c.Groups, c.Scope = nil, `applied-permissions/groups:"a` }, "scope"},
		"a scope of spaces":       {func(c *action.Config) { c.Groups, c.Scope = nil, "  " }, "scope"},
		"a scope of no groups":    {func(c *action.Config) { c.Groups, c.Scope = nil, "applied-permissions/groups:," }, "scope"},
		"a long scope":            {func(c *action.Config) { c.Groups = []string{strings.Repeat("x", 501)} }, "scope"},
		"no group":                {func(c *action.Config) { c.Groups = []string{""} }, "groups"},
		"an empty group":          {func(c *action.Config) { c.Groups = []string{"CI", ""} }, "groups"},
		"a group of spaces":       {func(c *action.Config) { c.Groups = []string{" "} }, "groups"},
		"a quote in a group":      {func(c *action.Config) { c.Groups = []string{`a"b`} }, "groups"},
		"a scope in a group":      {func(c *action.Config) { c.Groups = []string{`x" applied-permissions/admin "`} }, "groups"},
		"lines in a group":        {func(c *action.Config) { c.Groups = []string{"a\nb"} }, "groups"},
		"a tab in a group":        {func(c *action.Config) { c.Groups = []string{"a\tb"} }, "groups"},
		"a long description":      {func(c *action.Config) { c.Description = strings.Repeat("ä", 1025) }, "description"},
		"no room for the job":     {func(c *action.Config) { c.Description = strings.Repeat("ä", 1000) }, "description"},
		"half a second":           {func(c *action.Config) { c.Expiry = 1500 * time.Millisecond }, "expiry"},
		"a negative expiry":       {func(c *action.Config) { c.Expiry = -time.Second }, "expiry"},
		"two hundred years":       {func(c *action.Config) { c.Expiry = 200 * 365 * 24 * time.Hour }, "expiry"},
		"a negative timeout":      {func(c *action.Config) { c.Timeout = -time.Second }, "timeout"},
		"two hours":               {func(c *action.Config) { c.Timeout = 2 * time.Hour }, "timeout"},
		"nothing to do":           {func(c *action.Config) { c.Mint = action.MintNever }, "mint"},
		"a mode that isn't one":   {func(c *action.Config) { c.Mint = "sometimes" }, "mint"},
		"an API that isn't one":   {func(c *action.Config) { c.API = "acess" }, "api"},
		"no legacy exchange": {func(c *action.Config) {
			c.API, c.Credentials, c.IDToken = action.APILegacy, action.Credentials{Provider: "p"}, idToken
		}, "oidc-provider-name"},
		"certificates":              {func(c *action.Config) { c.RootsPEM = []byte("x") }, "certificates"},
		"half a client certificate": {func(c *action.Config) { c.ClientCertPEM = []byte("x") }, "certificates"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				test.change(&p.config)
				token, err := p.client.Mint(t.Context(), p.config)
				var config *action.ConfigError
				if token != nil || !errors.As(err, &config) || config.Field != test.field || config.Hint() == "" || len(p.Server.Requests()) > 0 {
					t.Errorf("%v, %v, %d requests", token, err, len(p.Server.Requests()))
				}
				if err != nil && strings.Contains(err.Error(), "secret") {
					t.Errorf("a password is in the error: %v", err)
				}
			})
		})
	}
}

func TestMint_NamesEveryFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := new(action.Client).Mint(t.Context(), action.Config{Expiry: -5, GrantAdmin: true, Scope: "x"})
	for _, field := range []string{"url: ", "credentials: ", "scope: ", "expiry: "} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%q isn't in: %v", field, err)
		}
	}
}

func TestConfig_AskedScope(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]action.Config{
		"":                             {},
		"applied-permissions/user":     {Scope: "applied-permissions/user"},
		"applied-permissions/groups:a": {Groups: []string{"a"}},
		"applied-permissions/admin":    {GrantAdmin: true},
		`applied-permissions/groups:a,"b c" applied-permissions/admin`: {Groups: []string{"a", "b c"}, GrantAdmin: true},
	} {
		if got := config.AskedScope(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What Mint takes, the post step takes too.
func TestMint_SavesAStateThatCanBeRead(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*action.Config){
		"defaults":        func(*action.Config) {},
		"an hour":         func(c *action.Config) { c.Timeout = time.Hour },
		"half a second":   func(c *action.Config) { c.Timeout = 500 * time.Millisecond },
		"never":           func(c *action.Config) { c.Expiry = action.NeverExpires },
		"the platform's":  func(c *action.Config) { c.Expiry = action.PlatformExpiry },
		"a hundred years": func(c *action.Config) { c.Expiry = 99 * 365 * 24 * time.Hour },
		"a slash":         func(c *action.Config) { c.URL += "/" },
		"everything": func(c *action.Config) {
			c.Refreshable, c.Reference, c.FailOnRevoke, c.ArtifactoryURL = true, true, true, c.URL+"/artifactory"
		},
		"by the legacy API": func(c *action.Config) { c.API = action.APILegacy },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				change(&p.config)
				state := p.minted(t).State()
				text, err := state.Encode()
				if err != nil {
					t.Fatal(err)
				}
				read, err := action.DecodeState(text)
				if err != nil || read != state {
					t.Errorf("%v\n%+v\n%+v", err, state, read)
				}
				if report := p.client.Revoke(t.Context(), read); !report.Dead() {
					t.Errorf("got %s", report)
				}
			})
		})
	}
}
