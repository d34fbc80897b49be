package jfrog_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

func TestExplanations_AreWhole(t *testing.T) {
	t.Parallel()
	for i, e := range jfrog.Explanations() {
		if e.Cause == "" || e.Hint == "" || e.Source == "" || e.Status == 0 && e.Words == "" {
			t.Errorf("explanation %d is not whole: %+v", i, e)
		}
	}
}

// callOf is a call that an explanation is about.
func callOf(t *testing.T, e jfrog.Explanation) string {
	t.Helper()
	call, known := map[string]string{"exchanging": "exchange", "minting": "mint", "the token": "revoke", "": "list"}[e.Call]
	if !known {
		t.Fatalf("no call for %q", e.Call)
	}
	return call
}

// TestExplanations_AreReached: each of them by JFrog's own refusal, in each of its forms, and by nobody else's.
func TestExplanations_AreReached(t *testing.T) {
	t.Parallel()
	causes := map[string]bool{}
	for _, e := range jfrog.Explanations() {
		causes[e.Cause] = true
	}
	for _, e := range jfrog.Explanations() {
		t.Run(fmt.Sprintf("%d %s %s", e.Status, e.Call, e.Words), func(t *testing.T) {
			t.Parallel()
			status, words, call := cmp.Or(e.Status, 500), cmp.Or(e.Words, "Some words"), callOf(t, e)
			for form, body := range ownForms(status, words) {
				if failure := failureOf(t, through(fixed(status, body)), call); failure.Cause != e.Cause || failure.Fix != e.Hint {
					t.Errorf("%s: %v is explained as %q", form, failure, failure.Hint())
				}
			}
			for _, forms := range []map[string]string{foreignForms(status, words), oauthForms(words)} {
				for form, body := range forms {
					if failure := failureOf(t, through(fixed(status, body)), call); causes[failure.Cause] || failure.Fix == "" {
						t.Errorf("%s: %v is explained as JFrog's: %q", form, failure, failure.Hint())
					}
				}
			}
		})
	}
}

func TestExplanations_OfWhatWasObserved(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		call   string
		status int
		words  string
		want   string // of the hint
	}{
		{"exchange", 400, "Invalid audience", "set oidc-audience"},
		{"exchange", 400, "Failed to get public key", "trailing slash"},
		{"exchange", 401, "Invalid token, expired", "clocks of both sides"},
		{"exchange", 400, "Claim actor not found in token", "check oidc-provider-name"},
		{"exchange", 403, "Forbidden", "no identity mapping"},
		{"exchange", 404, "Provider github not found", "no OIDC integration of this name"},
		{"mint", 400, "Invalid formatted name: github/main", "give the identity mapping a username"},
		{"mint", 401, "Invalid token, expired", "credentials have expired"},
		{"mint", 401, "Invalid token, parse", "whole and without quotes"},
		{"mint", 401, "Bad credentials", "wrong user or password"},
		{"mint", 401, "Props Authentication Token not found", "reference token"},
		{"mint", 401, "HTTP 401 Unauthorized", "creator's credentials"},
		{"mint", 403, "Forbidden", "the creator may not make this token"},
		{"legacy mint", 403, "Forbidden", "the creator may not make this token"},
		{"revoke", 400, "Token not revocable", "let the token die"},
		{"legacy revoke", 500, "HTTP response status 400:Failed on executing, with response: Token not revocable", "let the token die"},
		{"refresh", 404, "Token matching the provided refresh token was not found.", "the refresh token was used already"},
		{"list", 403, "Forbidden", "check the permissions of the creator"},
		{"revoke by id", 405, "HTTP 405 Method Not Allowed", "without /artifactory"},
		{"mint", 429, "Too many requests", "start fewer jobs at once"},
	} {
		for form, body := range ownForms(test.status, test.words) {
			if failure := failureOf(t, through(fixed(test.status, body)), test.call); !strings.Contains(failure.Hint(), test.want) {
				t.Errorf("%s, %s: %v is explained as %q", test.call, form, failure, failure.Hint())
			}
		}
	}
}

