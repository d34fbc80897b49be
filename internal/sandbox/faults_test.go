package sandbox_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

func faults(tb testing.TB, texts ...string) sandbox.Option {
	tb.Helper()
	var list []sandbox.Fault
	for _, text := range texts {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, f)
	}
	return sandbox.WithFaults(list...)
}

func TestParseFault(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"latency=2s", "latency=2sx3@mint", "latency-before=1ms@probe", "reset", "reset=x2@exchange", "commit-then-drop@mint",
		"status=503~4s@revoke", "reset=~500ms", "latency=2sx3~1m",
		"status=503", "status=503x2@revoke", "retry-after=3", "retry-after=3x2", "retry-after=+3@list",
		"retry-after=Sun, 06 Nov 1994 08:49:37 GMT@get", "slow=0.5@version", "huge@artifact", "html@idtoken", "truncate",
		"redirect=http://user@example.com/x@mint", "redirect=http://user@example.com", "broader-scope=applied-permissions/admin@legacy-mint",
		"broader-scope=jfrt@*:admin", "not-revocable", "revoke-lag=3s", "clock-skew=-1h@mint", "deep", "header-flood",
	} {
		if _, err := sandbox.ParseFault(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                  "unknown fault",
		"explode":           "unknown fault",
		"reset@nowhere":     "unknown endpoint",
		"reset=hard":        "takes no argument",
		"latency":           "invalid duration",
		"latency=2":         "missing unit",
		"status=ok":         "no status",
		"status=99":         "no status",
		"retry-after=later": "neither seconds nor an HTTP date",
		"slow=0":            "above zero",
		"slow=fast":         "invalid syntax",
		"redirect":          "needs an argument",
		"broader-scope=":    "needs an argument",
		"revoke-lag=long":   "invalid duration",
		"status=503~soon":   "invalid duration",
		"reset=~0s":         "longer than",
	} {
		_, err := sandbox.ParseFault(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestFaultHelp: each fault of the help is one, and each that can be parsed is in the help.
func TestFaultHelp(t *testing.T) {
	t.Parallel()
	help := sandbox.FaultHelp()
	var listed []string
	for line := range strings.Lines(help) {
		if example, ok := strings.CutPrefix(line, "    "); ok && !strings.HasPrefix(example, " ") {
			fault := strings.NewReplacer("URL", "http://127.0.0.1:1", "SCOPE", "applied-permissions/admin").Replace(strings.Fields(example)[0])
			if _, err := sandbox.ParseFault(fault); err != nil {
				t.Error(err)
			}
			name, _, _ := strings.Cut(fault, "=")
			listed = append(listed, name)
		}
	}
	for _, name := range []string{
		"latency", "latency-before", "reset", "commit-then-drop", "status", "retry-after", "slow", "huge", "html", "truncate", "redirect",
		"broader-scope", "not-revocable", "revoke-lag", "clock-skew", "deep", "header-flood",
	} {
		if !slices.Contains(listed, name) {
			t.Errorf("the help lacks %s", name)
		}
	}
	if want := "Endpoints: idtoken, exchange, mint, legacy-mint, list, get, probe, revoke, artifact, version."; !strings.Contains(help, want) {
		t.Errorf("the help lacks %q", want)
	}
}

// Whether the work was done is told by the tokens that are alive afterwards.
func TestFaultsOfMint(t *testing.T) {
	t.Parallel()
	const request = `{"expires_in":600}`
	tests := map[string]struct {
		fault string
		check func(t *testing.T, got answer, err error)
		live  int
	}{
		"reset": {"reset@mint", func(t *testing.T, _ answer, err error) {
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("got %v, want a reset", err)
			}
		}, 0},
		"commit-then-drop": {"commit-then-drop@mint", func(t *testing.T, _ answer, err error) {
			if !errors.Is(err, io.EOF) {
				t.Errorf("got %v, want an end of file", err)
			}
		}, 1},
		"status": {"status=503@mint", func(t *testing.T, got answer, _ error) {
			got.wantJSON(t, 503, accessErrors("SERVICE_UNAVAILABLE", "HTTP 503 Service Unavailable"))
		}, 0},
		"retry-after": {"retry-after=7@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 429 || got.header.Get("Retry-After") != "7" {
				t.Errorf("got %+v", got)
			}
		}, 0},
		"retry-after a date": {"retry-after=Sun, 06 Nov 1994 08:49:37 GMT@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 429 || got.header.Get("Retry-After") != "Sun, 06 Nov 1994 08:49:37 GMT" {
				t.Errorf("got %+v", got)
			}
		}, 0},
		"retry-after a date to come": {"retry-after=+90@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 429 || got.header.Get("Retry-After") != "Sun, 01 Mar 2026 12:01:30 GMT" {
				t.Errorf("got %+v", got)
			}
		}, 0},
		"redirect": {"redirect=http://example.com/x@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 307 || got.header.Get("Location") != "http://example.com/x" {
				t.Errorf("got %+v", got)
			}
		}, 0},
		"huge": {"huge@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 200 || len(got.text) <= 1<<20 || got.object(t)["access_token"] == nil {
				t.Errorf("%d, %d bytes", got.status, len(got.text))
			}
		}, 1},
		"html": {"html@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.HasPrefix(got.text, "<!DOCTYPE") {
				t.Errorf("got %+v", got)
			}
		}, 1},
		"truncate": {"truncate@mint", func(t *testing.T, got answer, err error) {
			if got.status != 200 || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(got.text, "token_id") {
				t.Errorf("got %+v, %v", got, err)
			}
		}, 1},
		"deep": {"deep@mint", func(t *testing.T, got answer, _ error) {
			var object map[string]any
			if err := json.Unmarshal([]byte(got.text), &object); err == nil || !strings.Contains(err.Error(), "max depth") {
				t.Errorf("%d: %v", got.status, err)
			}
		}, 1},
		"header-flood": {"header-flood@mint", func(t *testing.T, _ answer, err error) {
			if err == nil || !strings.Contains(err.Error(), "exceeded") {
				t.Errorf("got %v", err)
			}
		}, 1},
		"broader-scope": {"broader-scope=applied-permissions/admin@mint", func(t *testing.T, got answer, _ error) {
			if got.object(t)["scope"] != "applied-permissions/user applied-permissions/admin" {
				t.Errorf("got %s", got.text)
			}
		}, 1},
		"clock-skew": {"clock-skew=1h@mint", func(t *testing.T, got answer, _ error) {
			if claims(t, got.object(t)["access_token"].(string))["iat"] != float64(newClock().now().Add(time.Hour).Unix()) {
				t.Errorf("got %s", got.text)
			}
		}, 1},
		"another endpoint's": {"reset@probe", func(t *testing.T, got answer, _ error) { got.want(t, 200) }, 1},
		"two at once": {"broader-scope=applied-permissions/admin", func(t *testing.T, got answer, _ error) {
			got.want(t, 200)
		}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, faults(t, tt.fault), sandbox.WithClock(newClock().now))
			got, err := c.roundTrip(c.request(http.MethodPost, tokensAPI, c.admin(), jsonBody(request)))
			tt.check(t, got, err)
			if live := c.box.Server.LiveTokens(); len(live) != tt.live {
				t.Errorf("live %v, want %d", live, tt.live)
			}
		})
	}
}

