package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// connector makes the connections to a host or to the first proxy, and holds those that were made ahead. What goes over TLS
// through a proxy is net/http's own work.
type connector struct {
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	config *tls.Config

	mu       sync.Mutex
	prepared map[connKey][]*preparedConn
}

// connKey says for what a connection is good.
type connKey struct{ scheme, address string }

// dialContext is for http.Transport.
func (c *connector) dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if conn, err := c.take(ctx, connKey{"http", address}); conn != nil || err != nil {
		return conn, err
	}
	return c.dial(ctx, network, address)
}

// dialTLSContext is for http.Transport.
func (c *connector) dialTLSContext(ctx context.Context, network, address string) (net.Conn, error) {
	if conn, err := c.take(ctx, connKey{"https", address}); conn != nil || err != nil {
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

// configFor is the configuration for one host.
func (c *connector) configFor(host string) *tls.Config {
	config := c.config.Clone()
	config.ServerName, config.NextProtos = host, []string{"http/1.1"}
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
