package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// VerifyFunc checks the certificates of a server, its own first, for a host name or IP address. roots count besides those
// that the function knows by itself; nil for none.
type VerifyFunc func(chain []*x509.Certificate, host string, roots *x509.CertPool) error

// connector makes the connections to a host or to the first proxy, and holds those that were made ahead. What goes over TLS
// through a proxy is net/http's own work.
type connector struct {
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	config *tls.Config
	verify VerifyFunc // nil leaves it to crypto/tls

	mu       sync.Mutex
	prepared map[string][]*preparedConn // by connKey
}

// connKey says for what a connection is good.
func connKey(scheme, address string) string { return scheme + "://" + address }

// dialContext is for http.Transport.
func (c *connector) dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if conn, err := c.take(ctx, connKey("http", address)); conn != nil || err != nil {
		return conn, err
	}
	return c.dial(ctx, network, address)
}

// dialTLSContext is for http.Transport.
func (c *connector) dialTLSContext(ctx context.Context, network, address string) (net.Conn, error) {
	if conn, err := c.take(ctx, connKey("https", address)); conn != nil || err != nil {
		return conn, err
	}
	raw, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c.handshake(ctx, raw, address)
}

// errHandshakeTime is why a TLS handshake was given up.
var errHandshakeTime = errors.New("TLS handshake timeout")

// handshake makes a TLS connection of a plain one, which it closes when that fails.
func (c *connector) handshake(ctx context.Context, raw net.Conn, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxHandshakeTime, errHandshakeTime)
	defer cancel()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	conn := tls.Client(raw, c.configFor(host))
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	return conn, nil
}

// configFor is the configuration for one host. Where the client has its own way to verify, it takes the place of that of
// crypto/tls: the same checks against the same certificates, of which it reads only those that matter.
func (c *connector) configFor(host string) *tls.Config {
	config := c.config.Clone()
	config.ServerName, config.NextProtos = host, []string{"http/1.1"}
	if c.verify == nil {
		return config
	}
	config.InsecureSkipVerify = true //nolint:gosec // VerifyConnection verifies
	config.VerifyConnection = func(state tls.ConnectionState) error {
		chain := state.PeerCertificates
		if err := c.verify(chain, host, config.RootCAs); err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
		}
		return nil
	}
	return config
}

// Prepare begins to make a connection for each of the URLs, for the next requests to their hosts: they then have to wait
// for no handshake. It does nothing where a proxy stands in between, or with a transport of the caller's. It returns at
// once; when ctx has ended it does nothing. A connection that failed, was closed by the server or isn't used for half a
// minute is forgotten, and the request makes its own. Close ends what wasn't used.
func (c *Client) Prepare(ctx context.Context, targets ...*url.URL) {
	if c.connector == nil || ctx.Err() != nil {
		return
	}
	for _, target := range targets {
		if c.proxy != nil {
			if proxy, err := c.proxy(&http.Request{URL: target}); proxy != nil || err != nil {
				continue
			}
		}
		c.connector.prepare(context.WithoutCancel(ctx), target.Scheme, addressOf(target))
	}
}

// addressOf is the host and port of a URL, as net/http dials them.
func addressOf(target *url.URL) string {
	port := target.Port()
	switch {
	case port == "" && target.Scheme == "https":
		port = "443"
	case port == "":
		port = "80"
	}
	return net.JoinHostPort(target.Hostname(), port)
}
