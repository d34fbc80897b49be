package action

import (
	"strings"
	"testing"
	"time"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	group := Token{Scope: "applied-permissions/groups:CI", Username: "ci-bot", ExpiresIn: 5 * time.Minute, Audience: "*@*"}
	user := Token{Scope: "applied-permissions/user", Username: "robot", ExpiresIn: 5 * time.Minute}
	revocable, endless := user, group
	revocable.Revocable, endless.ExpiresIn = true, 0
	with := func(change func(*Config)) Config { c := Config{}; change(&c); return c }
	for name, test := range map[string]struct {
		config         Config
		exchanged      Token
		mint, optional bool
		reason         string
	}{
		"nothing asked":                {Config{}, group, false, false, "what was asked"},
		"the same scope, other words":  {with(func(c *Config) { c.Scope = `applied-permissions/groups:"CI"` }), group, false, false, ""},
		"another group":                {with(func(c *Config) { c.Groups = []string{"x"} }), group, true, false, "scope applied-permissions/groups:x was asked"},
		"a group more":                 {with(func(c *Config) { c.Groups = []string{"CI", "x"} }), group, true, false, "scope "},
		"the same group, other case":   {with(func(c *Config) { c.Groups = []string{"ci"} }), group, true, false, "scope "},
		"another user":                 {with(func(c *Config) { c.Username = "bob" }), group, true, false, "username bob was asked, the mapping gave ci-bot"},
		"the same user, other letters": {with(func(c *Config) { c.Username = "CI-BOT" }), group, false, false, ""},
		"another expiry":               {with(func(c *Config) { c.Expiry = 10 * time.Minute }), group, true, false, "expiry 10m0s was asked, the mapping gave 5m0s"},
		"the same expiry":              {with(func(c *Config) { c.Expiry = 5 * time.Minute }), group, false, false, ""},
		"the platform's expiry":        {with(func(c *Config) { c.Expiry = PlatformExpiry }), group, false, false, ""},
		"never expires":                {with(func(c *Config) { c.Expiry = NeverExpires }), group, true, false, "expiry never was asked"},
		"never expires already":        {with(func(c *Config) { c.Expiry = NeverExpires }), endless, false, false, ""},
		"a refresh token":              {with(func(c *Config) { c.Refreshable = true }), group, true, false, "no refresh token"},
		"a reference token":            {with(func(c *Config) { c.Reference = true }), group, true, false, "no reference token"},
		"a description":                {with(func(c *Config) { c.Description = "x" }), group, true, false, "description"},
		"an audience":                  {with(func(c *Config) { c.Audience = "jfrt@*" }), group, true, false, "audience jfrt@* was asked, the mapping gave *@*"},
		"always":                       {with(func(c *Config) { c.Mint = MintAlways }), group, true, false, "always"},
		"never":                        {with(func(c *Config) { c.Mint = MintNever; c.Groups = []string{"x"} }), group, false, false, "never"},
		"only a mint can be revoked":   {Config{}, user, true, true, "can be revoked"},
		"it can be revoked anyway":     {Config{}, revocable, false, false, ""},
		"it need not be revoked":       {with(func(c *Config) { c.NoRevoke = true }), user, false, false, ""},
		"not by force":                 {with(func(c *Config) { c.ForceRevocable = new(false) }), user, false, false, ""},
		"a scope that can't be read":   {with(func(c *Config) { c.Groups = []string{"CI"} }), Token{Scope: `groups:"`}, true, false, "scope "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := decide(test.config, test.exchanged)
			if got.mint != test.mint || got.optional != test.optional || !strings.Contains(got.String(), test.reason) {
				t.Errorf("got %+v", got)
			}
			if got.mint != strings.HasPrefix(got.String(), "minting from the exchanged token: ") {
				t.Errorf("got %s", got)
			}
		})
	}
}
