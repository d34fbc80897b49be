package native

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// mirrorHost is a name for which only a proxy knows the address.
const mirrorHost = "mirror.example"

// mirror is a server of releases that notes the requests.
type mirror struct {
	url      string
	mu       sync.Mutex
	requests []*http.Request
}

// serve answers requests until the test ends.
func serve(tb testing.TB, answer http.HandlerFunc) *mirror {
	tb.Helper()
	m, server := newMirror(answer)
	server.Start()
	tb.Cleanup(server.Close)
	m.url = server.URL
	return m
}

// serveTLS is serve over https, for mirrorHost and loopback. It returns the file of the CA certificate too.
func serveTLS(tb testing.TB, answer http.HandlerFunc) (m *mirror, ca string) {
	tb.Helper()
	certificate, err := certificate()
	if err != nil {
		tb.Fatal(err)
	}
	m, server := newMirror(answer)
	server.Listener = tls.NewListener(server.Listener, certificate.ServerConfig())
	server.Start()
	tb.Cleanup(server.Close)
	ca = filepath.Join(tb.TempDir(), "ca.pem")
	write(tb, ca, certificate.CAPEM)
	m.url = "https://" + server.Listener.Addr().String()
	return m, ca
}

// certificate is the same for all: of two CAs with one name, OpenSSL tries the first only.
var certificate = sync.OnceValues(func() (*sandbox.Certificate, error) {
	now := time.Now()
	return sandbox.NewCertificate([]string{mirrorHost, "127.0.0.1"}, now.Add(-time.Hour), now.Add(time.Hour))
})

func newMirror(answer http.HandlerFunc) (*mirror, *httptest.Server) {
	m := &mirror{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		m.mu.Lock()
		m.requests = append(m.requests, request)
		m.mu.Unlock()
		answer(w, request)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that refuse the certificate are the tests' intent
	return m, server
}

// asked are the requests so far.
func (m *mirror) asked() []*http.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests
}

// port is the mirror's.
func (m *mirror) port(tb testing.TB) string {
	tb.Helper()
	address, err := url.Parse(m.url)
	if err != nil {
		tb.Fatal(err)
	}
	return address.Port()
}

// release answers with the content at this platform's path below a folder, and with 404 elsewhere.
func release(content []byte, folder string) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		if request.URL.Path != folder+asset() {
			http.NotFound(w, request)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(content)
	}
}

// answer answers every request in the same way.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// tunnel is a proxy that leads every CONNECT to one address.
func tunnel(tb testing.TB, address string) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		upstream, err := new(net.Dialer).DialContext(tb.Context(), "tcp", address)
		if err != nil {
			http.Error(w, "no upstream", http.StatusBadGateway)
			return
		}
		defer func() { _ = upstream.Close() }()
		w.WriteHeader(http.StatusOK)
		client, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			tb.Error(err)
			return
		}
		defer func() { _ = client.Close() }()
		go func() { _, _ = io.Copy(upstream, buffered) }()
		_, _ = io.Copy(client, upstream)
	}
}
