package action

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	expiry := func(seconds int64) *int64 { return &seconds }
	group := Token{Scope: "applied-permissions/groups:CI", Username: "ci-bot", ExpiresIn: expiry(300), Audience: "*@*"}
	user := Token{Scope: "applied-permissions/user", Username: "robot", ExpiresIn: expiry(300)}
	lasting := user
	lasting.Revocable = true
	base := Config{Mint: MintAuto, API: Auto, Revoke: true, ForceRevocable: true, Expiry: expiry(3600)}
	with := func(change func(*Config)) Config { c := base; change(&c); return c }
	tests := map[string]struct {
		config         Config
		exchanged      Token
		mint, required bool
		why            string
	}{
		"nothing asked":                {base, group, false, false, "what was asked"},
		"the same scope, other order":  {with(func(c *Config) { c.Scope = `applied-permissions/groups:"CI"` }), group, false, false, ""},
		"another group":                {with(func(c *Config) { c.Groups = []string{"x"} }), group, true, true, "scope applied-permissions/groups:x was asked"},
		"another user":                 {with(func(c *Config) { c.Username = "bob" }), group, true, true, "username bob was asked, the mapping gave ci-bot"},
		"the same user, other letters": {with(func(c *Config) { c.Username = "CI-BOT" }), group, false, false, ""},
		"another expiry":               {with(func(c *Config) { c.Expiry, c.ExpiryAsked = expiry(600), true }), group, true, true, "expiry 10m0s was asked, the mapping gave 5m0s"},
		"the same expiry":              {with(func(c *Config) { c.Expiry, c.ExpiryAsked = expiry(300), true }), group, false, false, ""},
		"the platform's expiry":        {with(func(c *Config) { c.Expiry, c.ExpiryAsked = nil, true }), group, false, false, ""},
		"never expires":                {with(func(c *Config) { c.Expiry, c.ExpiryAsked = expiry(0), true }), group, true, true, "expiry never was asked"},
		"a refresh token":              {with(func(c *Config) { c.Refreshable = true }), group, true, true, "no refresh token"},
		"a reference token":            {with(func(c *Config) { c.Reference = true }), group, true, true, "no reference token"},
		"a description":                {with(func(c *Config) { c.Description = "x" }), group, true, true, "description"},
		"an audience":                  {with(func(c *Config) { c.Audience = "jfrt@*" }), group, true, true, "audience jfrt@* was asked, the mapping gave *@*"},
		"always":                       {with(func(c *Config) { c.Mint = MintAlways }), group, true, true, "always"},
		"never":                        {with(func(c *Config) { c.Mint = MintNever; c.Groups = []string{"x"} }), group, false, false, "never"},
		"only a mint can be revoked":   {base, user, true, false, "can be revoked"},
		"it can be revoked anyway":     {base, lasting, false, false, ""},
		"it need not be revoked":       {with(func(c *Config) { c.Revoke = false }), user, false, false, ""},
		"not by force":                 {with(func(c *Config) { c.ForceRevocable = false }), user, false, false, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := decide(test.config, test.exchanged)
			if got.mint != test.mint || got.required != test.required || !strings.Contains(got.why, test.why) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	job := Job{System: "github", Repository: "o/r", Run: "77", Attempt: "1", Name: "build all\n*", Runner: strings.Repeat("r", 300)}
	got := job.identity("own words")
	// What had to be changed is followed by a part of its hash.
	want := regexp.MustCompile(`^own words frogmint ci=github repo=o/r run=77 attempt=1 job=build_all__~[0-9a-f]{8} runner=r{97}…~[0-9a-f]{8}$`)
	if !want.MatchString(got) {
		t.Errorf("got %q", got)
	}
	first, err := job.describe("", randomness())
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := job.describe("", randomness()); first == second || !strings.HasPrefix(first, "frogmint ci=github ") {
		t.Errorf("%q, then %q", first, second)
	}
	if !strings.HasPrefix(first, strings.TrimSuffix(job.pattern("", ThisJob), "*")) || !strings.HasPrefix(first, strings.TrimSuffix(job.pattern("", ThisRun), "*")) {
		t.Errorf("the patterns %q and %q don't find %q", job.pattern("", ThisJob), job.pattern("", ThisRun), first)
	}
}

func TestReportWords(t *testing.T) {
	t.Parallel()
	dies := time.Date(2026, 11, 21, 10, 0, 0, 0, time.FixedZone("x", 3600))
	for want, report := range map[string]Report{
		"revoked": {Outcome: Revoked, Dies: dies}, "expired": {Outcome: Expired},
		"not revocable (dies by itself at 2026-11-21T09:00:00Z)":  {Outcome: NotRevocable, Dies: dies},
		"not revocable (never dies by itself)":                    {Outcome: NotRevocable},
		"STILL ALIVE (x; dies by itself at 2026-11-21T09:00:00Z)": {Outcome: StillAlive, Reason: "x", Dies: dies},
		"unknown (x)": {Outcome: Unknown, Reason: "x"},
	} {
		if report.String() != want || report.Dead() != (want == "revoked" || want == "expired") {
			t.Errorf("%q, want %q", report, want)
		}
	}
}
