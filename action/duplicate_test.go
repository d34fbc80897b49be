package action_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
)

// A balancer answers 502 while JFrog is still at work: the next attempt succeeds, and only then the first one makes a token.
func TestMint_RevokesADuplicateThatComesLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t).behind(t, onFirstMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			again := later(r)
			time.AfterFunc(700*time.Millisecond, func() { carriedOut(box, again) })
			w.WriteHeader(http.StatusBadGateway)
		}))
		token := p.minted(t)
		time.Sleep(time.Minute)
		if alive := p.alive(); len(alive) != 1 || alive[0].ID != token.ID {
			t.Errorf("alive: %+v\n%s", alive, p.log)
		}
	})
}

// A broken gateway repeats what it was sent: the job must not get the creator's token, nor the post step revoke it.
func TestMint_RefusesTheCreatorsOwnToken(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]bool{"JFrog made one": true, "a cache's answer": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				p.config.Scope, p.config.Groups = "applied-permissions/admin", nil
				creator := p.minted(t)
				p.config.Scope, p.config.Groups = "", []string{"CI"}
				p.config.Credentials.Token = creator.AccessToken
				p.behind(t, onMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
					if !made {
						w.Header().Set("Content-Type", "application/json")
						_, _ = io.WriteString(w, `{"access_token":"`+creator.AccessToken.Reveal()+`"}`)
						return
					}
					changed(w, carriedOut(box, r), map[string]any{"access_token": creator.AccessToken.Reveal()})
				}))
				began := time.Now()
				token, err := p.client.Mint(t.Context(), p.config)
				if err == nil || token != nil || !strings.Contains(err.Error(), "the creator's own token") {
					t.Errorf("got %v, %v", token, err)
				}
				if took := time.Since(began); took > time.Second { // JFrog isn't at work any more: what it made is listed
					t.Errorf("it took %s", took)
				}
				if alive := p.alive(); len(alive) != 1 || alive[0].ID != creator.ID {
					t.Errorf("alive: %+v", alive)
				}
			})
		})
	}
}

// A cache keyed by URL answers a probe with what was said of another job's token.
func TestRevoke_IsNotAnsweredByACache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen sync.Map // both endpoints are asked at once
		p := newPlatform(t).behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			known := false
			if r.Method != http.MethodDelete {
				_, known = seen.LoadOrStore(r.URL.String(), true)
			}
			switch {
			case r.Method == http.MethodDelete:
				w.WriteHeader(http.StatusBadGateway)
			case r.Method == http.MethodGet && known:
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"Invalid token, revoked"}]}`))
			default:
				box.ServeHTTP(w, r)
			}
		})
		first, second := p.minted(t), p.minted(t)
		p.client.Revoke(t.Context(), first.State())
		if report := p.client.Revoke(t.Context(), second.State()); report.Dead() {
			t.Errorf("got %s, alive %+v", report, p.alive())
		}
	})
}

// What the mapping adds to an exchanged token isn't handed to the job.
func TestMint_KeepsAnUnaskedRefreshTokenToItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := exchangeAnswers(t, map[string]any{"refresh_token": "a-refresh-token"})
		p.config.Groups, p.config.Mint = nil, action.MintNever
		r := new(runner)
		p.client.Runner = r
		_, err := p.client.Mint(t.Context(), p.config)
		if err != nil || len(r.given) != 1 || !r.given[0].RefreshToken.IsZero() {
			t.Errorf("%v, exported %+v", err, r.given)
		}
	})
}

func TestMint_RefusesAnExchangedScopeThatCantBeRead(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{`applied-permissions/groups:"CI applied-permissions/admin`, ""} {
		synctest.Test(t, func(t *testing.T) {
			p := exchangeAnswers(t, map[string]any{"access_token": "no-jwt", "scope": scope})
			p.config.Groups, p.config.Mint = nil, action.MintNever
			r := new(runner)
			p.client.Runner = r
			if _, err := p.client.Mint(t.Context(), p.config); err == nil || len(r.given) > 0 {
				t.Errorf("scope %q: %v, exported %+v", scope, err, r.given)
			}
		})
	}
}

// exchangeAnswers starts a platform whose answer to an exchange has these members instead.
func exchangeAnswers(t *testing.T, members map[string]any) *platform {
	t.Helper()
	return newPlatform(t).behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/oidc/token") {
			changed(w, carriedOut(box, r), members)
			return
		}
		box.ServeHTTP(w, r)
	}).withProvider("github-user")
}
