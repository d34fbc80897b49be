// Package sandboxtest starts a sandbox for one test.
package sandboxtest

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// sharedKeys are made once a process: a test binary starts hundreds of sandboxes. They are the same for all of them,
// which sandbox.WithKeys allows.
var sharedKeys = sync.OnceValues(sandbox.NewKeys)

// Sandbox is a running server with what a client needs to use it.
type Sandbox struct {
	Server              *sandbox.Server
	URL                 string
	AdminToken          string
	User, Password      string // an administrator's
	IDTokenRequestURL   string
	IDTokenRequestToken string
	CAPEM               []byte // of StartTLS only
}

// Start serves a sandbox on a free loopback port until the test ends. Connections that are open then are closed, so
// that a handler held up by a fault doesn't hold up the test.
func Start(tb testing.TB, opts ...sandbox.Option) *Sandbox {
	tb.Helper()
	return start(tb, nil, opts)
}

// StartTLS is Start over https; CAPEM is the authority to trust.
func StartTLS(tb testing.TB, opts ...sandbox.Option) *Sandbox {
	tb.Helper()
	now := time.Now()
	certificate, err := sandbox.NewCertificate(sandbox.LoopbackNames(), now.Add(-time.Hour), now.Add(24*time.Hour))
	if err != nil {
		tb.Fatal(err)
	}
	trust := sandbox.WithHTTPClient(certificate.Client())
	s := start(tb, certificate, append([]sandbox.Option{trust}, opts...))
	s.CAPEM = certificate.CAPEM
	return s
}

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(context.WithoutCancel(tb.Context()), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return listener
}

// start serves https if there is a certificate.
func start(tb testing.TB, certificate *sandbox.Certificate, opts []sandbox.Option) *Sandbox {
	tb.Helper()
	listener, scheme := listen(tb), "http://"
	if certificate != nil {
		scheme = "https://"
	}
	keys, err := sharedKeys()
	if err != nil {
		tb.Fatal(err)
	}
	url := scheme + listener.Addr().String()
	server, err := sandbox.New(append([]sandbox.Option{sandbox.WithBaseURL(url), sandbox.WithKeys(keys)}, opts...)...)
	if err != nil {
		_ = listener.Close()
		tb.Fatal(err)
	}
	httpServer := server.HTTPServer()
	served := make(chan struct{})
	go func() {
		defer close(served)
		if certificate == nil {
			_ = httpServer.Serve(listener)
			return
		}
		httpServer.TLSConfig = certificate.ServerConfig()
		_ = httpServer.ServeTLS(listener, "", "") // which offers the protocols that the server speaks
	}()
	tb.Cleanup(func() {
		_ = httpServer.Close()
		<-served
	})
	env := server.Env()
	return &Sandbox{
		Server: server, URL: url, AdminToken: server.AdminToken(), User: env["JF_USER"], Password: env["JF_PASSWORD"],
		IDTokenRequestURL: server.IDTokenRequestURL(), IDTokenRequestToken: server.IDTokenRequestToken(),
	}
}

// Env returns the environment of a client: the keys of the file that frogmint-sandbox serve --env-file writes.
func (s *Sandbox) Env() map[string]string { return s.Server.Env() }

// Use sends a request with a token and some content, over a connection of its own, and returns the status.
func Use(tb testing.TB, method, url, token string) int {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, url, strings.NewReader("content"))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		tb.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