func TestFaultsBreakTLSToo(t *testing.T) {
	t.Parallel()
	c := startTLS(t, faults(t, "reset@version", "commit-then-drop@probe", "truncate@get"))
	if _, err := c.roundTrip(c.request(http.MethodGet, versionAt, c.admin())); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: %v", err)
	}
	if _, err := c.roundTrip(c.request(http.MethodGet, tokensAPI+"/me", c.admin())); err == nil {
		t.Error("commit-then-drop answered")
	}
	if _, err := c.roundTrip(c.request(http.MethodGet, tokensAPI+"/x", c.admin())); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("truncate: %v", err)
	}
	old := &tls.Config{RootCAs: c.tls.RootCAs, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10} //nolint:gosec // it must be refused
	if conn, err := (&tls.Dialer{Config: old}).DialContext(t.Context(), "tcp", strings.TrimPrefix(c.base, "https://")); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is taken")
	}
}

func TestFaultCounts(t *testing.T) {
	t.Parallel()
	c := start(t, faults(t, "status=503x2"))
	statuses := func(path string) (list []int) {
		for range 4 {
			list = append(list, c.do(http.MethodGet, path, c.admin()).status)
		}
		return list
	}
	for _, path := range []string{versionAt, tokensAPI + "/me"} { // each endpoint counts for itself
		if got := statuses(path); got[0] != 503 || got[1] != 503 || got[2] != 200 || got[3] != 200 {
			t.Errorf("%s: %v", path, got)
		}
	}
	c.do(http.MethodGet, "/access/api/v1/system/ping").want(t, 200)
	f, err := sandbox.ParseFault("status=500x1")
	if err != nil {
		t.Fatal(err)
	}
	c.box.Server.SetFaults(f)
	if got := statuses(versionAt); got[0] != 500 || got[1] != 200 {
		t.Errorf("after SetFaults: %v", got)
	}
	c.box.Server.SetFaults()
	c.do(http.MethodGet, versionAt, c.admin()).want(t, 200)
}

