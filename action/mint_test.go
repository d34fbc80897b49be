package action_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// A token is hidden in the log before it is saved, and saved before anybody else gets it.
func TestMint_MasksBeforeItSavesBeforeItExports(t *testing.T) {
	t.Parallel()
	for provider, steps := range map[string]string{
		"":              "mask save export",
		"github":        "mask mask save export",      // the ID token, the job's
		"github-broker": "mask mask mask save export", // the ID token, the exchanged one, the job's
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				if provider != "" {
					p.withProvider(provider)
				}
				if provider == "github" {
					p.config.Expiry = 0
				} else {
					p.config.Refreshable, p.config.Reference = true, true
				}
				r := new(runner)
				p.client.Runner = r
				token := p.minted(t)
				if got := strings.Join(r.steps, " "); got != steps {
					t.Fatalf("got %s", got)
				}
				wantMasked(t, r, token)
				if r.saved[0] != token.State() || r.given[0] != *token {
					t.Errorf("saved %+v\nexported %+v", r.saved[0], r.given[0])
				}
				for _, secret := range append(r.masked, p.config.Credentials.Token) {
					if !secret.IsZero() && strings.Contains(p.log.String(), secret.Reveal()) {
						t.Errorf("a secret is in the log:\n%s", p.log)
					}
				}
			})
		})
	}
}

// wantMasked fails where a form of the token's secrets was not masked by the time of the save.
func wantMasked(t *testing.T, r *runner, token *action.Token) {
	t.Helper()
	basic := func(secret action.Secret) string {
		return base64.StdEncoding.EncodeToString([]byte(token.Username + ":" + secret.Reveal()))
	}
	want := []string{token.AccessToken.Reveal(), basic(token.AccessToken)}
	if !token.ReferenceToken.IsZero() {
		want = append(want, token.ReferenceToken.Reveal(), basic(token.ReferenceToken), token.RefreshToken.Reveal())
	}
	for _, secret := range want {
		if !slices.Contains(r.masked, action.NewSecret(secret)) {
			t.Errorf("not masked: %.20s…", secret)
		}
	}
}

func TestMint_LeavesNothingWhereTheRunnerFails(t *testing.T) {
	t.Parallel()
	for provider, steps := range map[string][]string{
		"": {"mask 1", "save 1", "export 1"}, "legacy": {"mask 1", "save 1", "export 1"},
		"github": {"mask 1", "mask 2"}, "github-broker": {"mask 1", "mask 2", "mask 3", "save 1", "export 1"},
	} {
		for _, step := range steps {
			t.Run(provider+" "+step, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPlatform(t)
					switch provider {
					case "":
					case "legacy":
						p.config.API = action.APILegacy
					default:
						p.withProvider(provider)
					}
					r := &runner{fails: step}
					p.client.Runner = r
					token, err := p.client.Mint(t.Context(), p.config)
					if !errors.Is(err, errRunner) || token != nil || len(p.alive()) > 0 {
						t.Errorf("%v, %v; alive: %+v", token, err, p.alive())
					}
					if failed := r.steps[len(r.steps)-1]; !strings.HasPrefix(step, failed) {
						t.Errorf("after the failure: %v", r.steps)
					}
					if exchanges := p.requests(http.MethodPost, "/oidc/token"); step == "mask 1" && exchanges > 0 {
						t.Error("an ID token that isn't masked was sent")
					}
				})
			})
		}
	}
}

// An exchanged token that JFrog can't revoke is named, when it was to become the job's.
func TestMint_NamesAnExchangedTokenThatLivesOn(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"save 1", "export 1"} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform(t).withProvider("github")
			p.config.Expiry = 0
			p.client.Runner = &runner{fails: step}
			_, err := p.client.Mint(t.Context(), p.config)
			var left *action.LeftAliveError
			if alive := p.Server.LiveTokens(); !errors.Is(err, errRunner) || !errors.As(err, &left) || left.Tokens[0].ID != alive[0].ID ||
				!strings.Contains(err.Error(), "not revocable (dies by itself at 2000-01-01T00:05:00Z)") {
				t.Errorf("%s: %v", step, err)
			}
		})
	}
}

// asked changes what reaches JFrog, so that it makes another token than was asked for; answer changes what comes back.
func asked(request, answer map[string]any) front {
	return onMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		text, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(text, &body)
		for name, value := range request {
			body[name] = value
		}
		text, _ = json.Marshal(body)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		changed(w, carriedOut(box, r), answer)
	})
}

