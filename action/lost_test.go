package action_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// Whatever stands between may answer what it likes after JFrog has made the token.
func TestMint_FindsATokenBehindAnotherAnswer(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"101", "302", "400", "401", "403", "404", "406", "407", "408", "413", "418", "500", "501", "502", "503", "504", "505", "520", "524",
		"403:message", "404:text", "401:statuscode", "400:oauth", "200", "200:message",
	} {
		for _, times := range []string{",times=1", ""} {
			t.Run(answer+times, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPlatform(t, sandbox.WithFaults(faults(t, "commit-then-page="+answer+"@mint"+times)...))
					token, err := p.client.Mint(t.Context(), p.config)
					if err == nil {
						p.wantNoneUnnamed(t, nil, token.ID)
						return
					}
					if left := p.alive(); len(left) > 0 {
						t.Errorf("alive: %+v after %v\n%s", left, err, p.log)
					}
					var left *action.LeftAliveError
					if errors.As(err, &left) {
						t.Errorf("nothing is alive, and yet: %v", err)
					}
				})
			})
		}
	}
}

// A rate limit counts requests, and some count them after the work.
func TestMint_FindsTokensBehindRateLimits(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"commit-then-page=429@mint,times=1", "commit-then-page=429@mint,times=3", "commit-then-page=429@mint"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithFaults(faults(t, fault)...))
				token, err := p.client.Mint(t.Context(), p.config)
				if endless := !strings.Contains(fault, "times"); endless != (err != nil) {
					t.Errorf("got %v", err)
				}
				if err != nil {
					token = new(action.Token)
				}
				p.wantNoneUnnamed(t, err, token.ID)
			})
		})
	}
}

// A platform that restarts behind a balancer is away for longer than one search for an orphan. The job waits for it.
func TestMint_OutlastsAPlatformThatIsAway(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"page=502", "status=503", "outage=20s", "retry-after=7,times=99"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithFaults(faults(t, fault)...))
				time.AfterFunc(20*time.Second, func() { p.Server.SetFaults() })
				began := time.Now()
				token := p.minted(t)
				if took := time.Since(began); took < 20*time.Second || took > 30*time.Second {
					t.Errorf("it took %s\n%s", took, p.log)
				}
				p.wantNoneUnnamed(t, nil, token.ID)
			})
		})
	}
}

func TestMint_RevokesAnOrphan(t *testing.T) {
	t.Parallel()
	late := func(end func(http.ResponseWriter)) front {
		return onMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			again := later(r)
			time.AfterFunc(700*time.Millisecond, func() { carriedOut(box, again) })
			end(w)
		})
	}
	impossible := onMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		changed(w, carriedOut(box, r), map[string]any{"expires_in": json.Number("1000000000000000000")})
	})
	unrevoked := func(status int) front {
		first := onFirstMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			again := later(r)
			time.AfterFunc(50*time.Millisecond, func() { carriedOut(box, again) })
			reset(w)
		})
		return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && !strings.HasSuffix(r.URL.Path, "/me") {
				w.WriteHeader(status)
				return
			}
			first(box, w, r)
		}
	}
	for name, test := range map[string]struct {
		change func(*platform)
		front  front
		mints  int // 0: some
		fails  bool
		named  string // words of the error, where a token is left
	}{
		"made shortly after each reset": {front: late(reset), fails: true},
		"made shortly after each 502":   {front: late(func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }), fails: true},
		"an impossible life, no right to list": {front: func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && r.URL.Path == "/access/api/v1/tokens" {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			impossible(box, w, r)
		}, mints: 1, fails: true},
		"an impossible life, by the legacy API": {front: impossible, mints: 1, fails: true, change: func(p *platform) {
			p.config.API, p.config.Username = action.APILegacy, "minted"
			p.config.Credentials = action.Credentials{User: p.User, Password: action.NewSecret(p.Password)}
		}},
		"made after a reset, and nobody may revoke it":        {front: unrevoked(http.StatusForbidden), fails: true, named: "403 Forbidden"},
		"made after a reset, and its revocation does nothing": {front: unrevoked(http.StatusNoContent), fails: true, named: "it is still listed after its revocation"},
		// About 15 s are for an attempt; there is time left to wait for this one's token.
		"slower than an attempt": {front: onFirstMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			again := later(r)
			time.Sleep(18 * time.Second)
			box.ServeHTTP(w, again)
		}), mints: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t).behind(t, test.front)
				if test.change != nil {
					test.change(p)
				}
				token, err := p.client.Mint(t.Context(), p.config)
				if (err != nil) != test.fails {
					t.Errorf("got %v", err)
				}
				if err != nil {
					token = new(action.Token)
				}
				time.Sleep(time.Second) // what comes late has come
				p.wantNoneUnnamed(t, err, token.ID)
				var left *action.LeftAliveError
				if named := test.named != ""; errors.As(err, &left) != named || named != (len(p.alive(token.ID)) > 0) || named && !strings.Contains(err.Error(), test.named) {
					t.Errorf("%v; alive: %+v", err, p.alive(token.ID))
				}
				if mints := p.requests(http.MethodPost, "/tokens") + p.requests(http.MethodPost, "/token"); test.mints > 0 && mints != test.mints {
					t.Errorf("%d mints", mints)
				}
			})
		})
	}
}

