package jfrog_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// ownForms are the forms of JFrog's refusals, for a status and words.
func ownForms(status int, words string) map[string]string {
	return map[string]string{
		"Access, list":        fmt.Sprintf(`{"errors":[{"code":"BAD_REQUEST","message":%q}]}`, words),
		"Access, with detail": fmt.Sprintf(`{"errors":[{"code":"BAD_REQUEST","message":%q,"detail":"more"}]}`, words),
		"Access, flat":        fmt.Sprintf(`{"code":"NOT_FOUND","message":%q,"detail":"more"}`, words),
		"Artifactory":         fmt.Sprintf(`{"errors":[{"status":%d,"message":%q}]}`, status, words),
		"pretty":              fmt.Sprintf("{\n  \"errors\" : [ {\n    \"status\" : %d,\n    \"message\" : %q\n  } ]\n}", status, words),
		"several":             fmt.Sprintf(`{"errors":[{"code":"FORBIDDEN","message":%q},{"code":"NOT_FOUND","message":"x"}]}`, words),
	}
}

// foreignForms are what gateways, proxies and other services answer, with words that JFrog has too.
func foreignForms(status int, words string) map[string]string {
	return map[string]string{
		"API gateway":          fmt.Sprintf(`{"message":%q}`, words),
		"API gateway, upper":   fmt.Sprintf(`{"Message":%q}`, words),
		"Node":                 fmt.Sprintf(`{"statusCode":%d,"error":"Unauthorized","message":%q}`, status, words),
		"list without a code":  fmt.Sprintf(`{"errors":[{"message":%q}]}`, words),
		"list, another status": fmt.Sprintf(`{"errors":[{"status":%d,"message":%q}]}`, status+1, words),
		"list, status as text": fmt.Sprintf(`{"errors":[{"status":"%d","message":%q}]}`, status, words),
		"list, code as number": fmt.Sprintf(`{"success":false,"errors":[{"code":10000,"message":%q}]}`, words),
		"list, lower code":     fmt.Sprintf(`{"errors":[{"code":"bad_request","message":%q}]}`, words),
		"list, no words":       `{"errors":[{"code":"BAD_REQUEST"}]}`,
		"empty list":           `{"errors":[]}`,
		"list of text":         fmt.Sprintf(`{"errors":[%q]}`, words),
		"GraphQL":              fmt.Sprintf(`{"errors":[{"message":%q,"extensions":{"code":"UNAUTHENTICATED"}}],"data":null}`, words),
		"flat, lower code":     fmt.Sprintf(`{"code":"Unauthorized","message":%q}`, words),
		"flat, code as number": fmt.Sprintf(`{"code":%d,"message":%q}`, status, words),
		"flat, no words":       `{"code":"UNAUTHORIZED"}`,
		"Kubernetes":           fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":%q,"reason":"Unauthorized","code":%d}`, words, status),
		"Spring":               fmt.Sprintf(`{"timestamp":"2026-01-02","status":%d,"error":"Unauthorized","message":%q,"path":"/x"}`, status, words),
		"Google":               fmt.Sprintf(`{"error":{"code":%d,"message":%q,"status":"UNAUTHENTICATED"}}`, status, words),
		"Azure":                fmt.Sprintf(`{"error":{"code":"AuthorizationFailed","message":%q}}`, words),
		"error as text":        fmt.Sprintf(`{"error":%q}`, words),
		"page":                 fmt.Sprintf("<html><head><title>%s</title></head><body>%s</body></html>", words, words),
		"XML":                  fmt.Sprintf("<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>%s</Message></Error>", words),
		"text":                 words,
		"JSON text":            fmt.Sprintf("%q", words),
		"JSON and more":        fmt.Sprintf(`{"errors":[{"code":"BAD_REQUEST","message":%q}]}<html>`, words),
		"cut off":              fmt.Sprintf(`{"errors":[{"code":"BAD_REQUEST","message":%q}`, words),
		"list of refusals":     fmt.Sprintf(`[{"code":"BAD_REQUEST","message":%q}]`, words),
		"empty":                "", "null": "null", "empty object": "{}",
	}
}

// oauthForms are OAuth's. The endpoints of the legacy API refuse so; anywhere else it is somebody else.
func oauthForms(words string) map[string]string {
	return map[string]string{
		"OAuth":            fmt.Sprintf(`{"error":"invalid_grant","error_description":%q}`, words),
		"OAuth, with more": fmt.Sprintf(`{"error":"invalid_request","error_description":%q,"error_uri":"https://x"}`, words),
	}
}