// withGroups adds groups to the sandbox's world.
func withGroups(names ...string) sandbox.Option {
	var config sandbox.Config
	for _, name := range names {
		config.Groups = append(config.Groups, sandbox.GroupConfig{Name: name})
	}
	return sandbox.WithConfig(config)
}

const tenYears = 10 * 365 * 24 * 60 * 60

func TestMint_RevokesABroaderToken(t *testing.T) {
	t.Parallel()
	group, admin := "applied-permissions/groups:CI", "applied-permissions/admin"
	for name, test := range map[string]struct {
		front   front
		change  func(*action.Config)
		surplus string
	}{
		"a scope":                       {front: asked(map[string]any{"scope": group + " " + admin}, nil), surplus: admin},
		"another group":                 {front: asked(map[string]any{"scope": group + ",deployers"}, nil), surplus: "groups:deployers"},
		"the same group, other case":    {front: asked(map[string]any{"scope": "applied-permissions/groups:ci"}, nil), surplus: "groups:ci"},
		"a scope that the answer hides": {front: asked(map[string]any{"scope": admin}, map[string]any{"scope": group}), surplus: admin},
		"a scope that the token hides":  {front: asked(nil, map[string]any{"scope": admin}), surplus: admin},
		"a scope that can't be read":    {front: asked(nil, map[string]any{"scope": `applied-permissions/groups:"CI`}), surplus: "unknown"},
		"another user":                  {front: asked(map[string]any{"username": "admin"}, nil), surplus: "user admin instead of ci-bot"},
		"another user, hidden":          {front: asked(map[string]any{"username": "admin"}, map[string]any{"username": "ci-bot"}), surplus: "user admin instead of ci-bot"},
		"a life":                        {front: asked(map[string]any{"expires_in": 661}, nil), surplus: "a life of 11m1s instead of 10m0s"},
		"a life that the answer hides":  {front: asked(map[string]any{"expires_in": tenYears}, map[string]any{"expires_in": 600}), surplus: "a life of 87600h0m0s"},
		"a life without end":            {front: asked(map[string]any{"expires_in": 0}, nil), surplus: "a life of never instead of"},
		"the same, hidden":              {front: asked(map[string]any{"expires_in": 0}, map[string]any{"expires_in": 600}), surplus: "a life of never"},
		"an audience": {front: asked(map[string]any{"audience": "*@*"}, nil), surplus: "the audience *@*", change: func(c *action.Config) {
			c.Audience = "jfrt@* jfac@*"
		}},
		"an audience more": {front: asked(map[string]any{"audience": "jfrt@* jfac@* jfxr@*"}, nil), surplus: "the audience jfxr@*", change: func(c *action.Config) {
			c.Audience = "jfrt@* jfac@*"
		}},
		"a refresh token": {front: asked(map[string]any{"refreshable": true}, nil), surplus: "a refresh token"},
	} {
		for _, allowed := range []bool{false, true} {
			t.Run(name+" "+strconv.FormatBool(allowed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPlatform(t, withGroups("ci")).behind(t, test.front)
					p.config.Username = "ci-bot"
					p.config.AllowBroaderScope = allowed
					if test.change != nil {
						test.change(&p.config)
					}
					r := new(runner)
					p.client.Runner = r
					token, err := p.client.Mint(t.Context(), p.config)
					if allowed {
						if err != nil || len(r.given) != 1 || !strings.Contains(p.log.String(), "warning: the granted token") || !strings.Contains(p.log.String(), test.surplus) {
							t.Errorf("%v\n%s", err, p.log)
						}
						return
					}
					var broader *action.BroaderScopeError
					if !errors.As(err, &broader) || !strings.Contains(strings.Join(broader.Surplus, ", "), test.surplus) || broader.Hint() == "" {
						t.Errorf("got %v", err)
					}
					if token != nil || len(r.given) > 0 || len(r.saved) != 1 || len(p.alive()) > 0 {
						t.Errorf("%v, exported %v; alive: %+v", token, r.given, p.alive())
					}
				})
			})
		}
	}
}