func TestFaultEndsByItself(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, sandbox.WithClock(at.now))
	f, err := sandbox.ParseFault("status=503~4s")
	if err != nil {
		t.Fatal(err)
	}
	c.box.Server.SetFaults(f)
	for _, step := range []struct {
		later time.Duration
		want  int
	}{{time.Minute, 503}, {3 * time.Second, 503}, {time.Second, 200}, {time.Hour, 200}} {
		at.advance(step.later) // the time counts from the first time, not from when the fault was set
		c.do(http.MethodGet, versionAt, c.admin()).want(t, step.want)
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault string
		live  int // after the client has gone away
	}{
		"works first":  {"latency=1h@mint", 1},
		"waits before": {"latency-before=1h@mint", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, faults(t, tt.fault))
			ctx, cancel := context.WithCancel(t.Context())
			req := c.request(http.MethodPost, tokensAPI, c.admin(), jsonBody(`{}`)).WithContext(ctx)
			failed := make(chan error, 1)
			go func() {
				_, err := c.roundTrip(req)
				failed <- err
			}()
			if tt.live == 1 {
				eventually(t, func() bool { return len(c.box.Server.LiveTokens()) == 1 })
			} else {
				time.Sleep(50 * time.Millisecond)
			}
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			// The handler ends with its client, long before the hour is over.
			eventually(t, func() bool { return len(c.box.Server.Requests()) == 1 })
			if live := c.box.Server.LiveTokens(); len(live) != tt.live {
				t.Errorf("live %v, want %d", live, tt.live)
			}
		})
	}
	c := start(t, faults(t, "latency=150msx1@version"))
	began := time.Now()
	c.do(http.MethodGet, versionAt, c.admin()).want(t, 200)
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within ten seconds")
		}
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	c := start(t, faults(t, "slow=400@version"))
	began := time.Now()
	got := c.do(http.MethodGet, versionAt, c.admin())
	took := time.Since(began)
	if want := time.Duration(len(got.text)) * time.Second / 400; took < want*8/10 {
		t.Errorf("%d bytes in %v, want about %v", len(got.text), took, want)
	}
	if got.object(t)["version"] == nil {
		t.Errorf("got %s", got.text)
	}
}

func TestRevocationFaults(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, sandbox.WithClock(at.now), faults(t, "revoke-lag=3s"))
	token := bearer(c.token(`{"expires_in":0}`))
	c.do(http.MethodDelete, tokensAPI+"/me", token).want(t, 200)
	if live := c.box.Server.LiveTokens(); len(live) != 0 {
		t.Errorf("live %v: a lag isn't life", live)
	}
	at.advance(3*time.Second - 1)
	c.do(http.MethodGet, tokensAPI+"/me", token).want(t, 200)
	c.do(http.MethodGet, versionAt, token).want(t, 200)
	c.do(http.MethodDelete, tokensAPI+"/me", token).want(t, 204)
	at.advance(1)
	c.do(http.MethodGet, tokensAPI+"/me", token).want(t, 401)
	c.do(http.MethodGet, versionAt, token).want(t, 401)

	stubborn := start(t, faults(t, "not-revocable@revoke"))
	made := stubborn.mint(`{"expires_in":0}`)
	stubborn.do(http.MethodDelete, tokensAPI+"/"+made["token_id"].(string), stubborn.admin()).want(t, 400)
	stubborn.do(http.MethodPost, legacyAPI+"/revoke", stubborn.admin(), form("token", made["access_token"].(string))).want(t, 500)
	if live := stubborn.box.Server.LiveTokens(); len(live) != 1 {
		t.Errorf("live %v", live)
	}
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	// An exchange that runs an hour ahead takes a fresh ID token for expired; the issuer itself is right.
	start(t, faults(t, "clock-skew=1h@exchange")).exchange("github").want(t, 401)
	start(t, faults(t, "clock-skew=1h")).exchange("github").want(t, 200)
}

