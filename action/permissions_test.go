package action_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

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
		"an administrator's password": {
			change: func(p *platform) {
				p.config.Credentials = action.Credentials{User: p.User, Password: action.NewSecret(p.Password)}
			},
			options: []sandbox.Option{enabled},
		},
		"an administrator's token with his own permissions": {change: func(p *platform) {
			p.config.Scope = "applied-permissions/user"
			token, err := p.client.Mint(context.Background(), p.config)
			if err != nil {
				panic(err)
			}
			p.config.Scope, p.config.Credentials = "", action.Credentials{Token: token.AccessToken}
		}},
		"for another user": {change: func(p *platform) { p.config.Username = "bob" }},
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
				before := len(p.alive())
				r := new(runner)
				p.client.Runner = r
				token, err := p.client.Mint(t.Context(), p.config)
				if err == nil || token != nil || len(r.given) > 0 || len(p.alive()) > before {
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

// Whose permissions they are can't be read from a reference token; whether they are an administrator's, JFrog knows.
func TestMint_AsksWhoAReferenceTokenIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		scope string
		fault string
		want  string // of the error; empty where it works
	}{
		"a user's":              {"applied-permissions/user", "", ""},
		"an administrator's":    {"applied-permissions/admin", "", "grant-admin"},
		"nobody can tell":       {"applied-permissions/user", "teapot", "418"},
		"a gateway's 403":       {"applied-permissions/user", "forbidden", "403"},
		"away for a little bit": {"applied-permissions/user", "once", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				p.config.Groups, p.config.Scope, p.config.Reference = nil, test.scope, true
				p.config.Username = "bob"
				creator := p.minted(t)
				asked := 0
				p.behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
					if !strings.HasSuffix(r.URL.Path, "/api/security/groups") {
						box.ServeHTTP(w, r)
						return
					}
					asked++
					switch {
					case test.fault == "teapot":
						w.WriteHeader(http.StatusTeapot)
					case test.fault == "forbidden":
						w.WriteHeader(http.StatusForbidden)
					case test.fault == "once" && asked == 1:
						w.WriteHeader(http.StatusBadGateway)
					default:
						box.ServeHTTP(w, r)
					}
				})
				p.config.Username, p.config.Scope, p.config.Reference, p.config.Credentials = "", "", false, action.Credentials{Token: creator.ReferenceToken}
				_, err := p.client.Mint(t.Context(), p.config)
				if test.want == "" && (err != nil || !strings.Contains(p.log.String(), "the permissions of its creator, user unknown")) {
					t.Errorf("%v\n%s", err, p.log)
				}
				var hinted interface{ Hint() string }
				if test.want != "" && (!errors.As(err, &hinted) || !strings.Contains(err.Error()+hinted.Hint(), test.want) || len(p.alive(creator.ID)) > 0) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
