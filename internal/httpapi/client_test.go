package httpapi_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// certPEM is a server's own certificate.
func certPEM(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// serveTLS starts a server with TLS that ends with the test.
func serveTLS(t testing.TB, config *tls.Config, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = config
	server.EnableHTTP2 = true
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestClient_FollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed, with authorization %q", r.Header.Get("Authorization"))
	})
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := serve(t, http.RedirectHandler(elsewhere.URL, status).ServeHTTP)
		call := post(t, server.URL)
		call.Authorize = func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") }
		failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), call)
		if failure.Status != status || !strings.Contains(failure.Message, elsewhere.URL) || failure.Temporary() || !failure.Indeterminate() {
			t.Errorf("%v: temporary %t, indeterminate %t", failure, failure.Temporary(), failure.Indeterminate())
		}
	}
}

// With HTTP/2 a transport repeats requests by itself, after GOAWAY for one.
func TestClient_SpeaksHTTP1Only(t *testing.T) {
	t.Parallel()
	server := serveTLS(t, nil, func(w http.ResponseWriter, r *http.Request) {
		say(w, r.Proto+" "+r.TLS.NegotiatedProtocol)
	})
	other, err := server.Client().Get(server.URL) //nolint:noctx // ends with the test
	if err != nil || other.ProtoMajor != 2 || other.Body.Close() != nil {
		t.Fatalf("the server doesn't offer HTTP/2: %v", err)
	}
	client := newClient(t, httpapi.Options{RootsPEM: certPEM(server)})
	for _, fresh := range []bool{false, true} {
		call := get(t, server.URL)
		call.Fresh = fresh
		answer, err := client.Send(t.Context(), call)
		if got := strings.TrimSpace(string(answer.Body)); err != nil || got != "HTTP/1.1" && got != "HTTP/1.1 http/1.1" {
			t.Errorf("spoke %s, %v", got, err)
		}
	}
}

func TestClient_FreshIsAConnectionOfItsOwn(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { say(w, r.RemoteAddr) })
	client := newClient(t, httpapi.Options{})
	send := func(fresh bool) string {
		call := get(t, server.URL)
		call.Fresh = fresh
		answer, err := client.Send(t.Context(), call)
		if err != nil {
			t.Error(err)
		}
		return string(answer.Body)
	}
	first := send(false)
	seen := map[string]bool{first: true}
	for range 3 {
		address := send(true)
		if seen[address] {
			t.Errorf("%s was used before", address)
		}
		seen[address] = true
		if again := send(false); again != first {
			t.Errorf("the usual connection isn't used again: %s, then %s", first, again)
		}
	}
}

func TestClient_CloseEndsIdleConnections(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	closed := make(chan struct{}, 9)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	server.Config.ConnState = func(connection net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		open[connection] = state != http.StateClosed
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := newClient(t, httpapi.Options{})
	for _, fresh := range []bool{false, true} {
		call := get(t, server.URL)
		call.Fresh = fresh
		if _, err := client.Send(t.Context(), call); err != nil {
			t.Fatal(err)
		}
	}
	client.Close()
	<-closed
	<-closed
	httpapi.WithTransport(fixed(200, "")).Close() // one that has nothing to close
	mu.Lock()
	defer mu.Unlock()
	for _, stillOpen := range open {
		if stillOpen || len(open) != 2 {
			t.Errorf("open after the end: %v", open)
		}
	}
}

func TestClient_WithTransportSendsEverythingThroughIt(t *testing.T) {
	t.Parallel()
	sent := 0
	client := httpapi.WithTransport(transport(func(r *http.Request) (*http.Response, error) { sent++; return fixed(200, "{}")(r) }))
	for _, fresh := range []bool{false, true} {
		call := get(t, "https://jfrog.test/x")
		call.Fresh = fresh
		if _, err := client.Send(t.Context(), call); err != nil {
			t.Error(err)
		}
	}
	if sent != 2 {
		t.Errorf("%d requests", sent)
	}
}

func TestNewClient_RefusesUnusableCertificates(t *testing.T) {
	t.Parallel()
	const key = "-----BEGIN PRIVATE KEY-----\nhunter2hunter2\n-----END PRIVATE KEY-----"
	for name, options := range map[string]httpapi.Options{
		"no certificate in the roots": {RootsPEM: []byte("hunter2")}, "a key without a certificate": {ClientKeyPEM: []byte(key)},
		"a certificate without a key": {ClientCertPEM: []byte("hunter2")}, "neither is one": {ClientCertPEM: []byte(key), ClientKeyPEM: []byte(key)},
	} {
		client, err := httpapi.NewClient(options)
		if err == nil || client != nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestClient_BoundsTheHandshake has a server that takes the connection and says nothing.
func TestClient_BoundsTheHandshake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ends []net.Conn
		client := newClient(t, httpapi.Options{DialContext: func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			ends = append(ends, there)
			go func() { _, _ = io.Copy(io.Discard, there) }()
			return here, nil
		}})
		started := time.Now()
		failure := failureOf(t.Context(), t, client, post(t, "https://jfrog.test/x"))
		if took := time.Since(started); took != 10*time.Second || !strings.Contains(failure.Error(), "TLS handshake timeout") {
			t.Errorf("after %s: %v", took, failure)
		}
		if failure.Indeterminate() || !failure.Temporary() {
			t.Errorf("indeterminate %t, temporary %t", failure.Indeterminate(), failure.Temporary())
		}
		for _, end := range ends {
			_ = end.Close()
		}
	})
}

// TestClient_DropsIdleConnections: what a load balancer may have forgotten isn't used.
func TestClient_DropsIdleConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dialled := 0
		client := newClient(t, httpapi.Options{DialContext: func(context.Context, string, string) (net.Conn, error) {
			dialled++
			here, there := net.Pipe()
			go func() {
				server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })} //nolint:gosec // in memory
				_ = server.Serve(&oneConn{there})
			}()
			return here, nil
		}})
		for i, pause := range []time.Duration{0, 29 * time.Second, 31 * time.Second} {
			time.Sleep(pause)
			if _, err := client.Send(t.Context(), get(t, "http://jfrog.test/x")); err != nil {
				t.Fatal(err)
			}
			if want := []int{1, 1, 2}[i]; dialled != want {
				t.Errorf("%d connections after a pause of %s, want %d", dialled, pause, want)
			}
		}
		client.Close()
		synctest.Wait()
	})
}

// oneConn is a listener with one connection.
type oneConn struct{ conn net.Conn }

func (l *oneConn) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func TestClient_DialContextMakesTheConnections(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { say(w, r.Host) })
	var asked string
	client := newClient(t, httpapi.Options{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		asked = network + " " + address
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}})
	answer, err := client.Send(t.Context(), get(t, "http://jfrog.test/x"))
	if err != nil || string(answer.Body) != "jfrog.test" || asked != "tcp jfrog.test:80" {
		t.Errorf("asked for %s, got %s, %v", asked, answer.Body, err)
	}
}

// A call that names itself is sent under that name; a CI's own services get Go's.
func TestSend_UserAgent(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) { got <- r.UserAgent() })
	client := newClient(t, httpapi.Options{})
	for name, want := range map[string]string{"": "Go-http-client/1.1", "frogmint/1": "frogmint/1"} {
		call := get(t, server.URL)
		call.UserAgent = name
		if _, err := client.Send(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if agent := <-got; agent != want {
			t.Errorf("%q is sent as %q", name, agent)
		}
	}
}
