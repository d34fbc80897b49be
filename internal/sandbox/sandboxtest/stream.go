package sandboxtest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// streamBuffer is how many bytes a stream takes before its writer has to wait, about what a socket on loopback takes.
const streamBuffer = 256 << 10

// stream is one direction of a connection. Its waits are sync.Cond's, which a testing/synctest bubble knows to be idle.
type stream struct {
	mu      sync.Mutex
	changed *sync.Cond
	data    []byte
	readBy  time.Time // deadlines; zero is none
	writeBy time.Time
	readEnd error // what a read returns when data is empty: io.EOF, or why it broke; nil while more may come
	broken  error // what a write returns; nil while the other side may still read
	closed  bool  // by the reader
	late    bool  // the next write goes to a reader that has closed: it succeeds, and what answers it is a reset
}

func newStream() *stream {
	s := &stream{}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.closed:
			return 0, net.ErrClosed
		case passed(s.readBy):
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.data) > 0: // also ahead of a reset, as on Linux
			n := copy(p, s.data)
			s.data = s.data[n:]
			s.changed.Broadcast()
			return n, nil
		case s.readEnd != nil:
			return 0, s.readEnd
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (written int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		room := streamBuffer - len(s.data)
		switch {
		case s.late:
			s.late = false
			return len(p), nil
		case s.broken != nil:
			return written, s.broken
		case passed(s.writeBy):
			return written, os.ErrDeadlineExceeded
		case written == len(p):
			return written, nil
		case room > 0:
			n := min(room, len(p)-written)
			s.data, written = append(s.data, p[written:written+n]...), written+n
			s.changed.Broadcast()
			continue
		}
		s.changed.Wait()
	}
}

// endWrite is the writer's end: reads return the data that is left and then end, further writes fail with broken.
func (s *stream) endWrite(end, broken error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readEnd == nil {
		s.readEnd = end
	}
	s.broken = broken
	s.changed.Broadcast()
}

// endRead is the reader's end: data is dropped and writes fail with broken, unless the writer ended before; after a close
// that is no reset, all but the first. It reports whether there was data that nobody read, which makes TCP reset the connection.
func (s *stream) endRead(broken error) (unread bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	unread = len(s.data) > 0
	if unread {
		broken = syscall.ECONNRESET
	}
	if s.broken == nil {
		s.broken = broken
		s.late = errors.Is(broken, syscall.EPIPE)
	}
	s.closed, s.data = true, nil
	s.changed.Broadcast()
	return unread
}

// setDeadline sets one of the two deadlines. A timer that an earlier deadline left wakes for nothing.
func (s *stream) setDeadline(by *time.Time, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*by = at
	if wait := time.Until(at); !at.IsZero() && wait > 0 {
		time.AfterFunc(wait, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changed.Broadcast()
		})
	}
	s.changed.Broadcast()
}

func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

// conn is one end of a connection.
type conn struct {
	in, out       *stream
	local, remote net.Addr

	mu     sync.Mutex
	closed bool
	abrupt bool // SetLinger(0): Close resets
}

var _ net.Conn = (*conn)(nil)

// pair connects two addresses.
func pair(client, server net.Addr) (dialed, accepted *conn) {
	up, down := newStream(), newStream()
	return &conn{in: down, out: up, local: client, remote: server}, &conn{in: up, out: down, local: server, remote: client}
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.opError("read", err)
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.opError("write", err)
}

// Close ends both directions. As with TCP the other side sees a reset where SetLinger(0) was called or data was unread.
func (c *conn) Close() error {
	c.mu.Lock()
	closed, abrupt := c.closed, c.abrupt
	c.closed = true
	c.mu.Unlock()
	if closed {
		return c.opError("close", net.ErrClosed)
	}
	end, broken := io.EOF, error(syscall.EPIPE)
	if abrupt {
		end, broken = syscall.ECONNRESET, syscall.ECONNRESET
	}
	if c.in.endRead(broken) {
		end = syscall.ECONNRESET
	}
	c.out.endWrite(end, net.ErrClosed)
	return nil
}

// CloseWrite ends the direction that is written: the other side reads an end of file.
func (c *conn) CloseWrite() error {
	c.out.endWrite(io.EOF, syscall.EPIPE)
	return nil
}

// SetLinger with 0 makes Close reset the connection.
func (c *conn) SetLinger(seconds int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abrupt = seconds == 0
	return nil
}

func (c *conn) LocalAddr() net.Addr { return c.local }

func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readBy, t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writeBy, t)
	return nil
}

// opError dresses an error as the net package does; an end of file stays one.
func (c *conn) opError(op string, err error) error {
	if err == nil || err == io.EOF { //nolint:errorlint // it is never wrapped here
		return err
	}
	if errno, ok := err.(syscall.Errno); ok { //nolint:errorlint // likewise
		err = os.NewSyscallError(op, errno)
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}
