package jfrog_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// issuing are the calls whose answers hold a token.
func issuing() map[string]func(context.Context, *jfrog.Client) (jfrog.TokenResponse, error) {
	return map[string]func(context.Context, *jfrog.Client) (jfrog.TokenResponse, error){
		"mint": func(ctx context.Context, c *jfrog.Client) (jfrog.TokenResponse, error) {
			return c.Mint(ctx, admin, jfrog.MintRequest{})
		},
		"legacy mint": func(ctx context.Context, c *jfrog.Client) (jfrog.TokenResponse, error) {
			return c.MintLegacy(ctx, admin, jfrog.MintRequest{})
		},
		"exchange": func(ctx context.Context, c *jfrog.Client) (jfrog.TokenResponse, error) {
			return c.Exchange(ctx, jfrog.ExchangeRequest{Provider: "github"})
		},
		"refresh": func(ctx context.Context, c *jfrog.Client) (jfrog.TokenResponse, error) {
			return c.Refresh(ctx, admin.Token, redact.NewSecret("refresh"))
		},
	}
}

func TestTokenResponse(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]jfrog.TokenResponse{
		`{"token_id":"3c0d","access_token":"a.b-c_d","expires_in":31536000,"scope":"applied-permissions/admin","token_type":"Bearer"}`: {
			TokenID: "3c0d", AccessToken: redact.NewSecret("a.b-c_d"), ExpiresIn: ptr(31536000), Scope: "applied-permissions/admin", TokenType: "Bearer"},
		`{"access_token":"a","refresh_token":"r~+/=","reference_token":"cmVm","username":"team-a/bot","issued_token_type":"x","unknown":{}}`: {
			AccessToken: redact.NewSecret("a"), RefreshToken: redact.NewSecret("r~+/="), ReferenceToken: redact.NewSecret("cmVm"), Username: "team-a/bot"},
		`{"access_token":"a","expires_in":0,"refresh_token":null,"scope":"a\n::error::b\u202e","token_id":"\u0000x","username":"a\r","token_type":"\u2028"}`: {
			AccessToken: redact.NewSecret("a"), ExpiresIn: ptr(0), Scope: "a ::error::b ", TokenID: " x", Username: "a ", TokenType: " "},
	} {
		for name, call := range issuing() {
			got, err := call(t.Context(), through(fixed(200, body)))
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
	}
}

func TestTokenResponse_ThatCantBeUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"page":                {"<html><title>Sign in</title>", `200 the answer is not JSON (content type "text/html") (a page titled "Sign in")`},
		"wrong form":          {`{"access_token":7}`, `the answer is not the JSON that was expected`},
		"deep":                {`{"x":` + strings.Repeat("[", 20_000), "the answer is not JSON"},
		"no token":            {`{}`, "the answer holds no access_token"},
		"null":                {`null`, "the answer holds no access_token"},
		"empty token":         {`{"access_token":""}`, "the answer holds no access_token"},
		"line break in token": {`{"access_token":"a\n::add-mask::b"}`, "the answer's access_token holds a character that no token has, at byte 1"},
		"space in token":      {`{"access_token":"a b"}`, "the answer's access_token holds a character that no token has, at byte 1"},
		"huge token":          {`{"access_token":"` + strings.Repeat("x", httpapi.MaxToken+1) + `"}`, "the answer's access_token has 65537 bytes, more than 65536 (limit token)"},
		"reference token":     {`{"access_token":"a","reference_token":"é"}`, "the answer's reference_token holds a character that no token has, at byte 0"},
		"refresh token":       {`{"access_token":"a","refresh_token":"r\u202e"}`, "the answer's refresh_token holds a character that no token has, at byte 1"},
		"all three":           {`{"access_token":"\n","refresh_token":"\n","reference_token":"\n"}`, "the answer's access_token"},
		"time as a fraction":  {`{"access_token":"a","expires_in":1.5}`, "the answer is not the JSON that was expected"},
	} {
		for issuing, call := range issuing() {
			got, err := call(t.Context(), through(fixed(200, test.body, "Content-Type", "text/html")))
			var failure *httpapi.Error
			if !errors.As(err, &failure) || !strings.Contains(err.Error(), test.want) || got != (jfrog.TokenResponse{}) {
				t.Errorf("%s, %s: %+v, %v", name, issuing, got, err)
				continue
			}
			// JFrog may have made a token all the same, and an answer like that comes again.
			if !failure.Unusable() || !failure.Indeterminate() || failure.Temporary() || failure.Own || failure.Fix == "" {
				t.Errorf("%s, %s: indeterminate %t, temporary %t, fix %q", name, issuing, failure.Indeterminate(), failure.Temporary(), failure.Fix)
			}
		}
	}
}