func TestFaultsOfOtherEndpoints(t *testing.T) {
	t.Parallel()
	for endpoint, request := range map[string]func(c *client) *http.Request{
		"idtoken": func(c *client) *http.Request { return c.request("GET", c.box.IDTokenRequestURL) },
		"exchange": func(c *client) *http.Request {
			return c.request("POST", oidcAPI+"/token", jsonBody(exchangeBody("x", "github")))
		},
		"legacy-mint": func(c *client) *http.Request { return c.request("POST", legacyAPI, c.admin(), form()) },
		"list":        func(c *client) *http.Request { return c.request("GET", tokensAPI, c.admin()) },
		"get":         func(c *client) *http.Request { return c.request("GET", tokensAPI+"/x", c.admin()) },
		"probe":       func(c *client) *http.Request { return c.request("GET", tokensAPI+"/me", c.admin()) },
		"revoke":      func(c *client) *http.Request { return c.request("DELETE", tokensAPI+"/x", c.admin()) },
		"artifact":    func(c *client) *http.Request { return c.request("GET", libs+"x", c.admin()) },
		"version":     func(c *client) *http.Request { return c.request("GET", versionAt, c.admin()) },
	} {
		for _, at := range []string{"", "@" + endpoint} {
			c := start(t, faults(t, "status=418"+at))
			got, err := c.roundTrip(request(c))
			if err != nil || got.status != 418 {
				t.Errorf("%s%s: %d, %v", endpoint, at, got.status, err)
			}
		}
	}
}

// A 204 has no body to spoil: the connection breaks in the header instead, or gets one.
func TestFaultsWithoutBody(t *testing.T) {
	t.Parallel()
	c := start(t, faults(t, "truncate@revoke"))
	if _, err := c.roundTrip(c.request(http.MethodDelete, tokensAPI+"/x", c.admin())); err == nil {
		t.Error("truncate answered")
	}
	huge := start(t, faults(t, "huge@revoke"))
	if got := huge.do(http.MethodDelete, tokensAPI+"/x", huge.admin()); len(got.text) <= 1<<20 {
		t.Errorf("%d bytes", len(got.text))
	}
}

func TestHandlerWithoutConnection(t *testing.T) {
	t.Parallel()
	// Served by something that can't give its connection away, a reset still isn't an answer.
	server, err := sandbox.New(sandbox.WithBaseURL("http://sandbox"), faults(t, "reset"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() != http.ErrAbortHandler { //nolint:errorlint // a panic's value
			t.Error("answered")
		}
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://sandbox"+versionAt, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	server.ServeHTTP(plainWriter{}, req)
}

type plainWriter struct{}

func (plainWriter) Header() http.Header         { return http.Header{} }
func (plainWriter) Write(b []byte) (int, error) { return len(b), nil }
func (plainWriter) WriteHeader(int)             {}

// A body that breaks off, or isn't what its header says, is a bad request that the books have.
func TestUnreadableBody(t *testing.T) {
	t.Parallel()
	c := start(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "POST "+tokensAPI+" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	text := make([]byte, 64)
	n, _ := conn.Read(text)
	if !strings.HasPrefix(string(text[:n]), "HTTP/1.1 400") {
		t.Errorf("got %q", text[:n])
	}
	if seen := c.box.Server.Requests(); len(seen) != 1 || seen[0].Status != 400 || seen[0].Path != tokensAPI {
		t.Errorf("got %+v", seen)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := start(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: x\r\nX-Long: "+strings.Repeat("x", 100<<10)+"\r\n\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	text := make([]byte, 64)
	n, _ := conn.Read(text)
	if !strings.HasPrefix(string(text[:n]), "HTTP/1.1 431") {
		t.Errorf("got %q", text[:n])
	}
	if server := c.box.Server.HTTPServer(); server.ReadHeaderTimeout == 0 || server.MaxHeaderBytes == 0 {
		t.Errorf("no limits: %+v", server)
	}
}
