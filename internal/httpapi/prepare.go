package httpapi

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// preparedConn is a connection that is made before a request needs it. Its fields are valid when done is closed.
type preparedConn struct {
	cancel context.CancelFunc
	done   chan struct{}
	conn   net.Conn
	made   time.Time
	err    error

	watched chan error // how the watch over the connection ended
}

// prepare begins to make a connection.
func (c *connector) prepare(ctx context.Context, scheme, address string) {
	ctx, cancel := context.WithCancel(ctx)
	p := &preparedConn{cancel: cancel, done: make(chan struct{}), watched: make(chan error, 1)}
	c.mu.Lock()
	if c.prepared == nil {
		c.prepared = map[connKey][]*preparedConn{}
	}
	key := connKey{scheme, address}
	c.prepared[key] = append(c.prepared[key], p)
	c.mu.Unlock()
	connect := c.dial
	if scheme == "https" {
		connect = c.connectTLS
	}
	go p.connect(func() (net.Conn, error) { return connect(ctx, "tcp", address) })
}

// connect makes the connection, and lets it be watched until a request takes it.
func (p *preparedConn) connect(dial func() (net.Conn, error)) {
	defer p.cancel()
	defer close(p.done)
	p.conn, p.err = dial()
	if p.err == nil {
		p.made = time.Now()
		go p.watch()
	}
}

// take returns a prepared connection that can be used, and waits for one that is still being made. It returns neither a
// connection nor an error where there is none. An attempt that failed before anybody waited for it is no error either: the
// request makes its own.
func (c *connector) take(ctx context.Context, key connKey) (net.Conn, error) {
	for {
		p := c.pop(key)
		if p == nil {
			return nil, nil
		}
		waited := false
		select {
		case <-p.done:
		default:
			waited = true
			select {
			case <-p.done:
			case <-ctx.Done():
				p.discard()
				return nil, context.Cause(ctx)
			}
		}
		switch {
		case p.err != nil && waited:
			return nil, p.err
		case p.err == nil && time.Since(p.made) < maxIdleTime && p.release():
			return p.conn, nil
		}
		p.discard()
	}
}

// pop removes the connection that was prepared first; nil where there is none.
func (c *connector) pop(key connKey) *preparedConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting := c.prepared[key]
	if len(waiting) == 0 {
		return nil
	}
	c.prepared[key] = waiting[1:]
	return waiting[0]
}

// close discards every connection that wasn't used.
func (c *connector) close() {
	c.mu.Lock()
	unused := c.prepared
	c.prepared = nil
	c.mu.Unlock()
	for _, waiting := range unused {
		for _, p := range waiting {
			p.discard()
		}
	}
}

// discard ends a connection, also one that is still being made.
func (p *preparedConn) discard() {
	p.cancel()
	end := func() {
		<-p.done
		if p.err == nil {
			_ = p.conn.Close()
		}
	}
	select {
	case <-p.done:
		end()
	default:
		go end()
	}
}

// watch reads a connection that nobody uses yet. That is how this side learns that the server has closed it: a request over
// a closed connection looks like one that was sent and never answered, and after a mint that means a search for a token
// which was never made. A server that speaks before it was asked ends the watch too: that would be taken for the answer.
func (p *preparedConn) watch() {
	_, err := p.conn.Read(make([]byte, 1))
	p.watched <- err
}

// release ends the watch, and reports whether the connection can be used.
func (p *preparedConn) release() bool {
	if p.conn.SetReadDeadline(time.Unix(1, 0)) != nil {
		return false
	}
	err := <-p.watched
	return errors.Is(err, os.ErrDeadlineExceeded) && p.conn.SetReadDeadline(time.Time{}) == nil
}
