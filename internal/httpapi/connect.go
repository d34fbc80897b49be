package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// connector makes the connections to a host or to the first proxy, and holds those that were made ahead. What goes over TLS
// through a proxy is net/http's own work.
type connector struct {
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	config *tls.Config
	roots  Roots // whom to trust
	likely Roots // one of them, with which the others needn't be read; nil for none

	verified atomic.Pointer[x509.Certificate] // the one by which the last server was trusted

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
	return c.connectTLS(ctx, network, address)
}

// connectTLS makes a connection. A server that the likely certificate doesn't vouch for is asked once more, and judged by all.
func (c *connector) connectTLS(ctx context.Context, network, address string) (net.Conn, error) {
	if c.likely != nil {
		conn, err := c.handshake(ctx, network, address, c.likely)
		if err == nil || !IsUntrusted(err) {
			return conn, err
		}
	}
	return c.handshake(ctx, network, address, c.roots)
}

// errHandshakeTime is why a TLS handshake was given up.
var errHandshakeTime = errors.New("TLS handshake timeout")

// handshake makes a connection to a server that one of the roots vouches for.
func (c *connector) handshake(ctx context.Context, network, address string, roots Roots) (net.Conn, error) {
	server := &verifier{name: hostOf(address), roots: roots}
	config := c.config.Clone()
	config.NextProtos = []string{"http/1.1"}
	if err := server.configure(config); err != nil {
		return nil, err
	}
	raw, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxHandshakeTime, errHandshakeTime)
	defer cancel()
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	if chains := server.chains; len(chains) > 0 {
		c.verified.Store(chains[0][len(chains[0])-1])
	}
	return &tlsConn{Conn: conn, ended: make(chan error, 1)}, nil
}

// tlsConn is a connection whose writes fail for the reason why the server ended it. With TLS 1.3 a server that refuses the
// client's certificate may have closed the connection before the request is written: "broken pipe" would count as a request
// that may have been carried out.
type tlsConn struct {
	*tls.Conn
	ended chan error // why reading ended
}

func (c *tlsConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		select {
		case c.ended <- err:
		default:
		}
	}
	return n, err
}

// Write implements net.Conn. Beside it net/http always reads, and so learns of the connection's end as well.
func (c *tlsConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err == nil {
		return n, nil
	}
	select {
	case reason := <-c.ended:
		if IsTLSAlert(reason) {
			err = reason
		}
	case <-time.After(maxAlertTime):
	}
	return n, err
}

// hostOf is the host of an address to dial.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
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
