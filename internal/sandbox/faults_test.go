package sandbox_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
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
		"latency=2s", "latency=2s@mint,times=3", "latency=2s,times=3@mint", "latency-before=1ms@probe", "reset", "reset@exchange,times=2",
		"commit-then-drop@mint", "status=503,for=4s@revoke", "reset,for=500ms", "latency=2s,times=3,for=1m", "latency=2s,for=1m@get,times=3",
		"status=503", "status=503,times=2@revoke", "retry-after=3", "retry-after=3,times=2", "retry-after=+3@list",
		"retry-after=Sun, 06 Nov 1994 08:49:37 GMT@get,times=2", "slow=0.5@version", "huge@artifact", "html@idtoken", "truncate",
		"redirect=http://user@example.com/x@mint", "redirect=http://user@example.com,times=1", "broader-scope=applied-permissions/admin@legacy-mint",
		"broader-scope=jfrt@*:admin", "not-revocable", "not-revocable,times=1", "revoke-lag=3s", "clock-skew=-1h@mint", "deep", "header-flood",
		"revoke-lag=3s@mint", "not-revocable@revoke", "broader-scope=applied-permissions/groups:CI,deployers@exchange,times=1", "retry-after=9223372036854775808",
		"page=403", "page=404:text", "page=101", "gateway=401", "gateway=401:oauth@revoke", "gateway=500:statuscode", "commit-then-page=302@mint",
		"commit-then-page=403:message,times=1", "outage=20s", "rate-limit=5", "rate-limit=5@exchange",
	} {
		if _, err := sandbox.ParseFault(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                  "unknown fault",
		"explode":           `unknown fault "explode"`,
		"reset@nowhere":     "unknown endpoint",
		"reset=hard":        "takes no argument",
		"reset=":            "takes no argument",
		"latency":           "needs an argument, as in latency=2s",
		"latency=2":         "missing unit",
		"status=ok":         "no status",
		"status=99":         "no status",
		"status=101":        "no status",
		"page=102":          "no status",
		"page=403:frog":     `unknown kind of page "frog"`,
		"retry-after=later": "neither seconds nor an HTTP date",
		"rate-limit=0":      "below one", "rate-limit=some": "invalid syntax", "outage=0s": "not above zero", "outage=long": "invalid duration",
		"slow=0":   "from 0.001 to 1e+09",
		"slow=NaN": "from 0.001", "slow=1e-30": "from 0.001", "slow=+Inf": "from 0.001", "slow=-1": "from 0.001",
		"latency=-1s": "below zero", "latency-before=-1s": "below zero", "revoke-lag=-1s": "below zero",
		"retry-after=-3": "neither seconds", "retry-after=++3": "neither seconds", "retry-after=+9223372036854775807": "seconds hence",
		"broader-scope=nonsense": "unknown scope token", "broader-scope=applied-permissions/groups:\"a": "unclosed quote",
		"revoke-lag=3s,times=2": "neither times nor for", "clock-skew=1h,for=1s": "neither times nor for",
		"not-revocable@mint":                             "not-revocable never strikes at mint; it can stand at [revoke]",
		"broader-scope=applied-permissions/admin@revoke": "it can stand at [exchange mint legacy-mint]",
		"revoke-lag=3s@idtoken":                          "never strikes at idtoken", "revoke-lag=3s@exchange": "never strikes at exchange",
		"slow=fast":             "invalid syntax",
		"redirect":              "needs an argument",
		"broader-scope=":        "needs an argument",
		"revoke-lag=long":       "invalid duration",
		"status=503,for=soon":   "invalid duration",
		"reset,for=0s":          "not above zero",
		"reset,times=0":         "below one",
		"reset,times=often":     "invalid syntax",
		"reset,times=1,times=2": "unknown fault",
	} {
		_, err := sandbox.ParseFault(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// Each example of the help can be parsed, and every kind of fault is in it.
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
		"broader-scope", "not-revocable", "revoke-lag", "clock-skew", "deep", "header-flood", "page", "gateway", "commit-then-page", "outage",
		"rate-limit",
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
			if got.status != 429 || got.header.Get("Retry-After") != "Sat, 01 Jan 2000 00:01:30 GMT" {
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
		"a gateway's page": {"page=403@mint", func(t *testing.T, got answer, _ error) {
			got.want(t, 403)
			if got.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(got.text, "<title>403 Forbidden</title>") {
				t.Errorf("got %+v", got)
			}
		}, 0},
		"a gateway's JSON": {"gateway=401@mint", func(t *testing.T, got answer, _ error) {
			got.wantJSON(t, 401, `{"message":"Unauthorized"}`)
		}, 0},
		"a gateway's other JSON": {"gateway=401:statuscode@mint", func(t *testing.T, got answer, _ error) {
			got.wantJSON(t, 401, `{"statusCode":401,"error":"Unauthorized","message":"The gateway refused the request"}`)
		}, 0},
		"a gateway's OAuth": {"gateway=400:oauth@mint", func(t *testing.T, got answer, _ error) {
			got.wantJSON(t, 400, `{"error":"invalid_request","error_description":"The gateway refused the request: Bad Request"}`)
		}, 0},
		"an ingress's text": {"page=404:text@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 404 || got.text != "default backend - 404 Not Found\n" {
				t.Errorf("got %+v", got)
			}
		}, 0},
		"a page after the work": {"commit-then-page=403@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 403 || strings.Contains(got.text, "token") {
				t.Errorf("got %+v", got)
			}
		}, 1},
		"a sign-in page after the work": {"commit-then-page=302@mint", func(t *testing.T, got answer, _ error) {
			if got.status != 302 || got.header.Get("Location") != "/sign-in" {
				t.Errorf("got %+v", got)
			}
		}, 1},
		"another protocol after the work": {"commit-then-page=101@mint", func(t *testing.T, got answer, _ error) {
			got.want(t, 101)
		}, 1},
		"JSON after the work": {"commit-then-page=501:message@mint", func(t *testing.T, got answer, _ error) {
			got.wantJSON(t, 501, `{"message":"Not Implemented"}`)
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
			if claims(t, got.object(t)["access_token"].(string))["iat"] != float64(time.Now().Add(time.Hour).Unix()) {
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
			synctest.Test(t, func(t *testing.T) {
				c := startInBubble(t, faults(t, tt.fault))
				got, err := c.roundTrip(c.request(http.MethodPost, tokensAPI, c.admin(), jsonBody(request)))
				tt.check(t, got, err)
				if live := c.box.Server.LiveTokens(); len(live) != tt.live {
					t.Errorf("live %v, want %d", live, tt.live)
				}
			})
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

func TestRevocationFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t, faults(t, "revoke-lag=3s"))
		token := bearer(c.token(`{"expires_in":0}`))
		c.do(http.MethodDelete, tokensAPI+"/me", token).want(t, 200)
		if live := c.box.Server.LiveTokens(); len(live) != 0 {
			t.Errorf("live %v: a lag isn't life", live)
		}
		time.Sleep(3*time.Second - 1)
		c.do(http.MethodGet, tokensAPI+"/me", token).want(t, 200)
		c.do(http.MethodGet, versionAt, token).want(t, 200)
		c.do(http.MethodDelete, tokensAPI+"/me", token).want(t, 204)
		time.Sleep(time.Nanosecond)
		c.do(http.MethodGet, tokensAPI+"/me", token).want(t, 401)
		c.do(http.MethodGet, versionAt, token).want(t, 401)

		stubborn := start(t, faults(t, "not-revocable@revoke"))
		made := stubborn.mint(`{"expires_in":0}`)
		stubborn.do(http.MethodDelete, tokensAPI+"/"+made["token_id"].(string), stubborn.admin()).want(t, 400)
		stubborn.do(http.MethodPost, legacyAPI+"/revoke", stubborn.admin(), form("token", made["access_token"].(string))).want(t, 500)
		if live := stubborn.box.Server.LiveTokens(); len(live) != 1 {
			t.Errorf("live %v", live)
		}
	})
}

