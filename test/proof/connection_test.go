//go:build linux

package proof

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// The faults of a connection: the platform's TLS, or a proxy in front of it, refuses. Nothing was asked of JFrog then, and
// asking again changes nothing.

// connectionPlans are the cells of a connection that is refused, in each of the two steps.
func connectionPlans() []plan {
	main := phase{name: "connection", what: "the main step finds that TLS or a proxy refuses the connection; nothing reaches JFrog", inputs: minting()}
	post := phase{name: "connection, post step", what: "the same in the post step, by a proxy whose password was changed, or a platform whose TLS was", inputs: minting(), post: true}
	var plans []plan
	for _, f := range tlsFaults() {
		plans = append(plans, plan{phase: main, fault: f.row(), prepare: f.prepare})
	}
	for _, f := range proxyFaults() {
		plans = append(plans, plan{phase: main, fault: f.row(), prepare: f.prepare})
	}
	for _, f := range tlsFaults() {
		plans = append(plans, plan{phase: post, fault: f.row(), prepare: f.prepareLater})
	}
	for _, f := range proxyFaults() {
		plans = append(plans, plan{phase: post, fault: f.row(), prepare: f.prepareLater})
	}
	return plans
}

// tlsFault is a platform whose TLS refuses the connection.
type tlsFault struct {
	name   string
	change func(*tls.Config) // of the server
}

func (f tlsFault) row() tableFault { return tableFault{name: f.name, fault: "latency=0s"} }

func tlsFaults() []tlsFault {
	wantsCertificate := func(newest uint16) func(*tls.Config) {
		return func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, newest }
	}
	return []tlsFault{
		{"TLS 1.3 alert: certificate required", wantsCertificate(tls.VersionTLS13)},
		{"TLS 1.2 alert: certificate required", wantsCertificate(tls.VersionTLS12)},
		{"TLS alert: unrecognized name", func(c *tls.Config) { c.Certificates = nil; c.GetCertificate = noCertificate }},
		{"TLS alert: protocol version", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }},
		{"TLS alert: handshake failure", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
		}},
	}
}

func noCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil } //nolint:nilnil // crypto/tls takes it for none

// prepare puts such a platform in front of the sandbox.
func (f tlsFault) prepare(t *testing.T, c *cell) {
	t.Helper()
	f.serve(t, c, true)
}

// prepareLater lets the platform change between the steps.
func (f tlsFault) prepareLater(t *testing.T, c *cell) {
	t.Helper()
	f.serve(t, c, false)
}

// serve serves the sandbox over TLS; refusing from the start, or from the post step on. The cell holds that no request got
// through, and that a refusal wasn't tried again.
func (f tlsFault) serve(t *testing.T, c *cell, fromTheStart bool) {
	t.Helper()
	certificate, err := sandbox.NewCertificate(sandbox.LoopbackNames(), time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	good, bad := certificate.ServerConfig(), certificate.ServerConfig()
	f.change(bad)
	var refuses atomic.Bool
	refuses.Store(fromTheStart)
	config := &tls.Config{MinVersion: tls.VersionTLS10, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { //nolint:gosec // some of the faults are old versions
		if refuses.Load() {
			return bad, nil
		}
		return good, nil
	}}
	var through atomic.Int64
	listener := c.job.box.Network.Listen()
	address := listener.Addr().String()
	serveOn(t, tls.NewListener(listener, config), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuses.Load() {
			through.Add(1)
		}
		c.job.box.Server.ServeHTTP(w, r)
	}))
	c.job.allow(address)
	c.job.env["INPUT_URL"], c.job.env["INPUT_CA-CERT"] = "https://"+address, string(certificate.CAPEM)
	c.job.onPost = func() { refuses.Store(true) }
	c.check = func() []string { return c.refusedOnce(through.Load()) }
}

// refusedOnce is what must be so where a connection was refused.
func (c *cell) refusedOnce(through int64) (found []string) {
	last := c.main
	if c.post != nil {
		last = *c.post
	}
	if through > 0 {
		found = append(found, fmt.Sprintf("%d request(s) got through", through))
	}
	if strings.Contains(last.log, " again in ") {
		found = append(found, "a refusal that stays was tried again")
	}
	return found
}

// proxyFault is a proxy that refuses.
type proxyFault struct {
	name   string
	secure bool // the platform is one of https, to which the proxy connects
	status int
	lasts  time.Duration // 0 is without end
}

func (f proxyFault) row() tableFault {
	return tableFault{name: f.name, fault: "latency=0s", passes: f.lasts > 0}
}

func proxyFaults() []proxyFault {
	return []proxyFault{
		{name: "a proxy's 407", status: http.StatusProxyAuthRequired},
		{name: "a proxy's 407 to CONNECT", secure: true, status: http.StatusProxyAuthRequired},
		{name: "a proxy's 403 to CONNECT", secure: true, status: http.StatusForbidden},
		{name: "a proxy's 503 to CONNECT for 1 s", secure: true, status: http.StatusServiceUnavailable, lasts: time.Second},
		{name: "a proxy's 502 to CONNECT", secure: true, status: http.StatusBadGateway},
	}
}

const proxyPassword = "pr0xy-Pw_8841xq"

func (f proxyFault) prepare(t *testing.T, c *cell) {
	t.Helper()
	f.serve(t, c)()
}

func (f proxyFault) prepareLater(t *testing.T, c *cell) {
	t.Helper()
	c.job.onPost = f.serve(t, c)
}

// serve puts the proxy between the job and the platform, and returns what lets it begin to refuse.
func (f proxyFault) serve(t *testing.T, c *cell) (begin func()) {
	t.Helper()
	if f.secure {
		tlsFault{change: func(*tls.Config) {}}.serve(t, c, false)
		c.job.onPost, c.check = nil, nil
	}
	var refuses atomic.Bool
	var passwords atomic.Int64
	forward := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.Header.Del("Proxy-Authorization") },
		Transport: &http.Transport{DialContext: c.job.box.DialContext, DisableKeepAlives: true},
	}
	listener := c.job.box.Network.Listen()
	address := listener.Addr().String()
	serveOn(t, listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case refuses.Load():
			if r.Header.Get("Proxy-Authorization") != "" {
				passwords.Add(1)
			}
			w.WriteHeader(f.status)
		case r.Method == http.MethodConnect:
			c.tunnel(w, r)
		default:
			forward.ServeHTTP(w, r)
		}
	}))
	c.job.allow(address)
	c.job.proxy, c.job.redacted = &url.URL{Scheme: "http", Host: address, User: url.UserPassword("user", proxyPassword)}, []string{proxyPassword}
	c.check = func() (found []string) {
		if got := passwords.Load(); f.status == http.StatusProxyAuthRequired && got != 1 {
			found = append(found, fmt.Sprintf("the proxy that refuses its password got it %d times", got))
		}
		return found
	}
	return func() {
		refuses.Store(true)
		if f.lasts > 0 {
			time.AfterFunc(f.lasts, func() { refuses.Store(false) })
		}
	}
}

// tunnel connects the client of a proxy with the platform.
func (c *cell) tunnel(w http.ResponseWriter, r *http.Request) {
	up, err := c.job.box.DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	down, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = up.Close()
		return
	}
	_, _ = io.WriteString(down, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(up, down)
		_ = up.Close()
	}()
	_, _ = io.Copy(down, up)
	_ = down.Close()
}