// The id that a list gives for an orphan goes into the path of its revocation and into the log: it commands neither.
func TestMint_RevokesAnOrphanByAnIDOnly(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"x ::add-mask::y":          `token id "x : :add-mask: :y" holds a character that no id has`,
		"x\n##[error]y":            `token id "x # #[error]y" holds a character that no id has`,
		"../tokens/me?x#y":         `token id "../tokens/me?x#y" holds a character that no id has`,
		strings.Repeat("x", 5_000): "xxx…\" holds a character that no id has",
		"me":                       "no usable token id",
		"":                         "no usable token id",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t).behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
					switch {
					case isMint(r):
						reset(w)
					case r.URL.Path == "/access/api/v1/tokens":
						w.Header().Set("Content-Type", "application/json")
						_ = json.NewEncoder(w).Encode(map[string]any{"tokens": []any{map[string]any{"token_id": id, "description": r.URL.Query().Get("description")}}})
					default:
						box.ServeHTTP(w, r)
					}
				})
				_, err := p.client.Mint(t.Context(), p.config)
				var left *action.LeftAliveError
				if !errors.As(err, &left) || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\r\n") || p.requests(http.MethodDelete, "") > 0 {
					t.Errorf("%v\n%s", err, p.log)
				}
			})
		})
	}
}

// A server before force_revocable doesn't store a short token, so that nobody can look for it.
func TestMint_NamesAnOrphanThatIsNotStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithVersion("7.41.4"), sandbox.WithFaults(faults(t, "commit-then-drop@mint,times=1")...))
		_, err := p.client.Mint(t.Context(), p.config)
		var left *action.LeftAliveError
		if !errors.As(err, &left) || len(left.Tokens) != 1 || left.Tokens[0].Description == "" || time.Until(left.Tokens[0].ExpiresAt) > 10*time.Minute {
			t.Errorf("got %v", err)
		}
		p.wantNoneUnnamed(t, err)
	})
}

// Nobody can look for a token of the legacy API: it is told of by its user and its end.
func TestMint_TellsOfALostLegacyToken(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"commit-then-drop@legacy-mint", "commit-then-page=403@legacy-mint", "html@legacy-mint", "truncate@legacy-mint"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithFaults(faults(t, fault)...))
				p.config.API, p.config.Username = action.APILegacy, "minted"
				_, err := p.client.Mint(t.Context(), p.config)
				var left *action.LeftAliveError
				if !errors.As(err, &left) || len(left.Tokens) != 1 || p.requests(http.MethodPost, "/token") != 1 ||
					!strings.Contains(err.Error(), "a token of user minted whose answer was lost (the legacy API can't look for it), valid until 2000-01-01T00:10:00Z") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// What lives long, or is a reference token, is stored by every release, and so it is found.
func TestMint_FindsAnOrphanThatIsStoredAnyway(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*action.Config){
		"three hours":    func(c *action.Config) { c.Expiry = 3 * time.Hour },
		"never expires":  func(c *action.Config) { c.Expiry = action.NeverExpires },
		"the platform's": func(c *action.Config) { c.Expiry = action.PlatformExpiry },
		"a reference":    func(c *action.Config) { c.Reference = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithFaults(faults(t, "commit-then-page=502@mint,times=1")...), sandbox.WithConfig(sandbox.Config{
					Token: sandbox.TokenConfig{RevocableExpiryThreshold: new(int64), PersistentExpiryThreshold: new(int64(10800))},
				}))
				p.config.ForceRevocable = new(false)
				change(&p.config)
				token, err := p.client.Mint(t.Context(), p.config)
				if err != nil || len(p.alive(token.ID)) > 0 || p.requests(http.MethodGet, "/version") > 0 {
					t.Errorf("%v; alive: %+v\n%s", err, p.alive(), p.log)
				}
			})
		})
	}
}

// Where no token was made, none is listed: that is enough to go on where it would be, and isn't where it wouldn't.
func TestMint_GoesOnWhereAnOrphanWouldBeListed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change   func(*action.Config)
		versions int // how often the version is asked for
		fails    bool
	}{
		"revocable by force":    {func(*action.Config) {}, 1, false},
		"three hours":           {func(c *action.Config) { c.ForceRevocable, c.Expiry = new(false), 3*time.Hour }, 0, false},
		"a second less":         {func(c *action.Config) { c.ForceRevocable, c.Expiry = new(false), 3*time.Hour-time.Second }, 0, true},
		"never expires":         {func(c *action.Config) { c.ForceRevocable, c.Expiry = new(false), action.NeverExpires }, 0, false},
		"the platform's expiry": {func(c *action.Config) { c.ForceRevocable, c.Expiry = new(false), action.PlatformExpiry }, 0, false},
		"a reference":           {func(c *action.Config) { c.ForceRevocable, c.Reference = new(false), true }, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t).behind(t, onFirstMint(func(_ http.Handler, w http.ResponseWriter, r *http.Request) {
					_ = later(r)
					w.WriteHeader(http.StatusBadGateway)
				}))
				test.change(&p.config)
				_, err := p.client.Mint(t.Context(), p.config)
				var left *action.LeftAliveError
				if errors.As(err, &left) != test.fails || (err != nil) != test.fails || p.requests(http.MethodGet, "/version") != test.versions {
					t.Errorf("%v; %d versions\n%s", err, p.requests(http.MethodGet, "/version"), p.log)
				}
			})
		})
	}
}
