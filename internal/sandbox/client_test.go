package sandbox_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// client is a view of the server that shares nothing with it: plain HTTP and maps.
type client struct {
	tb   testing.TB
	base string
	box  *sandboxtest.Sandbox
	tls  *tls.Config // nil over http
}

func start(tb testing.TB, opts ...sandbox.Option) *client {
	tb.Helper()
	box := sandboxtest.Start(tb, opts...)
	return &client{tb, box.URL, box, nil}
}

// startInBubble is start inside a testing/synctest bubble.
func startInBubble(tb testing.TB, opts ...sandbox.Option) *client {
	tb.Helper()
	box := sandboxtest.StartInBubble(tb, opts...)
	return &client{tb, box.URL, box, nil}
}

func startTLS(tb testing.TB, opts ...sandbox.Option) *client {
	tb.Helper()
	box := sandboxtest.StartTLS(tb, opts...)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(box.CAPEM) {
		tb.Fatal("no CA certificate")
	}
	return &client{tb, box.URL, box, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
}

// with returns the same client reporting to a subtest.
func (c *client) with(tb testing.TB) *client { return &client{tb, c.base, c.box, c.tls} }

type answer struct {
	status int
	header http.Header
	text   string
}

// edit changes a request before it is sent.
type edit func(*http.Request)

func bearer(token string) edit { return header("Authorization", "Bearer "+token) }

func basic(user, password string) edit {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func header(name, value string) edit { return func(r *http.Request) { r.Header.Set(name, value) } }

func jsonBody(text string) edit { return body("application/json", text) }

func form(pairs ...string) edit {
	values := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		values.Add(pair[0], pair[1])
	}
	return body("application/x-www-form-urlencoded", values.Encode())
}

func body(kind, text string) edit {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", kind)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
}

func (c *client) request(method, path string, edits ...edit) *http.Request {
	c.tb.Helper()
	target := path
	if !strings.HasPrefix(path, "http") {
		target = c.base + path
	}
	req, err := http.NewRequestWithContext(context.Background(), method, target, nil)
	if err != nil {
		c.tb.Fatal(err)
	}
	for _, e := range edits {
		e(req)
	}
	return req
}

// roundTrip sends one request over a connection of its own and follows no redirect.
func (c *client) roundTrip(req *http.Request) (answer, error) {
	transport := &http.Transport{DialContext: c.box.DialContext, DisableKeepAlives: true, TLSClientConfig: c.tls}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(text)}, err
}

func (c *client) do(method, path string, edits ...edit) answer {
	c.tb.Helper()
	got, err := c.roundTrip(c.request(method, path, edits...))
	if err != nil {
		c.tb.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

func (c *client) admin() edit { return bearer(c.box.AdminToken) }

const (
	tokensAPI = "/access/api/v1/tokens"
	oidcAPI   = "/access/api/v1/oidc"
	legacyAPI = "/artifactory/api/security/token"
	versionAt = "/artifactory/api/system/version"
)

// mint makes a token with the administrator's and returns the answer's members.
func (c *client) mint(request string) map[string]any {
	c.tb.Helper()
	got := c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(request))
	got.want(c.tb, http.StatusOK)
	return got.object(c.tb)
}

// token is mint for whoever wants only the access token.
func (c *client) token(request string) string {
	c.tb.Helper()
	return c.mint(request)["access_token"].(string)
}

func (a answer) want(tb testing.TB, status int) {
	tb.Helper()
	if a.status != status {
		tb.Fatalf("status %d, want %d; body %s", a.status, status, a.text)
	}
}

func (a answer) object(tb testing.TB) map[string]any {
	tb.Helper()
	return parse(tb, a.text)
}

func parse(tb testing.TB, text string) map[string]any {
	tb.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		tb.Fatalf("no JSON object: %v: %s", err, text)
	}
	return object
}

// wantJSON compares with an exact body.
func (a answer) wantJSON(tb testing.TB, status int, text string) {
	tb.Helper()
	a.want(tb, status)
	if want := parse(tb, text); !reflect.DeepEqual(a.object(tb), want) {
		tb.Fatalf("body %s\nwant %s", a.text, text)
	}
}

func accessErrors(code, message string) string {
	text, _ := json.Marshal(map[string]any{"errors": []any{map[string]any{"code": code, "message": message}}})
	return string(text)
}

func artifactoryErrors(status int, message string) string {
	text, _ := json.Marshal(map[string]any{"errors": []any{map[string]any{"status": status, "message": message}}})
	return string(text)
}

// claims decodes a JWT as JFrog's Go client does: by the standard alphabet.
func claims(tb testing.TB, token string) map[string]any {
	tb.Helper()
	return decodeSegment(tb, strings.Split(token, ".")[1])
}

func decodeSegment(tb testing.TB, segment string) map[string]any {
	tb.Helper()
	text, err := base64.RawStdEncoding.DecodeString(segment)
	if err != nil {
		tb.Fatalf("decoding %q: %v", segment, err)
	}
	return parse(tb, string(text))
}

// idToken gets a job's ID token.
func (c *client) idToken(audience string) string {
	c.tb.Helper()
	got := c.do(http.MethodGet, c.box.IDTokenRequestURL+"&audience="+url.QueryEscape(audience),
		header("Authorization", "bearer "+c.box.IDTokenRequestToken))
	got.want(c.tb, http.StatusOK)
	return got.object(c.tb)["value"].(string)
}

// exchangeBody is what jf sends.
func exchangeBody(idToken, provider string, more ...string) string {
	fields := map[string]string{
		"grant_type":         "urn:ietf:params:oauth:grant-type:token-exchange",
		"subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
		"subject_token":      idToken, "provider_name": provider,
		"job_id": "jobX", "run_id": "77", "provider_type": "GitHub", "repo": "https://github.com/o/r",
		"revision": "abc", "branch": "main",
	}
	for pair := range slices.Chunk(more, 2) {
		fields[pair[0]] = pair[1]
	}
	text, _ := json.Marshal(fields)
	return string(text)
}

func (c *client) exchange(provider string, more ...string) answer {
	c.tb.Helper()
	return c.do(http.MethodPost, oidcAPI+"/token", jsonBody(exchangeBody(c.idToken(""), provider, more...)))
}
