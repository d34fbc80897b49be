package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The bounds on making a connection.
const (
	maxConnectTime   = 10 * time.Second
	maxHandshakeTime = 10 * time.Second
	maxIdleTime      = 30 * time.Second
	maxAlertTime     = time.Second // after a failed write, for the reason that the server gave
)

// Options says how a Client connects. The zero value connects directly and trusts the system's CA certificates.
type Options struct {
	// Proxy names the proxy for a request, as in http.Transport. Nil connects directly. People see its error, which must
	// not repeat a password.
	Proxy func(*http.Request) (*url.URL, error)
	// SystemRoots gives the system's CA certificates for direct connections, and through a proxy where there are RootsPEM, too. Nil:
	// those that crypto/x509 finds.
	SystemRoots Roots
	// RootsPEM is added to the system's CA certificates.
	RootsPEM []byte
	// LikelyRoot is the one certificate, in DER, that the server's is tried with first; see VerifiedRoot. It is trusted like
	// RootsPEM. Nil: none is.
	LikelyRoot []byte
	// ClientCertPEM and ClientKeyPEM are for a server that wants a client certificate. Both or none.
	ClientCertPEM, ClientKeyPEM []byte
	// DialContext makes a connection. Nil: a TCP connection within ten seconds.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client sends requests with every bound set: TLS 1.2 at least, headers of 64 KiB, ten seconds to connect and ten for
// the TLS handshake. It speaks HTTP/1.1 only: no request is repeated below the caller, as HTTP/2 does after GOAWAY. It
// follows no redirect: a credential must not travel to a host that nobody named. It is safe for concurrent use.
//
// The caller bounds each call by its context. Close when it is no longer needed.
type Client struct {
	transport http.RoundTripper
	fresh     http.RoundTripper // one connection for each request
	proxy     func(*http.Request) (*url.URL, error)
	connector *connector // nil with a transport of the caller's
}

// NewClient returns a client. It fails when RootsPEM holds no certificate, or the client certificate and key don't go
// together.
func NewClient(options Options) (*Client, error) {
	config, err := options.tlsConfig()
	if err != nil {
		return nil, err
	}
	connector := options.connector(config)
	if options.Proxy != nil && len(options.RootsPEM) > 0 { // net/http can't ask for them later
		if config.RootCAs, err = connector.roots(nil); err != nil {
			return nil, err
		}
	}
	transport := options.transport(connector, config)
	fresh := transport.Clone()
	fresh.DisableKeepAlives = true
	return &Client{transport: transport, fresh: fresh, proxy: options.Proxy, connector: connector}, nil
}

// transport has every bound that net/http knows.
func (o Options) transport(c *connector, config *tls.Config) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy: o.Proxy, DialContext: c.dialContext, DialTLSContext: c.dialTLSContext,
		TLSClientConfig: config, TLSHandshakeTimeout: maxHandshakeTime,
		MaxResponseHeaderBytes: MaxHeaders, MaxIdleConnsPerHost: 2, IdleConnTimeout: maxIdleTime, Protocols: protocols,
		OnProxyConnectResponse: checkProxyConnect,
	}
}

// WithTransport returns a client that sends everything through a RoundTripper of the caller's.
func WithTransport(transport http.RoundTripper) *Client {
	return &Client{transport: transport, fresh: transport}
}

// proxyFor is the proxy that a request goes through; nil for none, or where a transport of the caller's knows it.
func (c *Client) proxyFor(request *http.Request) *url.URL {
	if c.proxy == nil {
		return nil
	}
	proxy, err := c.proxy(request)
	if err != nil {
		return nil // the transport meets the same error, and says it
	}
	return proxy
}

// VerifiedRoot is the CA certificate, in DER, by which the last server or https proxy was trusted that this client connected to; nil
// where none was.
func (c *Client) VerifiedRoot() []byte {
	if c.connector == nil {
		return nil
	}
	if root := c.connector.verified.Load(); root != nil {
		return root.Raw
	}
	return nil
}

// Close closes the connections that are not in use.
func (c *Client) Close() {
	if c.connector != nil {
		c.connector.close()
	}
	for _, transport := range []http.RoundTripper{c.transport, c.fresh} {
		if closer, ok := transport.(interface{ CloseIdleConnections() }); ok {
			closer.CloseIdleConnections()
		}
	}
}

func (o Options) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(o.RootsPEM) > 0 && !x509.NewCertPool().AppendCertsFromPEM(o.RootsPEM) {
		return nil, errors.New("no certificate in the PEM text")
	}
	if len(o.ClientCertPEM) > 0 || len(o.ClientKeyPEM) > 0 {
		certificate, err := tls.X509KeyPair(o.ClientCertPEM, o.ClientKeyPEM)
		if err != nil {
			return nil, errors.New("the client certificate and key can't be used together") // the cause may quote the key
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

// connector makes connections by these options. It reads the system's certificates when the first is made.
func (o Options) connector(config *tls.Config) *connector {
	c := &connector{dial: o.DialContext, config: config.Clone(), roots: o.roots()}
	if c.dial == nil {
		c.dial = (&net.Dialer{Timeout: maxConnectTime}).DialContext
	}
	if likely, err := x509.ParseCertificate(o.LikelyRoot); err == nil && rootsAreFiles {
		pool := x509.NewCertPool()
		pool.AddCert(likely)
		c.likely = func([]*x509.Certificate) (*x509.CertPool, error) { return pool, nil }
	}
	return c
}

// roots are the certificates to trust; a nil pool for those that crypto/x509 finds.
func (o Options) roots() Roots {
	system, own := o.SystemRoots, decodePEM(o.RootsPEM)
	return func(sent []*x509.Certificate) (roots *x509.CertPool, err error) {
		switch {
		case system != nil:
			roots, err = system(sent)
		case len(own) > 0:
			roots, err = x509.SystemCertPool()
		}
		if err != nil {
			return nil, &tls.CertificateVerificationError{Err: x509.SystemRootsError{Err: err}}
		}
		if len(own) > 0 {
			roots = roots.Clone() // it may be another client's, too
			own.addTo(roots, sent)
		}
		return roots, nil
	}
}

// ProxyError is a proxy's refusal to connect to a host, or to pass on a request. Nothing has reached the host.
type ProxyError struct {
	Proxy  string // host and port
	Status int
}

// Error names the proxy and its status.
func (e *ProxyError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("proxy %q refused to connect: %d %s", e.Proxy, e.Status, http.StatusText(e.Status)))
}

// checkProxyConnect turns a proxy's refusal into an error that names the proxy: net/http's own text is the status line
// alone, which reads as if JFrog had said it.
func checkProxyConnect(_ context.Context, proxy *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: response.StatusCode}
}
