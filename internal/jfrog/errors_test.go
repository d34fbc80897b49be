package jfrog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// answering returns a client whose server gives one answer to everything.
func answering(t testing.TB, status int, contentType, body string, header ...string) *jfrog.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return clientFor(t, server.URL)
}

func clientFor(t testing.TB, address string) *jfrog.Client {
	t.Helper()
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	client, err := limit.NewClient(limit.Transport{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return jfrog.New(base, client, "frogmint/test")
}

func TestErrorsReadJFrogsWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		body   string
		want   string // of the text
		hint   string
	}{
		"access":             {400, `{"errors":[{"code":"BAD_REQUEST","message":"Invalid audience"}]}`, "400 Invalid audience (POST http", "oidc-audience"},
		"access with detail": {400, `{"errors":[{"code":"BAD_REQUEST","message":"Bad","detail":"more"}]}`, "400 Bad (more) (POST", "check oidc-provider-name"},
		"older access":       {400, `{"code":"BAD_REQUEST","message":"Token not revocable","detail":"revocableExpiryThresholdMillis: 21600000"}`, "400 Token not revocable (revocableExpiry", "integration"},
		"artifactory":        {401, `{"errors":[{"status":401,"message":"Token failed verification: expired"}]}`, "401 Token failed verification: expired", "clocks"},
		"public key":         {400, `{"errors":[{"message":"Failed to get public key"}]}`, "Failed to get public key", "trailing slash"},
		"html":               {502, `<html><h1>Bad Gateway</h1>`, "502 Bad Gateway", "a proxy in front of it is in trouble"},
		"plain text":         {400, "just words", "400 just words", ""},
		"empty":              {403, "", "403 Forbidden", "no identity mapping"},
		"workflow command":   {400, "a\n::set-env name=X::y ##[add-mask]z", "400 a : :set-env name=X: :y # #[add-mask]z", ""},
		"wrong shape":        {400, `{"errors":"no"}`, `400 {"errors":"no"}`, ""},
		"too many words":     {400, strings.Repeat("x", 9000), "xxx…", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(t, test.status, "application/json", test.body).Exchange(t.Context(), redact.NewSecret("idtoken"), jfrog.Exchange{Provider: "github"})
			var refusal *jfrog.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("not a refusal: %v", err)
			}
			if !strings.HasPrefix(err.Error(), `exchanging the ID token with provider "github": `) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("text %q lacks %q", err, test.want)
			}
			if !strings.Contains(refusal.Hint(), test.hint) {
				t.Errorf("hint %q lacks %q", refusal.Hint(), test.hint)
			}
			if len(err.Error()) > limit.Message*2+500 {
				t.Errorf("%d bytes", len(err.Error()))
			}
		})
	}
}

