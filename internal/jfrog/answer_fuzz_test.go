package jfrog_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// FuzzAnswer: whatever a server answers to a mint, a token that is taken can be masked and handed on, and the rest fits on
// one line.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"access_token":"a.b.c"}`, `{"access_token":"a\nb"}`, `{"access_token":"a","expires_in":-1}`,
		`{"access_token":"a","expires_in":1e18}`, `{"access_token":"a","scope":"::x\u202e\u0000","username":"\r","token_id":"##[x]"}`,
		`{"access_token":"a","reference_token":"\u2028","refresh_token":"é"}`, "<html>", `{"access_token":1}`, strings.Repeat("[", 10001),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		client := jfrog.New(&url.URL{Scheme: "http", Host: "jfrog.test"}, fixed{200, body}, "frogmint/test")
		granted, err := client.Mint(t.Context(), jfrog.Credentials{}, jfrog.Request{})
		if err != nil {
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("body %q: %v", body, err)
			}
			return
		}
		if granted.AccessToken.IsZero() || granted.ExpiresIn != nil && (*granted.ExpiresIn < 0 || *granted.ExpiresIn > jfrog.MaxSeconds) {
			t.Errorf("taken: %+v", granted)
		}
		for _, secret := range granted.Secrets() {
			if strings.ContainsFunc(secret.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
				t.Errorf("a token of body %q", body)
			}
		}
		for _, text := range []string{granted.Username, granted.TokenID, granted.Scope, granted.TokenType} {
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
				t.Errorf("%q of body %q", text, body)
			}
		}
	})
}

// FuzzList: a list never makes anybody revoke what wasn't looked for, and ids are used only where they are ids.
func FuzzList(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"tokens":null}`, `{"tokens":[{"token_id":"x","description":"mine"}]}`, `{"tokens":[{"token_id":"../x","description":"mine","expiry":-1}]}`,
		`{"tokens":[{"token_id":"y","description":"other"},{}]}`, `{"tokens":[{"expiry":99999999999999}]}`,
	} {
		f.Add(seed, "mine")
	}
	f.Fuzz(func(t *testing.T, body, description string) {
		client := jfrog.New(&url.URL{Scheme: "http", Host: "jfrog.test"}, fixed{200, body}, "frogmint/test")
		found, err := client.List(t.Context(), jfrog.Credentials{}, description)
		if err != nil && strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Errorf("%v", err)
		}
		for _, token := range found {
			if strings.Trim(description, "*") == "" {
				t.Errorf("%q finds %+v", description, token)
			}
			var asked string
			seen := jfrog.New(&url.URL{Scheme: "http", Host: "jfrog.test"}, doer(func(r *http.Request) (*http.Response, error) {
				asked = r.URL.EscapedPath()
				return httptest.NewRecorder().Result(), nil
			}), "frogmint/test")
			_ = seen.RevokeID(t.Context(), jfrog.Credentials{Token: redact.NewSecret("t")}, token.TokenID)
			if asked != "" && asked != "/access/api/v1/tokens/"+token.TokenID {
				t.Errorf("id %q asks for %q", token.TokenID, asked)
			}
		}
	})
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// FuzzRetryAfter: no header makes the program wait for more than a minute, or for less than nothing.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "3", "-3", "99999999999999999999", "1e9", "Sun, 06 Nov 1994 08:49:37 GMT", "soon"} {
		f.Add(seed, "Sun, 06 Nov 1994 08:49:30 GMT")
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		client := jfrog.New(&url.URL{Scheme: "http", Host: "jfrog.test"}, doer(func(r *http.Request) (*http.Response, error) {
			response := httptest.NewRecorder().Result()
			response.StatusCode, response.Request = 429, r
			response.Header = http.Header{"Retry-After": {after}, "Date": {date}}
			return response, nil
		}), "frogmint/test")
		_, err := client.Mint(t.Context(), jfrog.Credentials{}, jfrog.Request{})
		waits, ok := err.(interface{ RetryAfter() time.Duration })
		if !ok || waits.RetryAfter() < 0 || waits.RetryAfter() > time.Minute {
			t.Errorf("%q, %q: %v", after, date, err)
		}
	})
}