// What is granted besides can be used, whatever stood there before: groups that stood apart from others would not count.
func TestBroaderScopeIsReal(t *testing.T) {
	t.Parallel()
	const deployers = "broader-scope=applied-permissions/groups:deployers,readers"
	legacy := func(c *client) answer {
		return c.do(http.MethodPost, legacyAPI, c.admin(), form("username", "x", "scope", "member-of-groups:readers"))
	}
	access := func(c *client) answer {
		return c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(`{"scope":"applied-permissions/groups:readers system:info:r"}`))
	}
	for name, tt := range map[string]struct {
		fault string
		mint  func(c *client) answer
		scope string
	}{
		"groups":              {deployers, access, "applied-permissions/groups:readers,deployers,readers system:info:r"},
		"groups, legacy API":  {deployers, legacy, "member-of-groups:readers,deployers,readers api:*"},
		"all that is his own": {"broader-scope=member-of-groups:*", access, "applied-permissions/groups:readers,* system:info:r"},
		"administration":      {"broader-scope=applied-permissions/admin", access, "applied-permissions/groups:readers system:info:r applied-permissions/admin"},
		"exchange":            {"broader-scope=applied-permissions/groups:readers", func(c *client) answer { return c.exchange("github") }, "applied-permissions/groups:CI,readers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, faults(t, tt.fault))
			got := tt.mint(c).object(t)
			if got["scope"] != tt.scope {
				t.Errorf("scope %q, want %q", got["scope"], tt.scope)
			}
			c.do(http.MethodPut, libs+"a", bearer(got["access_token"].(string)), body("text/plain", "x")).want(t, 201)
		})
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
