package action_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

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
				var old *action.TooOldError
				if errors.As(err, &old) != (test.version != "") || old != nil && old.Hint() != "update JFrog, or don't ask for it" {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