func TestRefusal_OwnForms(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 404, 500} {
		for form, body := range ownForms(status, "Some words") {
			for call := range calls(admin, admin.Token) {
				failure := failureOf(t, through(fixed(status, body)), call)
				if !failure.Own || failure.Status != status || failure.Message != "Some words" {
					t.Errorf("%d, %s, %s: own %t, %v", status, form, call, failure.Own, failure)
				}
			}
		}
	}
}

func TestRefusal_ForeignForms(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 522} {
		for form, body := range foreignForms(status, "Invalid token, revoked") {
			for call := range calls(admin, admin.Token) {
				failure := failureOf(t, through(fixed(status, body)), call)
				if failure.Own || failure.Refused() || failure.Status != status {
					t.Errorf("%d, %s, %s: own %t, %v", status, form, call, failure.Own, failure)
				}
				if strings.ContainsFunc(failure.Error(), unicode.IsControl) || failure.Message == "" {
					t.Errorf("%d, %s, %s: %v", status, form, call, failure)
				}
			}
		}
	}
}

func TestRefusal_OAuthFormAtTheLegacyEndpoints(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403} {
		for form, body := range oauthForms("The user: 'bob' doesn't exist") {
			for call := range calls(admin, admin.Token) {
				failure := failureOf(t, through(fixed(status, body)), call)
				if want := call == "legacy mint" || call == "legacy revoke"; failure.Own != want {
					t.Errorf("%d, %s, %s: own %t, %v", status, form, call, failure.Own, failure)
				}
				if !strings.HasPrefix(failure.Message, "invalid_") || failure.Detail != "The user: 'bob' doesn't exist" || failure.Code != failure.Message {
					t.Errorf("%s: %v", call, failure)
				}
			}
		}
	}
}

// TestRefusal_Words: whosever they are, they are shown.
func TestRefusal_Words(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status     int
		body, want string
	}{
		"Access":               {400, `{"errors":[{"code":"BAD_REQUEST","message":"Bad","detail":"more"}]}`, "400 Bad (more) (POST"},
		"detail as message":    {400, `{"errors":[{"code":"BAD_REQUEST","message":"Bad","detail":"Bad"}]}`, "400 Bad (POST"},
		"Access before 7.50":   {400, `{"code":"BAD_REQUEST","message":"Token not revocable","detail":"Millis: 21600000"}`, "400 Token not revocable (Millis: 21600000) (POST"},
		"Artifactory":          {401, `{"errors":[{"status":401,"message":"Token failed verification: expired"}]}`, "401 Token failed verification: expired (POST"},
		"Spring":               {401, `{"status":401,"error":"Unauthorized","message":"Sign in first"}`, "401 Unauthorized (Sign in first) (POST"},
		"gateway":              {401, `{"message":"No API key found"}`, "401 No API key found (POST"},
		"unknown JSON":         {403, `{"fault":{"faultstring":"Invalid ApiKey"}}`, `403 {"fault":{"faultstring":"Invalid ApiKey"}} (POST`},
		"wrong form":           {400, `{"errors":"no"}`, `400 {"errors":"no"} (POST`},
		"text":                 {404, "404 page not found\n", "404 404 page not found (POST"},
		"default backend":      {404, "default backend - 404", "404 default backend - 404 (POST"},
		"page":                 {502, "<html><title>502 Bad Gateway</title>", `502 Bad Gateway (a page titled "502 Bad Gateway") (POST`},
		"page without a title": {403, "\n <html><h1>Forbidden by the firewall</h1>", "403 Forbidden (POST"},
		"empty":                {403, "", "403 Forbidden (POST"},
		"spaces":               {403, " \n ", "403 Forbidden (POST"},
		"workflow command":     {400, "a\n::set-env name=X::y ##[add-mask]z", "400 a : :set-env name=X: :y # #[add-mask]z (POST"},
		"command in JSON":      {400, `{"errors":[{"code":"X","message":"a\n::error::b","detail":"##vso[x]\u202e"}]}`, "400 a : :error: :b (# #vso[x]) (POST"},
		"much":                 {400, strings.Repeat("x", 9000), "xxx… (POST"},
		"much JSON":            {400, `{"errors":[{"code":"X","message":"` + strings.Repeat("x", 9000) + `"}]}`, "xxx… (POST"},
		"deep":                 {400, strings.Repeat("[", 20_000), "[[[… (POST"},
	} {
		failure := failureOf(t, through(fixed(test.status, test.body)), "mint")
		if text := failure.Error(); !strings.HasPrefix(text, "minting the access token: ") || !strings.Contains(text, test.want) || len(text) > 2*httpapi.MaxMessage+500 {
			t.Errorf("%s: %s lacks %s", name, text, test.want)
		}
	}
}

