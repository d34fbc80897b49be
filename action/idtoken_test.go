package action_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/frogmint/frogmint/action"
)

// unsigned writes an ID token that nobody signed.
func unsigned(claims map[string]any) action.Secret {
	text, _ := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims(claims)).SignedString(jwt.UnsafeAllowNoneSignatureType)
	return action.NewSecret(text)
}

// What JFrog would refuse with fewer words is found before it is sent.
func TestIDToken_IsCheckedAndMasked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		token    action.Secret
		err      error
		audience string
		field    string // of the ConfigError; empty for none
	}{
		"fine":                     {token: unsigned(map[string]any{"aud": "a", "exp": 946684800 + 300}), audience: "a"},
		"one audience of several":  {token: unsigned(map[string]any{"aud": []string{"b", "a"}}), audience: "a"},
		"any audience":             {token: unsigned(map[string]any{"aud": "b"})},
		"another audience":         {token: unsigned(map[string]any{"aud": "b"}), audience: "a", field: "oidc-audience"},
		"no audience":              {token: unsigned(map[string]any{"sub": "b"}), audience: "a", field: "oidc-audience"},
		"expired":                  {token: unsigned(map[string]any{"exp": 946684800 - 61}), field: "ID token"},
		"expired by a clock ahead": {token: unsigned(map[string]any{"exp": 946684800 - 59})},
		"no token":                 {field: "ID token"},
		"no JWT":                   {token: action.NewSecret("something"), field: "ID token"},
		"no answer":                {err: errors.New("the CI says no")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := new(runner)
				client := &action.Client{Runner: r}
				asked := ""
				got, err := client.IDToken(t.Context(), action.Config{IDTokenAudience: test.audience, IDToken: func(_ context.Context, audience string) (action.Secret, error) {
					asked = audience
					return test.token, test.err
				}})
				var config *action.ConfigError
				switch {
				case test.err != nil:
					if !errors.Is(err, test.err) || len(r.masked) > 0 {
						t.Errorf("got %v", err)
					}
					return
				case errors.As(err, &config) != (test.field != "") || test.field != "" && (config.Field != test.field || config.Hint() == ""):
					t.Errorf("got %v", err)
				case test.field == "" && (err != nil || got != test.token):
					t.Errorf("got %v", err)
				}
				if asked != test.audience || len(r.masked) != 1 || r.masked[0] != test.token {
					t.Errorf("asked for %q, masked %d", asked, len(r.masked))
				}
				if test.token.Reveal() != "" && err != nil && strings.Contains(err.Error(), test.token.Reveal()) {
					t.Error("the ID token is in the error")
				}
			})
		})
	}
}

// A CI that is busy is asked again, for the length of the budget at the most.
func TestIDToken_IsAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, http.StatusServiceUnavailable} {
		for busy, works := range map[int]bool{1: true, 3: true, 9: true, 1_000_000: false} {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				began := time.Now()
				_, err := new(action.Client).IDToken(t.Context(), action.Config{IDToken: func(context.Context, string) (action.Secret, error) {
					if calls++; calls <= busy {
						return action.Secret{}, &action.APIError{Op: "asking", Status: status}
					}
					return unsigned(nil), nil
				}})
				if (err == nil) != works || time.Since(began) > action.DefaultTimeout {
					t.Errorf("%d after %d calls and %s: %v", status, calls, time.Since(began), err)
				}
			})
		}
	}
}

func TestIDToken_NeedsToKnowWhereItComesFrom(t *testing.T) {
	t.Parallel()
	_, err := new(action.Client).IDToken(t.Context(), action.Config{})
	var config *action.ConfigError
	if !errors.As(err, &config) {
		t.Errorf("got %v", err)
	}
}