// A life up to a minute longer, and whatever is less than was asked for, is reported.
func TestMint_WarnsOfLess(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		front   front
		change  func(*action.Config)
		options []sandbox.Option
		want    string
	}{
		"a shorter life":     {front: asked(map[string]any{"expires_in": 300}, nil), want: "an expiry of 10m0s was asked, JFrog granted 5m0s"},
		"a minute more":      {front: asked(map[string]any{"expires_in": 660}, nil), want: "an expiry of 10m0s was asked, JFrog granted 11m0s"},
		"a group less":       {front: asked(map[string]any{"scope": "applied-permissions/groups:CI"}, nil), want: "applied-permissions/groups:readers is missing"},
		"never expires":      {change: func(c *action.Config) { c.Expiry = action.NeverExpires }, want: "the token never expires: only its revocation ends it"},
		"not revocable":      {front: asked(map[string]any{"force_revocable": false}, nil), want: "JFrog didn't make the token revocable: valid until"},
		"revocable, too old": {options: []sandbox.Option{sandbox.WithVersion("7.49.3")}, want: "this server is 7.49.3, and force-revocable needs 7.50.3"},
		"never, too old": {
			options: []sandbox.Option{sandbox.WithVersion("7.41.4")}, change: func(c *action.Config) { c.Expiry = action.NeverExpires },
			want: "this server is 7.41.4, and a token that never expires needs 7.42.1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, test.options...)
				if test.front != nil {
					p.behind(t, test.front)
				}
				p.config.Groups = []string{"CI", "readers"}
				if test.change != nil {
					test.change(&p.config)
				}
				p.minted(t)
				if !strings.Contains(p.log.String(), "warning: ") || !strings.Contains(p.log.String(), test.want) {
					t.Errorf("got\n%s", p.log)
				}
			})
		})
	}
}

// What a job waits for and doesn't get is a failure.
func TestMint_FailsWithoutWhatWasAsked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		front   front
		version string
		change  func(*action.Config)
		want    string
	}{
		"a reference token":    {front: asked(map[string]any{"include_reference_token": false}, nil), change: func(c *action.Config) { c.Reference = true }, want: "a reference token was asked for, and JFrog gave none"},
		"a reference, too old": {version: "7.37.0", change: func(c *action.Config) { c.Reference = true }, want: "this server is 7.37.0, and a reference token needs 7.38.10"},
		"a refresh token":      {front: asked(map[string]any{"refreshable": false}, nil), change: func(c *action.Config) { c.Refreshable = true }, want: "a refresh token was asked for, and JFrog gave none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var options []sandbox.Option
				if test.version != "" {
					options = append(options, sandbox.WithVersion(test.version))
				}
				p := newPlatform(t, options...)
				if test.front != nil {
					p.behind(t, test.front)
				}
				p.config.Expiry = 12 * time.Hour // revocable by every release
				test.change(&p.config)
				_, err := p.client.Mint(t.Context(), p.config)
				if err == nil || !strings.Contains(err.Error(), test.want) || len(p.alive()) > 0 {
					t.Errorf("%v; alive: %+v", err, p.alive())
				}
			})
		})
	}
}

// Where nothing is asked for, JFrog gives the creator's own permissions. An administrator's are refused.
func TestMint_MakesNoAdministratorUnasked(t *testing.T) {
	t.Parallel()
	enabled := sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: new(true)}})
	for name, test := range map[string]struct {
		change  func(*platform)
		options []sandbox.Option
	}{
		"an administrator's token": {change: func(*platform) {}},
		"the same, legacy":         {change: func(p *platform) { p.config.API = action.APILegacy }},
		"an administrator's mapping, as it is": {change: func(p *platform) {
			p.withProvider("github-broker")
			p.config.Mint = action.MintNever
		}},
		"an administrator's mapping":         {change: func(p *platform) { p.withProvider("github-broker"); p.config.Expiry = 0 }},
		"an administrator's mapping, always": {change: func(p *platform) { p.withProvider("github-broker"); p.config.Mint = action.MintAlways }},
		"for another user":                   {change: func(p *platform) { p.config.Username = "bob" }},
		"what JFrog answers": {
			change: func(p *platform) {
				p.config.Credentials = action.Credentials{User: "robot", Password: action.NewSecret("password")}
			},
			options: []sandbox.Option{enabled, func() sandbox.Option {
				fault, _ := sandbox.ParseFault("broader-scope=applied-permissions/admin@mint")
				return sandbox.WithFaults(fault)
			}()},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, test.options...)
				p.config.Groups = nil
				test.change(p)
				r := new(runner)
				p.client.Runner = r
				token, err := p.client.Mint(t.Context(), p.config)
				if err == nil || token != nil || len(r.given) > 0 || len(p.alive()) > 0 {
					t.Errorf("%v, %v, exported %v; alive %+v", token, err, r.given, p.alive())
				}
				var config *action.ConfigError
				var broader *action.BroaderScopeError
				if !errors.As(err, &broader) && (!errors.As(err, &config) || !strings.Contains(config.Hint(), "grant-admin")) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// An administrator who says so gets one.
func TestMint_MakesAnAdministratorWhereAsked(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*platform){
		"grant-admin": func(p *platform) { p.config.GrantAdmin = true },
		"scope":       func(p *platform) { p.config.Scope = "applied-permissions/admin" },
		"exchanged":   func(p *platform) { p.withProvider("github-broker"); p.config.GrantAdmin, p.config.Expiry = true, 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				p.config.Groups = nil
				change(p)
				if token := p.minted(t); token.Scope != "applied-permissions/admin" {
					t.Errorf("got %s", token.Scope)
				}
			})
		})
	}
}

