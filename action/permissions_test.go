package action_test

import (
	"context"
	"errors"
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