// TestTokenResponse_BesideAnError: a token that is usable comes with the error about its time, so that it can be revoked.
func TestTokenResponse_BesideAnError(t *testing.T) {
	t.Parallel()
	for _, seconds := range []int64{-1, jfrog.MaxSeconds + 1, 1000000000000000000} {
		got, err := through(fixed(200, fmt.Sprintf(`{"access_token":"a","token_id":"x","expires_in":%d}`, seconds))).Mint(t.Context(), admin, jfrog.MintRequest{})
		var failure *httpapi.Error
		if !errors.As(err, &failure) || !failure.Unusable() || !strings.Contains(err.Error(), fmt.Sprintf("the answer's expires_in is %d", seconds)) {
			t.Errorf("%d: %v", seconds, err)
		}
		if got.AccessToken.Reveal() != "a" || got.TokenID != "x" || got.ExpiresIn != nil {
			t.Errorf("%d: %+v", seconds, got)
		}
	}
	if got, err := through(fixed(200, fmt.Sprintf(`{"access_token":"a","expires_in":%d}`, jfrog.MaxSeconds))).Mint(t.Context(), admin, jfrog.MintRequest{}); err != nil || *got.ExpiresIn != jfrog.MaxSeconds {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTokenResponse_AtTheLimit(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("x", httpapi.MaxToken)
	if got, err := through(fixed(200, `{"access_token":"`+token+`"}`)).Mint(t.Context(), admin, jfrog.MintRequest{}); err != nil || got.AccessToken.Reveal() != token {
		t.Errorf("%v", err)
	}
}

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
		got, err := through(fixed(200, body)).Mint(t.Context(), jfrog.Credentials{}, jfrog.MintRequest{})
		if err != nil && (strings.ContainsFunc(err.Error(), unicode.IsControl) || len(err.Error()) > 1000) {
			t.Errorf("body %q: %v", body, err)
		}
		if err == nil && (got.AccessToken.IsZero() || got.ExpiresIn != nil && (*got.ExpiresIn < 0 || *got.ExpiresIn > jfrog.MaxSeconds)) {
			t.Errorf("taken: %+v", got)
		}
		for _, secret := range []redact.Secret{got.AccessToken, got.ReferenceToken, got.RefreshToken} {
			if strings.ContainsFunc(secret.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
				t.Errorf("a token of body %q", body)
			}
		}
		for _, text := range []string{got.Username, got.TokenID, got.Scope, got.TokenType} {
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
		found, err := through(fixed(200, body)).List(t.Context(), jfrog.Credentials{}, description)
		if err != nil && strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Errorf("%v", err)
		}
		for _, token := range found {
			if strings.Trim(description, "*") == "" && !strings.HasPrefix(description, "**") {
				t.Errorf("%q finds %+v", description, token)
			}
			var asked string
			seen := through(func(r *http.Request) (*http.Response, error) {
				asked = r.URL.EscapedPath()
				return fixed(204, "")(r)
			})
			_ = seen.RevokeID(t.Context(), admin, token.TokenID)
			if asked != "" && asked != "/access/api/v1/tokens/"+token.TokenID {
				t.Errorf("id %q asks for %q", token.TokenID, asked)
			}
		}
	})
}
