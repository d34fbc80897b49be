package httpapi_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// identity is a certificate that signed itself, with its key.
type identity struct{ certPEM, keyPEM []byte }

func newIdentity(t testing.TB, notAfter time.Time) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotBefore: time.Unix(1, 0), NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return identity{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}
}

func (i identity) pool(t testing.TB) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(i.certPEM) {
		t.Fatal("no certificate")
	}
	return pool
}

// quietTLS starts a server with TLS that tells nobody of refused handshakes.
func quietTLS(t testing.TB, config *tls.Config, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// TestSend_TLSRefusals: where one side refuses the other's certificate or protocol, nothing was carried out, and trying
// again changes nothing.
func TestSend_TLSRefusals(t *testing.T) {
	t.Parallel()
	trusted, stranger := newIdentity(t, time.Now().Add(time.Hour)), newIdentity(t, time.Now().Add(time.Hour))
	expired := newIdentity(t, time.Unix(2, 0))
	wantsClient := func(version uint16, trust identity) *tls.Config {
		return &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trust.pool(t), MinVersion: version, MaxVersion: version}
	}
	noName := func() *tls.Config {
		return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return &tls.Config{MinVersion: tls.VersionTLS12}, nil }}
	}
	for name, test := range map[string]struct {
		server *tls.Config
		client identity
		trust  bool // whether the client trusts the server
		alert  bool // whether the server sends an alert
		want   string
	}{
		"client certificate required":          {wantsClient(tls.VersionTLS13, trusted), identity{}, true, true, "certificate required"},
		"client certificate required, TLS 1.2": {wantsClient(tls.VersionTLS12, trusted), identity{}, true, true, "handshake failure"},
		"unknown CA at the server":             {wantsClient(tls.VersionTLS13, trusted), stranger, true, true, "certificate"},
		"unknown CA at the server, TLS 1.2":    {wantsClient(tls.VersionTLS12, trusted), stranger, true, true, "certificate"},
		"client certificate expired":           {wantsClient(tls.VersionTLS13, expired), expired, true, true, "expired certificate"},
		"unrecognized name":                    {noName(), identity{}, true, true, "unrecognized name"},
		"protocol version":                     {&tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}, identity{}, true, true, "protocol version"}, //nolint:gosec // what is refused
		"the server isn't trusted":             {nil, identity{}, false, false, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := quietTLS(t, test.server, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("read %s", r.URL) })
			options := httpapi.Options{ClientCertPEM: test.client.certPEM, ClientKeyPEM: test.client.keyPEM}
			if test.trust {
				options.RootsPEM = certPEM(server)
			}
			client := newClient(t, options)
			for i := range 4 {
				call := post(t, server.URL)
				call.Fresh = i%2 == 1
				if i >= 2 {
					client.Prepare(t.Context(), call.URL)
				}
				failure := failureOf(t.Context(), t, client, call)
				if failure.Indeterminate() || failure.Temporary() || failure.Status != 0 || !failure.Unreachable() {
					t.Errorf("%v: indeterminate %t, temporary %t, unreachable %t", failure, failure.Indeterminate(), failure.Temporary(), failure.Unreachable())
				}
				if !strings.Contains(failure.Message, test.want) || httpapi.IsTLSAlert(failure) != test.alert || httpapi.IsUntrusted(failure) == test.alert || !httpapi.IsTLSRefusal(failure) {
					t.Errorf("%v: alert %t, untrusted %t, refusal %t", failure, httpapi.IsTLSAlert(failure), httpapi.IsUntrusted(failure), httpapi.IsTLSRefusal(failure))
				}
			}
		})
	}
}

func TestSend_ShowsItsClientCertificate(t *testing.T) {
	t.Parallel()
	known := newIdentity(t, time.Now().Add(time.Hour))
	server := quietTLS(t, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known.pool(t), MinVersion: tls.VersionTLS12}, func(w http.ResponseWriter, r *http.Request) {
		say(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	})
	client := newClient(t, httpapi.Options{RootsPEM: certPEM(server), ClientCertPEM: known.certPEM, ClientKeyPEM: known.keyPEM})
	if answer, err := client.Send(t.Context(), get(t, server.URL)); err != nil || string(answer.Body) != "client" {
		t.Errorf("%q, %v", answer.Body, err)
	}
}

// TestSend_WrongName: the certificate is another host's.
func TestSend_WrongName(t *testing.T) {
	t.Parallel()
	server := quietTLS(t, nil, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("read %s", r.URL) })
	client := newClient(t, httpapi.Options{RootsPEM: certPEM(server), DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}})
	for _, host := range []string{"elsewhere.test", "192.0.2.1"} {
		failure := failureOf(t.Context(), t, client, post(t, "https://"+host+"/x"))
		if !httpapi.IsUntrusted(failure) || failure.Temporary() || failure.Indeterminate() {
			t.Errorf("%v: temporary %t, indeterminate %t", failure, failure.Temporary(), failure.Indeterminate())
		}
	}
}

// TestSend_AlertBeforeTheRequest: the server has refused the client and closed the connection before the request is written.
func TestSend_AlertBeforeTheRequest(t *testing.T) {
	t.Parallel()
	config := &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13}
	server := quietTLS(t, config, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("read %s", r.URL) })
	client := newClient(t, httpapi.Options{RootsPEM: certPEM(server), DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &deafConn{Conn: conn}, err
	}})
	failure := failureOf(t.Context(), t, client, post(t, server.URL))
	if !httpapi.IsTLSAlert(failure) || failure.Indeterminate() || failure.Temporary() {
		t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
	}
}

