package action_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// What the mapping gives is the job's token, unless something else was asked for.
func TestMint_ExchangesAndMintsWhereItHasTo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		provider  string
		change    func(*action.Config)
		mints     int
		user      string
		scope     string
		revocable bool
		log       string
	}{
		"as it is":                  {"github", func(c *action.Config) { c.Expiry = 0 }, 0, "ci-bot", "applied-permissions/groups:CI", false, "using the exchanged token as it is: it is what was asked"},
		"another expiry":            {"github-broker", func(*action.Config) {}, 1, "token-broker", "applied-permissions/groups:CI", true, "minting from the exchanged token: scope"},
		"another user":              {"github-broker", func(c *action.Config) { c.Username = "bob" }, 1, "bob", "applied-permissions/groups:CI", true, "username bob was asked"},
		"only mints can be revoked": {"github-user", func(c *action.Config) { c.Groups, c.Expiry = nil, 0 }, 1, "robot", "applied-permissions/user", true, "a minted token can be revoked, the exchanged one can't"},
		"nobody revokes it":         {"github-user", func(c *action.Config) { c.Groups, c.Expiry, c.NoRevoke = nil, 0, true }, 0, "robot", "applied-permissions/user", false, "as it is"},
		"never":                     {"github", func(c *action.Config) { c.Mint, c.Description = action.MintNever, "mine" }, 0, "ci-bot", "applied-permissions/groups:CI", false, "mint is never"},
		"always":                    {"github-user", func(c *action.Config) { c.Groups, c.Mint = nil, action.MintAlways }, 1, "robot", "applied-permissions/user", true, "mint is always"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t).withProvider(test.provider)
				test.change(&p.config)
				token := p.minted(t)
				if token.Username != test.user || token.Scope != test.scope || token.Revocable != test.revocable || token.ID == "" {
					t.Errorf("got %+v", token)
				}
				words := ", revocable"
				if !test.revocable {
					words = " is not revocable unless JFrog's threshold, by default six hours, was lowered; valid until 2000-01-01T00:05:00Z (5m0s)"
				}
				if !strings.Contains(p.log.String(), words) {
					t.Errorf("%q isn't in\n%s", words, p.log)
				}
				// JFrog is not asked to revoke what it is known not to.
				if deletes := p.requests(http.MethodDelete, "/tokens/me"); test.provider != "github-broker" && deletes > 0 {
					t.Errorf("%d revocations", deletes)
				}
				if mints := p.requests(http.MethodPost, "/tokens"); mints != test.mints || !strings.Contains(p.log.String(), test.log) {
					t.Errorf("%d mints\n%s", mints, p.log)
				}
			})
		})
	}
}

// The exchange tells JFrog of the job.
func TestMint_SendsTheJobWithTheExchange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t).withProvider("github")
		p.client.Job = action.Job{System: "ci", Repository: "o/r", Run: "7", Attempt: "2", Name: "build", Revision: "abc", Branch: "main"}
		p.config.ProviderType, p.config.IdentityMapping, p.config.ApplicationKey, p.config.Project = "GitHub", "github", "app", "proj"
		p.config.IDTokenAudience, p.config.Reference, p.config.Mint = "https://jfrog.example", true, action.MintNever
		token, err := p.client.Mint(t.Context(), p.config)
		if err != nil || token.ReferenceToken.IsZero() {
			t.Errorf("%+v, %v", token, err)
		}
		var sent map[string]any
		for _, request := range p.Server.Requests() {
			if strings.HasSuffix(request.Path, "/oidc/token") {
				sent = request.Body
				if request.Auth != "none" {
					t.Errorf("authenticated by %s", request.Auth)
				}
			}
		}
		for name, want := range map[string]any{
			"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "provider_name": "github", "provider_type": "GitHub", "identity_mapping_name": "github",
			"audience": "https://jfrog.example", "project_key": "proj", "application_key": "app", "include_reference_token": true, "job_id": "build", "run_id": "7",
			"repo": "o/r", "revision": "abc", "branch": "main",
		} {
			if sent[name] != want {
				t.Errorf("%s is %v, want %v", name, sent[name], want)
			}
		}
	})
}

// JFrog may refuse to mint for oneself: the job goes on with what the mapping gave.
func TestMint_GoesOnWhereAMintOfChoiceIsRefused(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"status=403@mint": "", // one line in the log
		"page=403@mint":   "403",
		"status=500@mint": "500",
		"broader-scope=applied-permissions/admin@mint": "broader",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithFaults(faults(t, fault)...)).withProvider("github-user")
				p.config.Groups, p.config.Expiry = nil, 0
				r := new(runner)
				p.client.Runner = r
				token, err := p.client.Mint(t.Context(), p.config)
				if want != "" {
					if err == nil || !strings.Contains(err.Error(), want) || len(r.given) > 0 {
						t.Errorf("%v, %v", token, err)
					}
					return
				}
				if err != nil || token.Revocable || token.Username != "robot" || r.given[0] != *token || r.saved[0] != token.State() ||
					!strings.Contains(p.log.String(), "JFrog refused to mint a revocable token (minting the access token: 403") {
					t.Errorf("%+v, %v\n%s", token, err, p.log)
				}
			})
		})
	}
}