const (
	lookForGateway = "this answer is not JFrog's: something at jfrog.test or in front of it gave it; look for a gateway, firewall, proxy or sign-in page between this runner and the platform, and check the url"
	inTrouble      = "the platform or a proxy in front of it is in trouble: try again later, and look at its log"
	limited        = "the rate of requests is limited; start fewer jobs at once, or raise the timeout"
	ownAddress     = "set url to the address that the platform itself has, with https"
	wrongURL       = "the answer isn't what JFrog documents; check that the url is the platform's base URL and that no proxy or sign-in page is in front of it"
	clientCert     = "the platform wants a client certificate that it trusts: give one as client-cert and client-key"
	handshake      = "the server refused the TLS handshake: where it wants a client certificate, give one as client-cert and client-key; check the url"
	oldTLS         = "the server takes no TLS 1.2 or newer: update it, or the gateway in front of it"
)

// TestHint_OfAnswers: what JFrog's own words don't explain is explained by the status and by who answered.
func TestHint_OfAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		body   string
		want   string
	}{
		{400, "x", lookForGateway}, {401, `{"message":"Unauthorized"}`, lookForGateway}, {403, "<html><title>Sign in</title>", lookForGateway},
		{404, "404 page not found", lookForGateway}, {413, "", lookForGateway}, {406, "{}", lookForGateway}, {200, "<html><title>Sign in</title>", lookForGateway},
		{500, "x", inTrouble}, {501, "<html>", inTrouble}, {502, "", inTrouble}, {503, "<title>Maintenance</title>", inTrouble}, {504, "x", inTrouble}, {522, "error code: 522", inTrouble},
		{500, `{"errors":[{"status":500,"message":"x"}]}`, inTrouble}, {503, `{"errors":[{"code":"SERVICE_UNAVAILABLE","message":"x"}]}`, inTrouble},
		{429, "", limited}, {429, `{"message":"slow down"}`, limited},
		{301, "", ownAddress}, {302, "<html>", ownAddress}, {307, "", ownAddress}, {308, "", ownAddress}, {304, "", ownAddress},
		{407, "", "a proxy wants a user name and password, or refuses those that it got; check the user and password in HTTPS_PROXY; special characters are written percent-encoded"},
		{200, "{}", wrongURL}, {200, "OK", wrongURL}, {200, "<html>", wrongURL}, {204, "", wrongURL},
		{400, "<html><title>400 No required SSL certificate was sent</title>", clientCert}, {400, "<html><title>400 The SSL certificate error</title>", clientCert},
		{409, `{"errors":[{"status":409,"message":"x"}]}`, ""}, {422, `{"errors":[{"code":"UNPROCESSABLE_ENTITY","message":"x"}]}`, ""},
	} {
		failure := failureOf(t, through(fixed(test.status, test.body, "Location", "/login")), "mint")
		if got := failure.Hint(); got != test.want {
			t.Errorf("%v\ngot  %q\nwant %q", failure, got, test.want)
		}
	}
}

func TestHint_OfNoAnswer(t *testing.T) {
	t.Parallel()
	const reachable = "check that the url is right and reachable from this runner; a proxy is taken from HTTPS_PROXY and NO_PROXY"
	remote := func(alert tls.AlertError) error { return &net.OpError{Op: "remote error", Err: alert} }
	for _, test := range []struct {
		err  error
		want string
	}{
		{&httpapi.ProxyError{Proxy: "proxy:3128", Status: 407}, "the proxy proxy:3128: check the user and password in HTTPS_PROXY; special characters are written percent-encoded"},
		{&httpapi.ProxyError{Proxy: "proxy:3128", Status: 403}, "let the proxy proxy:3128 connect to jfrog.test, or name the host in NO_PROXY"},
		{&httpapi.ProxyError{Proxy: "proxy:3128", Status: 502}, "let the proxy proxy:3128 connect to jfrog.test, or name the host in NO_PROXY"},
		{remote(116), clientCert}, {remote(42), clientCert}, {remote(43), clientCert}, {remote(44), clientCert}, {remote(45), clientCert}, {remote(46), clientCert}, {remote(48), clientCert}, {remote(49), clientCert},
		{remote(112), "the server doesn't know this host name: check the url"}, {remote(70), oldTLS}, {errors.New("tls: server selected unsupported protocol version 302"), oldTLS},
		{remote(40), handshake},
		{remote(80), "the server ended the TLS handshake: check the url, and what the server or a gateway in front of it asks of its clients"},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "the port answers, but not with TLS: check the scheme and the port of the url"},
		{errors.New(`net/http: malformed HTTP response "\x15\x03\x01\x00\x02\x02F"`), "the port speaks TLS: set url to the address with https"},
		{context.Canceled, ""}, {io.EOF, reachable}, {&net.DNSError{Err: "no such host", Name: "jfrog.test", IsNotFound: true}, reachable},
	} {
		failure := failureOf(t, through(func(*http.Request) (*http.Response, error) { return nil, test.err }), "mint")
		if got := failure.Hint(); got != test.want || failure.Cause != "" {
			t.Errorf("%v\ngot  %q\nwant %q", failure, got, test.want)
		}
	}
}

