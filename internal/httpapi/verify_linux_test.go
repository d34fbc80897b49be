package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// TestVerifier_IsCryptoTLSs holds this package's check of a server's certificates beside crypto/tls's own: the same error or the same root,
// and the same alert at the server, which takes both for the same client.
func TestVerifier_IsCryptoTLSs(t *testing.T) {
	t.Parallel()
	fips := os.Getenv("FROGMINT_TEST_FIPS") != ""
	for name, row := range verifierRows(t) {
		if fips && row.fips != "" {
			row.want = row.fips
		}
		for version, number := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
			t.Run(name+", "+version, func(t *testing.T) {
				t.Parallel()
				server := serveChain(t, row.sent, number)
				want, wantAlert := server.judgeByCryptoTLS(t, row), <-server.ended
				if !strings.Contains(want.text, row.want) || (want.text == "") != (row.want == "") {
					t.Fatalf("crypto/tls: %+v, want %q", want, row.want)
				}
				for from, options := range row.trust(t) {
					got, alert := server.judge(t, row, options), <-server.ended
					if got != want || alert != wantAlert {
						t.Errorf("roots from %s:\n%+v, alert %q; crypto/tls:\n%+v, alert %q", from, got, alert, want, wantAlert)
					}
				}
			})
		}
	}
}

// TestVerifier_FIPS140 judges all again where crypto/tls admits fewer chains.
func TestVerifier_FIPS140(t *testing.T) {
	t.Parallel()
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestVerifier_IsCryptoTLSs$", "-test.v")
	again.Env = []string{"FROGMINT_TEST_FIPS=1", "GODEBUG=fips140=on", "TMPDIR=" + t.TempDir()}
	out, err := again.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestVerifier_IsCryptoTLSs/a_curve_that_FIPS_140-3_has_not")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestVerifier_WantsAName: where a server has none, there would be nothing to compare its certificate's names with.
func TestVerifier_WantsAName(t *testing.T) {
	t.Parallel()
	server := quietTLS(t, nil, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("read %s", r.URL) })
	client := newClient(t, httpapi.Options{RootsPEM: certPEM(server), DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}})
	failure := failureOf(t.Context(), t, client, post(t, "https://:8443/x"))
	if !strings.Contains(failure.Message, "ServerName") || failure.Indeterminate() {
		t.Errorf("%v: indeterminate %t", failure, failure.Indeterminate())
	}
}

// verdict is what became of a handshake.
type verdict struct {
	text, kind string // of the error
	sent       int    // certificates that the error quotes
	root       string // by which the server was trusted, as a digest
}

func verdictOn(err error) verdict {
	var refusal *tls.CertificateVerificationError
	if !errors.As(err, &refusal) {
		return verdict{text: "not about a certificate: " + err.Error()}
	}
	text := regexp.MustCompile(`current time \S+`).ReplaceAllString(refusal.Error(), "current time")
	return verdict{text: text, kind: reflect.TypeOf(refusal.Err).String(), sent: len(refusal.UnverifiedCertificates)}
}

// chainServer answers each connection once.
type chainServer struct {
	address string
	ended   chan string // why a handshake failed; empty for not
}

func serveChain(t *testing.T, certificate tls.Certificate, version uint16) chainServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it doesn't wait
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := chainServer{listener.Addr().String(), make(chan string, 1)}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: version, MaxVersion: version}
	go func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			s.ended <- answerOnce(tls.Server(raw, config))
		}
	}()
	return s
}

func answerOnce(conn *tls.Conn) string {
	defer conn.Close() //nolint:errcheck // the other side has all
	if err := conn.HandshakeContext(context.Background()); err != nil {
		return err.Error()
	}
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
		return err.Error()
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
	return ""
}

func (s chainServer) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, s.address)
}

// judgeByCryptoTLS trusts the row's roots as every program in Go does.
func (s chainServer) judgeByCryptoTLS(t *testing.T, row verifierRow) verdict {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(row.roots)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, DialContext: s.dial}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+row.host+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return verdictOn(err)
	}
	defer response.Body.Close()
	chain := response.TLS.VerifiedChains[0]
	return verdict{root: fmt.Sprintf("%x", sha256.Sum256(chain[len(chain)-1].Raw))}
}

func (s chainServer) judge(t *testing.T, row verifierRow, options httpapi.Options) verdict {
	t.Helper()
	options.DialContext = s.dial
	client := newClient(t, options)
	if _, err := client.Send(t.Context(), get(t, "https://"+row.host+"/")); err != nil {
		if client.VerifiedRoot() != nil {
			t.Error("refused, and trusted by a root")
		}
		return verdictOn(err)
	}
	return verdict{root: fmt.Sprintf("%x", sha256.Sum256(client.VerifiedRoot()))}
}

// trust names the row's roots by each way that there is.
func (row verifierRow) trust(t *testing.T) map[string]httpapi.Options {
	t.Helper()
	write := func(name string, text []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	from := func(file, folder string) httpapi.Roots {
		return httpapi.SystemRoots(func(name string) string {
			return map[string]string{"SSL_CERT_FILE": file, "SSL_CERT_DIR": folder}[name]
		})
	}
	stranger := newIdentity(t, time.Now().Add(time.Hour)).certPEM
	return map[string]httpapi.Options{
		"SSL_CERT_FILE": {SystemRoots: from(write("bundle.pem", row.roots), "/gone")},
		"SSL_CERT_DIR":  {SystemRoots: from("/gone", filepath.Dir(write("roots.pem", row.roots)))},
		"RootsPEM":      {SystemRoots: from(write("another.pem", stranger), "/gone"), RootsPEM: row.roots},
	}
}
