package cli_test

import (
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

const exchange = "/access/api/v1/oidc/token"

// newOIDCJob is a job that exchanges its ID token, behind a front.
func newOIDCJob(t *testing.T, box *sandboxtest.Sandbox, f front, provider string, inputs map[string]string) *runner {
	t.Helper()
	all := map[string]string{"access-token": "", "oidc-provider-name": provider}
	maps.Copy(all, inputs)
	return newJob(t, box, f, all)
}

func untouched(http.ResponseWriter, *http.Request) bool { return false }

// What was asked for and isn't given is not replaced by what the exchange gave.
func TestExchange_GivesNoOtherTokenThanWasAsked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		provider string
		inputs   map[string]string
		options  []sandbox.Option
		status   int
		word     string
	}{
		// Its token lives on: a mapping's token can't be revoked.
		"groups, never to mint":             {"github", map[string]string{"groups": "readers", "mint": "never"}, nil, 3, "applied-permissions/groups:CI"},
		"groups that a user may not choose": {"github-user", nil, nil, 1, "only an admin may choose groups"},
		"nothing asked, and more than the user's own": {"github-user", map[string]string{"groups": ""},
			[]sandbox.Option{faults(t, "broader-scope=applied-permissions/groups:deployers@mint")}, 1, "applied-permissions/groups:deployers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newOIDCJob(t, sandboxtest.Start(t, test.options...), untouched, test.provider, test.inputs)
			status, log := r.main()
			r.refused(status, log, test.status, test.word)
			for _, token := range r.sandbox.Server.LiveTokens() {
				if token.Revocable {
					t.Errorf("left alive: %+v", token)
				}
			}
		})
	}
}

// An exchanged token that may live on beside the one minted from it is a failure only where that was asked.
func TestExchange_SaysWhenTheExchangedTokenMayLive(t *testing.T) {
	t.Parallel()
	for word, status := range map[string]int{"warn": 0, "fail": 3} {
		t.Run(word, inBubble(func(t *testing.T) {
			var creator atomic.Value // the header with the exchanged token, which the mint is made with
			r := newOIDCJob(t, sandboxtest.StartInBubble(t), func(w http.ResponseWriter, r *http.Request) bool {
				if isMint(r) {
					creator.Store(r.Header.Get("Authorization"))
				}
				if known, _ := creator.Load().(string); isMint(r) || known == "" || r.Header.Get("Authorization") != known {
					return false
				}
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, signIn)
				return true
			}, "github-broker", map[string]string{"on-revoke-failure": word})
			got, log := r.main()
			if got != status {
				t.Errorf("exit status %d\n%s", got, log)
			}
			wants(t, log, "exchanged token ", ": unknown")
			if status != 0 {
				r.only() // what was exported by then is dead
				return
			}
			r.only(r.file("OUTPUT")["token-id"])
		}))
	}
}

// Nobody can look for a token of an exchange that was never answered: people are told that there may be one.
func TestExchange_SaysWhatAnAnswerLostMayHaveLeft(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]struct {
		timeout string
		status  int
		level   string
	}{
		"commit-then-drop@exchange": {"2s", 3, "::error::"}, "commit-then-drop@exchange,times=1": {"", 0, "::warning::"},
		"html@exchange": {"", 3, "::error::"},
	} {
		t.Run(fault, inBubble(func(t *testing.T) {
			r := newOIDCJob(t, sandboxtest.StartInBubble(t, faults(t, fault)), untouched, "github-broker", map[string]string{"timeout": want.timeout})
			status, log := r.main()
			if status != want.status {
				t.Errorf("exit status %d, want %d\n%s", status, want.status, log)
			}
			_, line, _ := strings.Cut(log, want.level)
			wants(t, line, "exchange")
		}))
	}
}

// An ID token that is over by more than two clocks may differ is told from one that JFrog refuses.
func TestExchange_SendsNoExpiredIDToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ends time.Duration
		sent bool
	}{"an hour ago": {-time.Hour, false}, "half a minute ago": {-30 * time.Second, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ends := strconv.FormatInt(time.Now().Add(test.ends).Unix(), 10)
			box := sandboxtest.Start(t, sandbox.WithClaims(map[string]string{"exp": ends}))
			r := newOIDCJob(t, box, untouched, "github-broker", nil)
			status, log := r.main()
			if got := r.sent(http.MethodPost, exchange) > 0; got != test.sent || !got && status != 2 {
				t.Errorf("exit status %d, sent %t\n%s", status, got, log)
			}
		})
	}
}

// JFrog's audit shows which job exchanged, and its integration decides by what it is told.
func TestExchange_TellsJFrogOfTheJob(t *testing.T) {
	t.Parallel()
	r := newOIDCJob(t, sandboxtest.Start(t), untouched, "github", map[string]string{
		"oidc-audience": "https://acme.jfrog.io", "identity-mapping-name": "mapping", "project": "proj", "reference": "true",
	})
	r.env["GITHUB_SHA"], r.env["GITHUB_REF_NAME"] = "0123abcd", "main"
	_, log := r.main()
	for _, request := range r.sandbox.Server.Requests() {
		if request.Path != exchange {
			continue
		}
		delete(request.Body, "subject_token")
		if diff := cmp.Diff(map[string]any{
			"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
			"provider_name": "github", "provider_type": "GitHub", "identity_mapping_name": "mapping", "audience": "https://acme.jfrog.io",
			"project_key": "proj", "include_reference_token": true,
			"job_id": "build", "run_id": "77", "repo": "octo-org/octo-repo", "revision": "0123abcd", "branch": "main",
		}, request.Body); diff != "" {
			t.Error(diff)
		}
		return
	}
	t.Errorf("nothing was exchanged:\n%s", log)
}

// A sweep's own token is revoked too, where JFrog can revoke it.
func TestSweep_RevokesTheTokenItExchanged(t *testing.T) {
	t.Parallel()
	all := int64(0)
	r := newOIDCJob(t, sandboxtest.Start(t, sandbox.WithConfig(sandbox.Config{
		Token: sandbox.TokenConfig{RevocableExpiryThreshold: &all, PersistentExpiryThreshold: &all},
	})), untouched, "github-broker", nil)
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	if status, log := r.sweep(); status != 0 {
		t.Errorf("exit status %d\n%s", status, log)
	}
	for _, token := range r.sandbox.Server.LiveTokens() {
		t.Errorf("left alive: %+v", token)
	}
}