// A refusal at the end doesn't undo that an earlier attempt may have made a token.
func TestMint_DoesNotGoOnBesideAnOrphan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t).behind(t, func() front {
			mints := 0
			return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
				switch {
				case isMint(r):
					mints++
					if mints == 1 { // made in a moment, and nobody may revoke it
						again := later(r)
						time.AfterFunc(50*time.Millisecond, func() { carriedOut(box, again) })
						w.WriteHeader(http.StatusBadGateway)
						return
					}
					_ = later(r)
					w.WriteHeader(http.StatusForbidden)
					_, _ = io.WriteString(w, `{"errors":[{"code":"FORBIDDEN","message":"Forbidden"}]}`)
				case r.Method == http.MethodDelete && !strings.HasSuffix(r.URL.Path, "/me"):
					w.WriteHeader(http.StatusForbidden)
				default:
					box.ServeHTTP(w, r)
				}
			}
		}()).withProvider("github-user")
		p.config.Groups, p.config.Expiry = nil, 0
		_, err := p.client.Mint(t.Context(), p.config)
		var left *action.LeftAliveError
		if !errors.As(err, &left) || len(p.alive()) != 1 {
			t.Errorf("%v; alive: %+v", err, p.alive())
		}
		p.wantNoneUnnamed(t, err)
	})
}

// An exchange that broke off may have made a token. It can't be looked for, and so it is told.
func TestMint_TellsOfExchangesWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for fault, test := range map[string]struct {
		fails bool
		words string
	}{
		"commit-then-drop@exchange,times=1":     {false, "warning: 1 exchange(s) got no answer: JFrog may have issued a duplicate, valid like this one valid until"},
		"commit-then-drop@exchange":             {true, "6 token(s) of exchanges with provider \"github\" that got no answer"},
		"commit-then-page=502@exchange,times=2": {false, "warning: 2 exchange(s)"},
		"commit-then-page=403@exchange":         {true, "1 token(s) of exchanges"},
		"html@exchange":                         {true, "1 token(s) of exchanges"},
		"truncate@exchange,times=1":             {false, "warning: 1 exchange(s)"},
		"latency=20s@exchange,times=1":          {false, "warning: 1 exchange(s)"},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithFaults(faults(t, fault)...)).withProvider("github")
				p.config.Expiry = 0
				_, err := p.client.Mint(t.Context(), p.config)
				var left *action.LeftAliveError
				if errors.As(err, &left) != test.fails || (err != nil) != test.fails {
					t.Errorf("got %v", err)
				}
				text := p.log.String()
				if err != nil {
					text = err.Error()
				}
				if !strings.Contains(text, test.words) {
					t.Errorf("got %s", text)
				}
			})
		})
	}
}

// An exchange that JFrog refused left nothing, and is one request.
func TestMint_TakesARefusedExchangeForWhatItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t).withProvider("nobody")
		_, err := p.client.Mint(t.Context(), p.config)
		var refusal *action.APIError
		var left *action.LeftAliveError
		if !errors.As(err, &refusal) || refusal.Status != http.StatusNotFound || errors.As(err, &left) || p.requests(http.MethodPost, "/oidc/token") != 1 {
			t.Errorf("got %v", err)
		}
		if !strings.Contains(refusal.Hint(), "oidc-provider-name") {
			t.Errorf("hint %q", refusal.Hint())
		}
	})
}

// An exchanged token with more than was asked for doesn't become the job's.
func TestMint_RefusesABroaderExchange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		provider string
		fault    string
		change   func(*action.Config)
	}{
		"mint is never":   {"github", "broader-scope=applied-permissions/admin@exchange", func(c *action.Config) { c.Mint = action.MintNever }},
		"nothing asked":   {"github", "broader-scope=applied-permissions/admin@exchange", func(c *action.Config) { c.Groups, c.Expiry = nil, 0 }},
		"another mapping": {"github-user", "latency=1ms", func(c *action.Config) { c.Mint = action.MintNever }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithFaults(faults(t, test.fault)...)).withProvider(test.provider)
				test.change(&p.config)
				r := new(runner)
				p.client.Runner = r
				token, err := p.client.Mint(t.Context(), p.config)
				if err == nil || token != nil || len(r.given) > 0 {
					t.Errorf("%v, %v", token, err)
				}
			})
		})
	}
}

// The exchanged token goes when the job's is made: at once, and a failure to do so is told.
func TestMint_RevokesTheExchangedToken(t *testing.T) {
	t.Parallel()
	lowered := sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{RevocableExpiryThreshold: new(int64), PersistentExpiryThreshold: new(int64)}})
	for name, test := range map[string]struct {
		options []sandbox.Option
		fault   string
		fail    bool
		words   string
		alive   int // exchanged ones
	}{
		"a platform that can":           {[]sandbox.Option{lowered}, "", false, ": revoked", 0},
		"a platform that can't":         {nil, "", false, ": not revocable (dies by itself at 2000-01-01T00:01:00Z)", 1},
		"a platform that doesn't":       {[]sandbox.Option{lowered}, "page=403@revoke", false, "warning: exchanged token", 1},
		"the same, and that is a fault": {[]sandbox.Option{lowered}, "page=403@revoke", true, "exchanged token", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, test.options...).withProvider("github-broker")
				if test.fault != "" {
					p.Server.SetFaults(faults(t, test.fault)...)
				}
				p.config.FailOnRevoke = test.fail
				token, err := p.client.Mint(t.Context(), p.config)
				text := p.log.String()
				if err != nil {
					text = err.Error()
				}
				if (err != nil) != test.fail || !strings.Contains(text, test.words) || (token == nil) != test.fail {
					t.Errorf("%v\n%s", err, p.log)
				}
				exchanged := 0
				for _, token := range p.Server.LiveTokens() {
					if strings.HasPrefix(token.Description, "OIDC ") {
						exchanged++
					}
				}
				if exchanged != test.alive {
					t.Errorf("%d exchanged tokens are alive\n%s", exchanged, p.log)
				}
				p.wantNoneUnnamed(t, err, func() string {
					if token == nil {
						return ""
					}
					return token.ID
				}())
			})
		})
	}
}