func TestMint_SaysWhosePermissionsAreGiven(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: new(true)}}))
		p.config.Groups = nil
		p.config.Credentials = action.Credentials{User: "robot", Password: action.NewSecret("password")}
		token := p.minted(t)
		if token.Scope != "applied-permissions/user" || token.Username != "robot" || !strings.Contains(p.log.String(), "the permissions of its creator, user robot") {
			t.Errorf("%+v\n%s", token, p.log)
		}
	})
}

// Only JFrog's own 404, with a version to match, leads to the legacy API: its state holds the creator's credentials.
func TestMint_FallsBackOnJFrogsOwnWordOnly(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"7.20.0", "7.111.0"} {
		for _, fault := range []string{"", "page=404@mint", "page=404:text@mint", "gateway=404@mint", "gateway=404:statuscode@mint", "page=404:text@mint,times=1", "status=404@mint", "gateway=404@version", "page=503@version"} {
			for _, api := range []action.API{action.APIAuto, action.APIAccess} {
				t.Run(version+" "+fault+" "+string(api), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						options := []sandbox.Option{sandbox.WithVersion(version)}
						if fault != "" {
							options = append(options, sandbox.WithFaults(faults(t, fault)...))
						}
						p := newPlatform(t, options...)
						p.config.API = api
						r := new(runner)
						p.client.Runner = r
						token, err := p.client.Mint(t.Context(), p.config)
						old, legacy := version == "7.20.0", p.requests(http.MethodPost, "/security/token")
						// Where an old server has no route, none of the faults at a mint can strike.
						if want := old && api == action.APIAuto && !strings.Contains(fault, "@version"); want != (legacy > 0) {
							t.Errorf("%d mints by the legacy API: %v\n%s", legacy, err, p.log)
						}
						switch {
						case legacy > 0:
							if err != nil || !token.Legacy || r.saved[0].CreatorToken.Secret != p.config.Credentials.Token || !strings.Contains(p.log.String(), "holds the creator's credentials") {
								t.Errorf("%+v, %v\n%s", token, err, p.log)
							}
						default:
							for _, state := range r.saved {
								if !state.CreatorToken.IsZero() || !state.CreatorPass.IsZero() {
									t.Error("the creator's credentials are in the state")
								}
							}
						}
						if worked := legacy > 0 || !old && (fault == "" || strings.Contains(fault, "@version")); worked != (err == nil) {
							t.Errorf("got %v", err)
						}
					})
				})
			}
		}
	}
}

