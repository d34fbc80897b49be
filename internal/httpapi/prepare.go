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
	watch  *watchedConn
	made   time.Time
	err    error
}

// prepare begins to make a connection.
func (c *connector) prepare(ctx context.Context, scheme, address string) {
	ctx, cancel := context.WithCancel(ctx)
	p := &preparedConn{cancel: cancel, done: make(chan struct{})}
	c.mu.Lock()
	if c.prepared == nil {
		c.prepared = map[string][]*preparedConn{}
	}
	key := connKey(scheme, address)
	c.prepared[key] = append(c.prepared[key], p)
	c.mu.Unlock()
	go func() {
		defer cancel()
		defer close(p.done)
		raw, err := c.dial(ctx, "tcp", address)
		if err != nil {
			p.err = err
			return
		}
		p.watch = &watchedConn{Conn: raw, ended: make(chan struct{})}
		p.conn = p.watch
		if scheme == "https" {
			p.conn, p.err = c.handshake(ctx, p.watch, address)
		}
		if p.err == nil {
			p.made = time.Now()
			go p.watch.run()
		}
	}()
}

// take returns a prepared connection that can be used, and waits for one that is still being made. It returns neither a
// connection nor an error where there is none. An attempt that failed before anybody waited for it is no error either: the
// request makes its own.
func (c *connector) take(ctx context.Context, key string) (net.Conn, error) {
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
		case p.err == nil && time.Since(p.made) < maxIdleTime && p.watch.release(p.conn != p.watch):
			return p.conn, nil
		}
		p.discard()
	}
}

// pop removes the connection that was prepared first; nil where there is none.
func (c *connector) pop(key string) *preparedConn {
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

// maxEarly bounds what a server may send before it got a request, in bytes. TLS session tickets take some hundred.
const maxEarly = 16 << 10

// watchedConn is a connection that nobody uses yet. It is read all the same: only so this side learns that the server has
// closed it. A request that is sent over a closed connection looks like one that was sent and never answered, and after a
// mint that means a search for a token that was never made.
type watchedConn struct {
	net.Conn
	ended chan struct{} // closed when the watch is over
	err   error         // that ended it
	early []byte        // what came meanwhile
}

// run watches until release, or until the connection ends.
func (w *watchedConn) run() {
	defer close(w.ended)
	buffer := make([]byte, 4<<10)
	for w.err == nil && len(w.early) < maxEarly {
		var n int
		n, w.err = w.Conn.Read(buffer)
		w.early = append(w.early, buffer[:n]...)
	}
}

// release ends the watch, and reports whether the connection can be used: it is open, and without encryption nothing came,
// which would be taken for the answer to the request.
func (w *watchedConn) release(encrypted bool) bool {
	if w.Conn.SetReadDeadline(time.Unix(1, 0)) != nil {
		return false
	}
	<-w.ended
	return errors.Is(w.err, os.ErrDeadlineExceeded) && (encrypted || len(w.early) == 0) && w.Conn.SetReadDeadline(time.Time{}) == nil
}

// Read implements net.Conn. It isn't called while the connection is watched.
func (w *watchedConn) Read(p []byte) (int, error) {
	if len(w.early) == 0 {
		return w.Conn.Read(p)
	}
	n := copy(p, w.early)
	w.early = w.early[n:]
	return n, nil
}