// deafConn lets a client finish its handshake, and fails each later write as a connection does that was reset.
type deafConn struct {
	net.Conn
	writes int // one at a time
}

func (c *deafConn) Write(p []byte) (int, error) {
	if c.writes++; c.writes > 2 { // hello, and what answers the server's
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(p)
}

// TestSend_AlertsAfterTheRequest: a server that ends the connection over what it was doing may have done it. One that ends
// it over the client's certificate hasn't begun.
func TestSend_AlertsAfterTheRequest(t *testing.T) {
	t.Parallel()
	for alert, undecided := range map[tls.AlertError]bool{
		10: true, 20: true, 22: true, 80: true, 90: true,
		40: false, 42: false, 43: false, 44: false, 45: false, 46: false, 48: false, 49: false, 51: false, 70: false, 112: false, 116: false,
	} {
		failure := failWith(t, broken(fmt.Errorf("reading: %w", &net.OpError{Op: "remote error", Err: alert})))
		if failure.Indeterminate() != undecided || failure.Temporary() != undecided || !httpapi.IsTLSAlert(failure) {
			t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
		}
	}
	local := failWith(t, broken(&net.OpError{Op: "local error", Err: tls.AlertError(20)}))
	if !local.Indeterminate() || !local.Temporary() || httpapi.IsTLSAlert(local) {
		t.Errorf("this side's own alert: %v: indeterminate %t, temporary %t", local, local.Indeterminate(), local.Temporary())
	}
}

func TestSend_TLSToAPlainPort(t *testing.T) {
	t.Parallel()
	plain := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("read %s", r.URL) })
	plain.Config.ErrorLog = log.New(io.Discard, "", 0)
	silent := listen(t, func(c net.Conn) bool {
		_, _ = io.WriteString(c, "220 mail.test ESMTP ready\r\n")
		return true
	}, nil)
	for name, target := range map[string]string{"HTTP": plain.URL, "another protocol": silent.url("/x")} {
		failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), post(t, strings.Replace(target, "http:", "https:", 1)))
		if failure.Indeterminate() || failure.Temporary() || !httpapi.IsNotTLS(failure) || !httpapi.IsTLSRefusal(failure) || httpapi.IsTLSPort(failure) {
			t.Errorf("%s: %v: indeterminate %t, temporary %t", name, failure, failure.Indeterminate(), failure.Temporary())
		}
	}
}

func TestSend_PlainToATLSPort(t *testing.T) {
	t.Parallel()
	server := quietTLS(t, nil, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("read %s", r.URL) })
	page := func(words string) *wire {
		return listen(t, nil, func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s", len(words), words)
		})
	}
	for name, target := range map[string]string{
		"Go":     strings.Replace(server.URL, "https:", "http:", 1),
		"nginx":  page("<html><head><title>400 The plain HTTP request was sent to HTTPS port</title>").url("/x"),
		"Apache": page("<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />").url("/x"),
		"Tomcat": page("Bad Request\r\nThis combination of host and port requires TLS.\r\n").url("/x"),
		"alert":  listen(t, nil, func(c net.Conn) { _, _ = io.WriteString(c, "\x15\x03\x01\x00\x02\x02\x46") }).url("/x"),
		"alert2": listen(t, nil, func(c net.Conn) { _, _ = io.WriteString(c, "\x15\x03\x03\x00\x02\x02\x0a") }).url("/x"),
	} {
		failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), post(t, target))
		if failure.Indeterminate() || failure.Temporary() || !httpapi.IsTLSPort(failure) || strings.ContainsAny(failure.Error(), "\x15\x03") {
			t.Errorf("%s: %v: indeterminate %t, temporary %t", name, failure, failure.Indeterminate(), failure.Temporary())
		}
	}
	// The same words in an answer over TLS are somebody's behind the port, and in another status they say nothing.
	for name, failure := range map[string]*httpapi.Error{
		"over TLS":       failWith(t, fixed(400, "The plain HTTP request was sent to HTTPS port")),
		"another status": failureOf(t.Context(), t, httpapi.WithTransport(fixed(502, "The plain HTTP request was sent to HTTPS port")), post(t, "http://jfrog.test/x")),
		"other words":    failureOf(t.Context(), t, httpapi.WithTransport(fixed(400, "Bad Request")), post(t, "http://jfrog.test/x")),
	} {
		if !failure.Indeterminate() || httpapi.IsTLSPort(failure) {
			t.Errorf("%s: %v counts as not sent", name, failure)
		}
	}
}

func TestIsTLSRefusal_OfOtherErrors(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, io.EOF, errors.New("x"), &net.OpError{Op: "dial", Err: io.EOF}, &net.OpError{Op: "local error", Err: tls.AlertError(80)}} {
		if httpapi.IsTLSRefusal(err) || httpapi.IsTLSAlert(err) || httpapi.IsUntrusted(err) || httpapi.IsNotTLS(err) || httpapi.IsTLSPort(err) {
			t.Errorf("%v counts as a refusal", err)
		}
	}
	// A server that answers with a version that was never offered.
	if !httpapi.IsTLSRefusal(errors.New("tls: server selected unsupported protocol version 302")) {
		t.Error("this side's own refusal isn't one")
	}
}