func TestRefusal_Code(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"errors":[{"code":"METHOD_NOT_ALLOWED","message":"x"}]}`:                     "METHOD_NOT_ALLOWED",
		`{"errors":[{"status":400,"message":"x"}]}`:                                    "",
		`{"errors":[{"code":"` + strings.Repeat("A", 200) + `\u0007","message":"x"}]}`: strings.Repeat("A", 77) + "…",
	} {
		if failure := failureOf(t, through(fixed(400, body)), "mint"); failure.Code != want {
			t.Errorf("%s: code %q", body, failure.Code)
		}
	}
}

// TestRefusal_MeaningOfOwnAndForeign: what JFrog refused made no token; what anybody else answered may have.
func TestRefusal_MeaningOfOwnAndForeign(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 406, 409, 413} {
		for form, body := range ownForms(status, "Some words") {
			if failure := failureOf(t, through(fixed(status, body)), "mint"); failure.Indeterminate() || !failure.Refused() {
				t.Errorf("%d, %s: indeterminate %t, refused %t", status, form, failure.Indeterminate(), failure.Refused())
			}
		}
		for form, body := range foreignForms(status, "Some words") {
			if failure := failureOf(t, through(fixed(status, body)), "mint"); !failure.Indeterminate() || failure.Refused() || failure.Temporary() {
				t.Errorf("%d, %s: indeterminate %t, refused %t", status, form, failure.Indeterminate(), failure.Refused())
			}
		}
	}
}

func TestIsNotRevocable(t *testing.T) {
	t.Parallel()
	legacy := `{"errors":[{"status":500,"message":"HTTP response status 400:Failed on executing /api/v1/oauth/token/revoke, with response: {\"code\":\"BAD_REQUEST\",\"message\":\"Token not revocable\"}"}]}`
	for _, test := range []struct {
		status int
		body   string
		want   bool
	}{
		{400, `{"code":"BAD_REQUEST","message":"Token not revocable","detail":"Token expirationTimeMillis: 1"}`, true},
		{400, `{"errors":[{"code":"BAD_REQUEST","message":"Token not revocable"}]}`, true},
		{500, legacy, true},
		{400, `{"message":"Token not revocable"}`, false}, {400, "Token not revocable", false}, {400, `{"errors":[{"code":"BAD_REQUEST","message":"x"}]}`, false},
	} {
		if err := failureOf(t, through(fixed(test.status, test.body)), "legacy revoke"); jfrog.IsNotRevocable(err) != test.want {
			t.Errorf("%v: want %t", err, test.want)
		}
	}
	if jfrog.IsNotRevocable(nil) {
		t.Error("a success isn't a refusal")
	}
}

// TestRevoke_PageIsNoAcceptance: a sign-in page with status 200 isn't JFrog's word.
func TestRevoke_PageIsNoAcceptance(t *testing.T) {
	t.Parallel()
	for body, accepted := range map[string]bool{"": true, "Token revoked": true, "{}": true, "<html><title>Sign in</title></html>": false} {
		for _, call := range []string{"revoke", "revoke by id", "legacy revoke"} {
			err := calls(admin, redact.NewSecret("a.b.c"))[call](t.Context(), through(fixed(200, body)))
			if (err == nil) != accepted || !accepted && !strings.Contains(err.Error(), `a page titled "Sign in"`) {
				t.Errorf("%s, %q: %v", call, body, err)
			}
		}
	}
}

// FuzzErrorBody: whatever a server answers to a refused mint, the error fits on one line and is bounded, and only one of
// JFrog's forms makes it JFrog's.
func FuzzErrorBody(f *testing.F) {
	for _, forms := range []map[string]string{ownForms(400, "x"), foreignForms(400, "x"), oauthForms("x")} {
		for _, body := range forms {
			f.Add(body, 400)
		}
	}
	for _, seed := range []string{"[]", `{"errors":[{"message":"\u0000"}]}`, "\xff", "::error::x", `{"errors":[{"code":"X","message":"\ud800"}]}`} {
		f.Add(seed, 499)
	}
	f.Fuzz(func(t *testing.T, body string, status int) {
		status = 400 + max(status, -(status+1))%200
		failure := failureOf(t, through(fixed(status, body)), "mint")
		if text := failure.Error(); strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, "::") || len(text) > 3*httpapi.MaxMessage {
			t.Errorf("body %q: %s", body, text)
		}
		if failure.Own && (!strings.Contains(body, "{") || !strings.Contains(strings.ToLower(body), `message`) && !strings.Contains(body, `\u`)) {
			t.Errorf("body %q counts as JFrog's", body)
		}
	})
}