func TestHint_OfNoAnswerInTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := through(func(*http.Request) (*http.Response, error) {
		cancel(errors.New("the budget is used up"))
		return nil, errors.New("broken")
	}).Mint(ctx, admin, jfrog.MintRequest{})
	var failure *httpapi.Error
	if !errors.As(err, &failure) || failure.Fix != "the platform didn't answer in time: look whether it is up and reachable from this runner, or raise the timeout" {
		t.Errorf("%v: %q", err, failure.Fix)
	}
}

// TestHint_OverRealConnections: a certificate that isn't trusted, TLS where there is none, none where there is TLS, and
// a proxy that refuses a plain request.
func TestHint_OverRealConnections(t *testing.T) {
	t.Parallel()
	never := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("read %s", r.URL) })
	start := func(handler http.Handler, begin func(*httptest.Server)) string {
		server := httptest.NewUnstartedServer(handler)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		begin(server)
		t.Cleanup(server.Close)
		return server.URL
	}
	encrypted, plain := start(never, (*httptest.Server).StartTLS), start(never, (*httptest.Server).Start)
	alerting := func(config *tls.Config) (string, httpapi.Options) {
		var options httpapi.Options
		address := start(never, func(s *httptest.Server) {
			s.TLS = config
			s.StartTLS()
			options.RootsPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
		})
		return address, options
	}
	wantsClient, trustWantsClient := alerting(&tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13})
	wantsClient12, trustWantsClient12 := alerting(&tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12, MinVersion: tls.VersionTLS12}) //nolint:gosec // what older servers speak
	old, trustOld := alerting(&tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})                                                           //nolint:gosec // what is refused
	noName, trustNoName := alerting(&tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return &tls.Config{MinVersion: tls.VersionTLS12}, nil }})
	proxy := start(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }), (*httptest.Server).Start)
	address, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		url     string
		options httpapi.Options
		want    string
	}{
		{encrypted, httpapi.Options{}, "the server's certificate isn't trusted: check the url, or give the CA's certificate as ca-cert"},
		{strings.Replace(plain, "http:", "https:", 1), httpapi.Options{}, "the port answers, but not with TLS: check the scheme and the port of the url"},
		{strings.Replace(encrypted, "https:", "http:", 1), httpapi.Options{}, "the port speaks TLS: set url to the address with https"},
		{wantsClient, trustWantsClient, clientCert}, {wantsClient12, trustWantsClient12, handshake}, {old, trustOld, oldTLS},
		{noName, trustNoName, "the server doesn't know this host name: check the url"},
		{"http://jfrog.test", httpapi.Options{Proxy: http.ProxyURL(address)}, "the proxy " + address.Host + ": check the user and password in HTTPS_PROXY; special characters are written percent-encoded"},
		{"https://jfrog.test", httpapi.Options{Proxy: http.ProxyURL(address)}, "the proxy " + address.Host + ": check the user and password in HTTPS_PROXY; special characters are written percent-encoded"},
	} {
		_, err := clientFor(t, test.url, test.options).Mint(t.Context(), admin, jfrog.MintRequest{})
		var failure *httpapi.Error
		if !errors.As(err, &failure) || failure.Hint() != test.want || failure.Temporary() || failure.Indeterminate() {
			t.Errorf("%v: %q, temporary %t, indeterminate %t", err, failure.Hint(), failure.Temporary(), failure.Indeterminate())
		}
	}
}

// TestExplanations_AreSorted: one that needs words comes before one of the same status and call that needs none.
func TestExplanations_AreSorted(t *testing.T) {
	t.Parallel()
	all := jfrog.Explanations()
	for i, e := range all {
		if shadow := slices.IndexFunc(all[:i], func(before jfrog.Explanation) bool {
			return (before.Status == 0 || before.Status == e.Status) && strings.Contains(e.Words, before.Words) && strings.Contains(e.Call, before.Call)
		}); shadow >= 0 {
			t.Errorf("explanation %d is never reached, since %d stands before it", i, shadow)
		}
	}
}