// A foreign 404 in front of an old server is no word of JFrog's either.
func TestMint_NeverFallsBackOnAForeign404(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"text": "404 page not found", "HTML": "<html>404</html>", "message": `{"message":"Not Found"}`, "empty": "", "Spring": `{"status":404,"error":"Not Found"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithVersion("7.20.0")).behind(t, onFirstMint(func(_ http.Handler, w http.ResponseWriter, r *http.Request) {
					_ = later(r)
					w.WriteHeader(http.StatusNotFound)
					_, _ = io.WriteString(w, body)
				}))
				_, err := p.client.Mint(t.Context(), p.config)
				var failure *action.APIError
				if legacy := p.requests(http.MethodPost, "/security/token"); legacy > 0 || !errors.As(err, &failure) || failure.Own {
					t.Errorf("%d mints by the legacy API: %v", legacy, err)
				}
			})
		})
	}
}

// What the legacy API can't express is not left out in silence.
func TestMint_DoesNotFallBackWhereSomethingWouldGetLost(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*action.Config){
		"reference":       func(c *action.Config) { c.Reference = true },
		"project":         func(c *action.Config) { c.Project = "p" },
		"description":     func(c *action.Config) { c.Description = "mine" },
		"force-revocable": func(c *action.Config) { c.ForceRevocable = new(true) },
		"grant-admin":     func(c *action.Config) { c.GrantAdmin = true },
		"scope":           func(c *action.Config) { c.Groups, c.Scope = nil, "applied-permissions/user" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithVersion("7.20.0"))
				change(&p.config)
				_, err := p.client.Mint(t.Context(), p.config)
				if err == nil || !strings.Contains(err.Error(), "can't express "+name) || p.requests(http.MethodPost, "/security/token") > 0 {
					t.Errorf("got %v", err)
				}
				p.config.API = action.APILegacy
				_, err = p.client.Mint(t.Context(), p.config)
				var config *action.ConfigError
				if !errors.As(err, &config) || config.Field != name {
					t.Errorf("asked for the legacy API: %v", err)
				}
			})
		})
	}
}

// net/http must not repeat a mint below us: one attempt is one request on the wire.
func TestMint_SendsOneRequestAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var mints, reused int
		seen := map[string]bool{}
		p := newPlatform(t).behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			mint := isMint(r)
			if mint {
				mints++
				if seen[r.RemoteAddr] {
					reused++
				}
			}
			seen[r.RemoteAddr] = true
			mu.Unlock()
			if mint {
				reset(w)
				return
			}
			box.ServeHTTP(w, r)
		}).withProvider("github-broker")
		_, err := p.client.Mint(t.Context(), p.config)
		again := strings.Count(p.log.String(), "minting again in ")
		if err == nil || again != 5 || mints != again+1 || reused == 0 {
			t.Errorf("%d requests for %d attempts, %d on a reused connection: %v", mints, again+1, reused, err)
		}
	})
}

// A refusal is found by errors.As, and says what to do.
func TestMint_FailsWithAnAPIError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: new(true)}}))
		p.config.Credentials = action.Credentials{User: "robot", Password: action.NewSecret("password")}
		_, err := p.client.Mint(t.Context(), p.config)
		var refusal *action.APIError
		if !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden || !refusal.Own || refusal.Code != "FORBIDDEN" || !strings.Contains(refusal.Hint(), "only an admin may choose groups") {
			t.Errorf("got %v", err)
		}
		if strings.Contains(err.Error(), "password") || p.requests(http.MethodPost, "/tokens") != 1 {
			t.Errorf("got %v", err)
		}
	})
}

func TestMint_ExplainsARefusalByTheVersion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithVersion("7.60.0"))
		p.config.Credentials = password(p)
		_, err := p.client.Mint(t.Context(), p.config)
		var old *action.TooOldError
		var refusal *action.APIError
		if !errors.As(err, &old) || !errors.As(err, &refusal) || old.Version != "7.60.0" || !strings.Contains(old.Needs, "7.63.2") || !strings.Contains(old.Hint(), "api to legacy") {
			t.Errorf("got %v", err)
		}
		if !strings.Contains(err.Error(), "this server is 7.60.0, and a user's own credentials for the Access API needs 7.63.2") {
			t.Errorf("got %v", err)
		}
	})
}

// What was asked for reaches JFrog, word for word.
func TestMint_SendsWhatWasAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithConfig(sandbox.Config{
			Groups: []sandbox.GroupConfig{{Name: "a b"}, {Name: "c,d"}}, Projects: []sandbox.ProjectConfig{{Key: "proj"}},
		}))
		p.config = action.Config{
			URL: p.URL, Credentials: p.config.Credentials, Username: "Bob", Groups: []string{"CI", "a b", "c,d"}, Project: "proj",
			Expiry: 7 * time.Hour, Refreshable: true, Reference: true, Description: "mine", Audience: "jfrt@*",
		}
		p.client.UserAgent = "agent/1"
		token, err := p.client.Mint(t.Context(), p.config)
		request := p.Server.Requests()[0]
		for name, want := range map[string]any{
			"grant_type": "client_credentials", "username": "Bob", "scope": `applied-permissions/groups:CI,"a b","c,d"`, "project_key": "proj", "expires_in": 25200.0,
			"refreshable": true, "include_reference_token": true, "force_revocable": true, "audience": "jfrt@*",
		} {
			if request.Body[name] != want {
				t.Errorf("%s is %v, want %v", name, request.Body[name], want)
			}
		}
		if description, _ := request.Body["description"].(string); !strings.HasPrefix(description, "mine frogmint ci=ci run=1 job=build nonce=") || len(request.Body) != 10 {
			t.Errorf("got %v", request.Body)
		}
		if request.Agent != "agent/1" {
			t.Errorf("agent %q", request.Agent)
		}
		if err != nil || token.ExpiresIn != 7*time.Hour || !token.Revocable || token.Username != "bob" || token.URL != p.URL || token.Audience != "jfrt@*" || token.ReferenceToken.IsZero() {
			t.Errorf("%+v, %v", token, err)
		}
	})
}

// The zero value of everything that may be left out.
func TestMint_WithZeroValues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		client := &action.Client{DialContext: p.DialContext}
		token, err := client.Mint(t.Context(), action.Config{URL: p.URL, Credentials: p.config.Credentials, Groups: []string{"CI"}})
		if err != nil || token.ExpiresIn != action.DefaultExpiry || !token.Revocable || p.Server.Requests()[0].Agent != "frogmint" {
			t.Errorf("%+v, %v", token, err)
		}
		if report := client.Revoke(t.Context(), token.State()); report.Outcome != action.Revoked {
			t.Errorf("got %s", report)
		}
	})
}

func TestMint_SavesNothingThatNobodyRevokes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		r := new(runner)
		p.client.Runner, p.config.NoRevoke = r, true
		p.minted(t)
		if got := strings.Join(r.steps, " "); got != "mask export" {
			t.Errorf("got %s", got)
		}
	})
}

// A Client may be used by several goroutines at once.
func TestClient_IsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		var running sync.WaitGroup
		for range 20 {
			running.Go(func() {
				token, err := p.client.Mint(t.Context(), p.config)
				if err != nil {
					t.Error(err)
					return
				}
				if report := p.client.Revoke(t.Context(), token.State()); report.Outcome != action.Revoked {
					t.Error(report)
				}
			})
		}
		running.Wait()
		if alive := p.alive(); len(alive) > 0 {
			t.Errorf("alive: %+v", alive)
		}
	})
}

func TestMint_FollowsNoRedirect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := newPlatform(t)
		p := newPlatform(t, sandbox.WithFaults(faults(t, "redirect="+away.URL+"/access/api/v1/tokens@mint")...))
		_, err := p.client.Mint(t.Context(), p.config)
		if err == nil || !strings.Contains(err.Error(), "which is not followed") || len(away.Server.Requests()) > 0 {
			t.Errorf("got %v", err)
		}
	})
}

// Of all this nothing may end the process, hang, or leave a token.
func TestMint_WithstandsHostileAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"null": "null", "a list": "[]", "a number": "1", "no token": "{}", "an empty token": `{"access_token":""}`,
		"a token that commands": `{"access_token":"x\n::add-mask::y"}`, "a reference that commands": `{"access_token":"a.b.c","reference_token":"x\ny"}`,
		"a long token": `{"access_token":"` + strings.Repeat("x", 70_000) + `"}`, "a negative life": `{"access_token":"a.b.c","scope":"applied-permissions/groups:CI","expires_in":-1}`,
		"an opaque token without a scope": `{"access_token":"a.b.c","expires_in":600}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t).behind(t, onMint(func(_ http.Handler, w http.ResponseWriter, r *http.Request) {
					_ = later(r)
					_, _ = io.WriteString(w, answer)
				}))
				r := new(runner)
				p.client.Runner = r
				token, err := p.client.Mint(t.Context(), p.config)
				if err == nil || token != nil || len(r.given) > 0 || strings.ContainsAny(err.Error(), "\r\n") || strings.Contains(err.Error(), "::add-mask::") {
					t.Errorf("%v, %v", token, err)
				}
			})
		})
	}
}
