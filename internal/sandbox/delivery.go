package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// floodBytes bounds a header without end.
const floodBytes = 32 << 20

// deliver sends the answer by the fault that is about its bytes, of which there is only one.
func (fs activeFaults) deliver(c *call) {
	slow, isSlow := fs.find("slow")
	switch {
	case fs.has("header-flood"):
		c.flood()
	case fs.has("truncate"):
		c.truncate()
	case isSlow:
		c.throttle(slow.number)
	default:
		c.send()
	}
}

// breakOff ends the connection without an answer, by TCP reset or by an orderly close.
func (c *call) breakOff(reset bool) {
	conn := rawConn(c.hijack())
	if tcp, ok := conn.(interface{ SetLinger(seconds int) error }); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hijack takes the connection from net/http. Where there is none to take, the request ends without an answer.
func (c *call) hijack() net.Conn {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.SetDeadline(time.Time{})
	return conn
}

// rawConn looks below TLS: a closing alert would tell the client more than a broken network does.
func rawConn(conn net.Conn) net.Conn {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return wrapped.NetConn()
	}
	return conn
}

// truncate announces the whole body and breaks off in its middle, or in the header when there is no body.
func (c *call) truncate() {
	conn := c.hijack()
	header, body := c.rawHeader(), c.reply.body
	if len(body) == 0 {
		header = header[:len(header)/2]
	}
	_, _ = conn.Write(append(header, body[:len(body)/2]...))
	_ = conn.Close()
}

// rawHeader is the status line and the headers, with the empty line behind them.
func (c *call) rawHeader() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", c.reply.status, http.StatusText(c.reply.status))
	_ = c.reply.header.Write(&b)
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(c.reply.body))
	return b.Bytes()
}

// flood sends headers until the client has enough or 32 MiB are gone.
func (c *call) flood() {
	conn := c.hijack()
	defer func() { _ = conn.Close() }()
	_, err := fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\n", c.reply.status, http.StatusText(c.reply.status))
	line := []byte("X-Flood: " + strings.Repeat("x", 1000) + "\r\n")
	for sent := 0; sent < floodBytes && err == nil; sent += len(line) {
		_, err = conn.Write(line)
	}
}

// throttle sends the header at once and the body at so many bytes a second, in ten pieces a second at most and by the
// single byte below that. A header without a body comes when its own bytes would all have come: there is nothing else that
// could be slow.
func (c *call) throttle(rate float64) {
	if len(c.reply.body) == 0 || c.r.Method == http.MethodHead {
		if sleep(c.r.Context(), duration(len(c.rawHeader()), rate)) {
			c.send()
		}
		return
	}
	maps.Copy(c.w.Header(), c.reply.header)
	c.w.WriteHeader(c.reply.status)
	control := http.NewResponseController(c.w)
	err := control.Flush()
	for part := range slices.Chunk(c.reply.body, max(int(rate/10), 1)) {
		if err != nil || !sleep(c.r.Context(), duration(len(part), rate)) {
			return
		}
		if _, err = c.w.Write(part); err == nil {
			err = control.Flush()
		}
	}
}

func duration(n int, rate float64) time.Duration {
	return time.Duration(float64(n) / rate * float64(time.Second))
}

// sleep waits for d and reports whether it did: it ends early when ctx does.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