func TestTemporaryAndUndecided(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct{ temporary, undecided bool }{
		400: {}, 401: {}, 403: {}, 404: {}, 409: {}, 501: {}, 307: {},
		429: {true, false}, 500: {false, true}, 502: {true, true}, 503: {true, false}, 504: {true, true},
	} {
		_, err := answering(t, status, "application/json", "{}").Mint(t.Context(), jfrog.Credentials{}, jfrog.Request{})
		var refusal *jfrog.Error
		if !errors.As(err, &refusal) || refusal.Temporary() != want.temporary || refusal.Undecided() != want.undecided {
			t.Errorf("%d: %v, want %+v", status, err, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "999999": time.Minute, "-4": 0, "soon": 0, "": 0,
		date.Add(9 * time.Second).Format(http.TimeFormat): 9 * time.Second, date.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		_, err := answering(t, 429, "text/plain", "", "Retry-After", value, "Date", date.Format(http.TimeFormat)).
			Mint(t.Context(), jfrog.Credentials{}, jfrog.Request{})
		var refusal *jfrog.Error
		if !errors.As(err, &refusal) || refusal.RetryAfter() != want {
			t.Errorf("%q: %v, want %s", value, refusal.RetryAfter(), want)
		}
	}
}

func TestAnswersThatCantBeUsed(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 20_000)
	tests := map[string]struct{ contentType, body, want string }{
		"html with 200":       {"text/html", "<html>login</html>", `content type "text/html"`},
		"wrong shape":         {"application/json", `{"access_token":7}`, "not the JSON that JFrog documents"},
		"deep":                {"application/json", `{"x":` + deep, "not the JSON that JFrog documents"},
		"huge":                {"application/json", `{"scope":"` + strings.Repeat("x", limit.Body) + `"}`, "more than 1048576 bytes (limit answer)"},
		"no token":            {"application/json", `{}`, "holds no access_token"},
		"line break in token": {"application/json", `{"access_token":"a\n::add-mask::b"}`, "a character that no token has"},
		"huge token":          {"application/json", `{"access_token":"` + strings.Repeat("x", limit.Token+1) + `"}`, "limit token"},
		"expiry in the past":  {"application/json", `{"access_token":"a","expires_in":-5}`, "expires_in is -5"},
		"expiry far away":     {"application/json", `{"access_token":"a","expires_in":1000000000000000000}`, "expires_in is 1000000000000000000"},
		"bad refresh token":   {"application/json", `{"access_token":"a","refresh_token":"\u202e"}`, "refresh_token holds a character"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(t, 200, test.contentType, test.body).Mint(t.Context(), jfrog.Credentials{}, jfrog.Request{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			var known interface{ Hint() string }
			if !errors.As(err, &known) || known.Hint() == "" {
				t.Errorf("no hint for %v", err)
			}
		})
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := clientFor(t, server.URL).Mint(t.Context(), jfrog.Credentials{Token: redact.NewSecret("topsecret")}, jfrog.Request{})
	var refusal *jfrog.Error
	if !errors.As(err, &refusal) || refusal.Status != 0 || !refusal.Temporary() || refusal.Undecided() {
		t.Errorf("refused connection: %v", err)
	}
	if refusal.Hint() == "" || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("text %q, hint %q", err, refusal.Hint())
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("no patience"))
	defer cancel()
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // until then the server doesn't notice that the client went away
		<-r.Context().Done()
	}))
	t.Cleanup(hanging.Close)
	_, err = clientFor(t, hanging.URL).Mint(ctx, jfrog.Credentials{}, jfrog.Request{})
	if !errors.As(err, &refusal) || !refusal.Undecided() || !strings.Contains(err.Error(), "no patience") {
		t.Errorf("no answer in time: %v", err)
	}
}

func TestCertificateIsNoReasonToTryAgain(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	_, err := clientFor(t, server.URL).Mint(t.Context(), jfrog.Credentials{}, jfrog.Request{})
	var refusal *jfrog.Error
	if !errors.As(err, &refusal) || refusal.Temporary() || refusal.Undecided() || !strings.Contains(refusal.Hint(), "ca-cert") {
		t.Errorf("unknown authority: %v", err)
	}
}

func TestExplanationsAreWhole(t *testing.T) {
	t.Parallel()
	for i, e := range jfrog.Explanations() {
		if e.Cause == "" || e.Hint == "" || e.Source == "" || e.Status == 0 && e.Words == "" {
			t.Errorf("explanation %d is not whole: %+v", i, e)
		}
	}
}

func TestRevokeIDRefusesPathTricks(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent %s", r.URL) }))
	t.Cleanup(server.Close)
	for _, id := range []string{"", "me", "..", "a/b", "a?b", "a%2fb", strings.Repeat("x", 256)} {
		if err := clientFor(t, server.URL).RevokeID(t.Context(), jfrog.Credentials{}, id); err == nil {
			t.Errorf("id %q was taken", id)
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{"", "{}", "[]", `{"errors":[]}`, `{"errors":[{"message":"\u0000"}]}`, "<html>", "\xff", "::error::x"} {
		f.Add(seed, 400)
	}
	f.Fuzz(func(t *testing.T, body string, status int) {
		status = 400 + abs(status)%200
		client := jfrog.New(&url.URL{Scheme: "http", Host: "jfrog.test"}, fixed{status, body}, "frogmint/test")
		_, err := client.Mint(t.Context(), jfrog.Credentials{}, jfrog.Request{})
		if err == nil || strings.ContainsFunc(err.Error(), unicode.IsControl) || len(err.Error()) > 3*limit.Message {
			t.Errorf("body %q: %v", body, err)
		}
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

// fixed answers without a network.
type fixed struct {
	status int
	body   string
}

func (a fixed) Do(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	recorder.WriteHeader(a.status)
	_, _ = fmt.Fprint(recorder, a.body)
	response := recorder.Result()
	response.Request = r
	return response, nil
}
