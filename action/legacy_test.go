package action_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

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
							if err != nil || !token.Legacy || r.saved[0].CreatorToken.Secret != p.config.Credentials.Token || !strings.Contains(p.log.String(), "holds the creator's credentials") ||
								!strings.Contains(p.log.String(), "this server doesn't know the Access API (minting the access token: 404 ") {
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

// A refusal by the legacy API is not explained by what the Access API needs.
func TestMint_ExplainsNoLegacyRefusalByTheVersion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithVersion("7.20.0"))
		p.config.Credentials = action.Credentials{User: "robot", Password: action.NewSecret("password")}
		_, err := p.client.Mint(t.Context(), p.config)
		var refusal *action.APIError
		var old *action.TooOldError
		if !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden || errors.As(err, &old) {
			t.Errorf("got %v", err)
		}
	})
}

// The legacy API takes a scope as it was written, groups in its own syntax, and one's own groups where nothing was asked.
func TestMint_AsksTheLegacyAPIForAScope(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*action.Config){
		`member-of-groups:CI,"a b"`: func(c *action.Config) { c.Groups = []string{"CI", "a b"} },
		"member-of-groups:readers":  func(c *action.Config) { c.Scope = "member-of-groups:readers" },
		"member-of-groups:*":        func(*action.Config) {},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var asked string
				p := newPlatform(t).behind(t, onMint(func(_ http.Handler, w http.ResponseWriter, r *http.Request) {
					_ = r.ParseForm()
					asked = r.PostForm.Get("scope")
					w.WriteHeader(http.StatusForbidden)
				}))
				p.config.Groups = nil
				p.config.API, p.config.Credentials = action.APILegacy, action.Credentials{User: "robot", Password: action.NewSecret("password")}
				change(&p.config)
				if _, err := p.client.Mint(t.Context(), p.config); err == nil || asked != want {
					t.Errorf("asked for %q: %v", asked, err)
				}
			})
		})
	}
}
