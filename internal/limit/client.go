package limit

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Transport says how the program speaks HTTP.
type Transport struct {
	// Proxy names the proxy for a request, as in http.Transport. Nil connects directly.
	Proxy func(*http.Request) (*url.URL, error)
	// RootsPEM is added to the system's certificate authorities. Empty adds none.
	RootsPEM []byte
}

// NewClient returns a client with every bound set: TLS 1.2 at least, headers of 64 KiB, 10 s to connect, 10 s for the
// TLS handshake. It follows no redirect: a credential must not travel to a host that nobody named. The caller bounds the whole call
// by its context, and the body by ReadAll. It fails when RootsPEM holds no certificate.
func NewClient(t Transport) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(t.RootsPEM) > 0 {
		roots, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("reading the system's certificate authorities: %v", err)
		}
		if !roots.AppendCertsFromPEM(t.RootsPEM) {
			return nil, errors.New("no certificate in the PEM text")
		}
		config.RootCAs = roots
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			Proxy: t.Proxy, DialContext: dialer.DialContext, TLSClientConfig: config, TLSHandshakeTimeout: 10 * time.Second,
			MaxResponseHeaderBytes: Headers, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
