// Package sandboxtest starts a sandbox for one test, on loopback or, inside a testing/synctest bubble, in memory.
package sandboxtest

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// sharedKeys are made once a process, and small: a test binary starts hundreds of sandboxes, which sign thousands of tokens.
// They are the same for all of them, which sandbox.WithKeys allows.
var sharedKeys = sync.OnceValues(Keys)

// Keys makes small keys: they protect nothing.
func Keys() (*sandbox.Keys, error) { return sandbox.NewKeysOf(1024) }

// Sandbox is a running server with what a client needs to use it.
type Sandbox struct {
	Server              *sandbox.Server
	URL                 string
	AdminToken          string
	User, Password      string // an administrator's
	IDTokenRequestURL   string
	IDTokenRequestToken string
	CAPEM               []byte   // of StartTLS only
	Network             *Network // of StartInBubble only

	// DialContext connects to the server, for http.Transport.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Start serves a sandbox on a free loopback port until the test ends. Connections that are open then are closed, so
// that a handler held up by a fault doesn't hold up the test.
func Start(tb testing.TB, opts ...sandbox.Option) *Sandbox {
	tb.Helper()
	listener := listen(tb)
	s := serve(tb, listener, "http://"+listener.Addr().String(), opts)
	s.DialContext = (&net.Dialer{}).DialContext
	return s
}

// StartTLS is Start over https; CAPEM is the CA certificate to trust.
func StartTLS(tb testing.TB, opts ...sandbox.Option) *Sandbox {
	tb.Helper()
	listener := listen(tb)
	return serveTLS(tb, listener, listener.Addr().String(), opts)
}

// StartTLSAtHTTPSPort is StartTLS at port 443, which needs root, for clients that can't name another: on the first address of
// loopback that has it free.
func StartTLSAtHTTPSPort(tb testing.TB, opts ...sandbox.Option) *Sandbox {
	tb.Helper()
	var config net.ListenConfig
	var refused error
	for i := range 100 {
		host := "127.0.0." + strconv.Itoa(2+i)
		listener, err := config.Listen(context.WithoutCancel(tb.Context()), "tcp", host+":443")
		if err == nil {
			return serveTLS(tb, listener, host, opts)
		}
		refused = err
	}
	tb.Fatal(refused)
	return nil
}

// serveTLS is serve over https, for clients that reach the listener as address.
func serveTLS(tb testing.TB, listener net.Listener, address string, opts []sandbox.Option) *Sandbox {
	tb.Helper()
	now, host := time.Now(), strings.Split(address, ":")[0]
	certificate, err := sandbox.NewCertificate(append(sandbox.LoopbackNames(), host), now.Add(-time.Hour), now.Add(24*time.Hour))
	if err != nil {
		tb.Fatal(err)
	}
	trust := sandbox.WithHTTPClient(certificate.Client())
	s := serve(tb, tls.NewListener(listener, certificate.ServerConfig()), "https://"+address, append([]sandbox.Option{trust}, opts...))
	s.CAPEM, s.DialContext = certificate.CAPEM, (&net.Dialer{}).DialContext
	return s
}

// StartInBubble is Start inside a testing/synctest bubble, where time passes when everybody waits: the server and its
// clients talk over a network in memory. Clients must dial with DialContext. Call it in the bubble, with the bubble's T.
func StartInBubble(tb testing.TB, opts ...sandbox.Option) *Sandbox {
	tb.Helper()
	tb.Cleanup(func() { time.Sleep(time.Second) }) // after the server's end: net/http lets a connection linger for half of it
	network := newNetwork()
	listener := network.Listen()
	own := sandbox.WithHTTPClient(clientOf(network.DialContext)) // the server reads its own issuer's keys
	s := serve(tb, listener, "http://"+listener.Addr().String(), append([]sandbox.Option{own}, opts...))
	s.Network, s.DialContext = network, network.DialContext
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

// serve answers at the listener, which clients reach under url, until the test ends.
func serve(tb testing.TB, listener net.Listener, url string, opts []sandbox.Option) *Sandbox {
	tb.Helper()
	keys, err := sharedKeys()
	if err != nil {
		tb.Fatal(err)
	}
	server, err := sandbox.New(append([]sandbox.Option{sandbox.WithBaseURL(url), sandbox.WithKeys(keys)}, opts...)...)
	if err != nil {
		_ = listener.Close()
		tb.Fatal(err)
	}
	httpServer := server.HTTPServer()
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = httpServer.Serve(listener)
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

// Client returns a client for the sandbox over http that takes a connection for each request and follows no redirect.
func (s *Sandbox) Client() *http.Client { return clientOf(s.DialContext) }

func clientOf(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DialContext: dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

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
