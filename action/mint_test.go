package action_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
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

// A refusal is found by errors.As, and says what to do.
func TestMint_FailsWithAnAPIError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: new(true)}}))
		p.config.Credentials = action.Credentials{User: "robot", Password: action.NewSecret("password")}
		_, err := p.client.Mint(t.Context(), p.config)
		var refusal *action.APIError
		var old *action.TooOldError
		if !errors.As(err, &refusal) || errors.As(err, &old) || refusal.Status != http.StatusForbidden || !refusal.Own || refusal.Code != "FORBIDDEN" || !strings.Contains(refusal.Hint(), "only an admin may choose groups") {
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

// What is too old is named in one order, the Access API first; the advice is that of the last which has any.
func TestMint_NamesAllThatIsTooOldInOrder(t *testing.T) {
	t.Parallel()
	for version, test := range map[string]struct {
		reference   bool
		needs, hint string
	}{
		"7.20.0": {true, "the Access API needs 7.21.1, a reference token needs 7.38.10, a user's own credentials for the Access API needs 7.63.2", "set api to legacy, or give an access-token"},
		"7.30.0": {true, "a reference token needs 7.38.10, a user's own credentials for the Access API needs 7.63.2", "set api to legacy, or give an access-token"},
		"7.20.1": {false, "the Access API needs 7.21.1, a user's own credentials for the Access API needs 7.63.2", "set api to legacy, or give an access-token"},
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithVersion(version))
				p.config.Credentials, p.config.API, p.config.Reference = password(p), action.APIAccess, test.reference
				_, err := p.client.Mint(t.Context(), p.config)
				var old *action.TooOldError
				if !errors.As(err, &old) || old.Needs != test.needs || old.Hint() != "update JFrog, or "+test.hint {
					t.Errorf("got %v (%+v)", err, old)
				}
			})
		})
	}
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

// A creator's own token in place of a new one is refused. JFrog may have made one beside it, which is looked for.
func TestMint_LooksForATokenBehindTheCreatorsOwn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lists bool
		left  bool
	}{"what was made is revoked": {true, false}, "what was made can't be looked for": {false, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				creator := p.AdminToken
				p.behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
					switch {
					case isMint(r):
						changed(w, carriedOut(box, r), map[string]any{"access_token": creator})
					case !test.lists && r.Method == http.MethodGet:
						w.WriteHeader(http.StatusForbidden)
					default:
						box.ServeHTTP(w, r)
					}
				})
				_, err := p.client.Mint(t.Context(), p.config)
				var left *action.LeftAliveError
				if err == nil || errors.As(err, &left) != test.left || (len(p.alive()) > 0) != test.left || p.requests(http.MethodPost, "/tokens") != 1 {
					t.Errorf("%v; alive %+v", err, p.alive())
				}
				p.wantNoneUnnamed(t, err)
			})
		})
	}
}
