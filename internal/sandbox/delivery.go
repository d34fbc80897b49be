package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// floodBytes bounds a header without end.
const floodBytes = 32 << 20

// deliver sends the answer by the faults that are about its bytes. Of truncate and header-flood there is only one, and
// slow goes with each.
func (fs activeFaults) deliver(c *call) {
	slow, isSlow := fs.find("slow")
	switch {
	case fs.has("header-flood"):
		c.flood(slow.number)
	case fs.has("truncate"):
		c.truncate(slow.number)
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
func (c *call) truncate(rate float64) {
	conn := c.hijack()
	defer func() { _ = conn.Close() }()
	header, body := c.rawHeader(), c.reply.body
	if len(body) == 0 {
		c.pace(conn, header[:len(header)/2], rate)
		return
	}
	_, _ = conn.Write(header)
	c.pace(conn, body[:len(body)/2], rate)
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
func (c *call) flood(rate float64) {
	conn := c.hijack()
	defer func() { _ = conn.Close() }()
	line := []byte("X-Flood: " + strings.Repeat("x", 1000) + "\r\n")
	if _, err := fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\n", c.reply.status, http.StatusText(c.reply.status)); err != nil {
		return
	}
	for sent := 0; sent < floodBytes && c.pace(conn, line, rate); sent += len(line) {
	}
}

// throttle sends the header at once and the body at so many bytes a second. A header without a body comes when its own
// bytes would all have come: there is nothing else that could be slow.
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
	_ = control.Flush()
	c.pace(flushed{c.w, control}, c.reply.body, rate)
}

// flushed sends each piece at once.
type flushed struct {
	w       io.Writer
	control *http.ResponseController
}

// Write implements io.Writer.
func (f flushed) Write(piece []byte) (int, error) {
	n, err := f.w.Write(piece)
	if err == nil {
		err = f.control.Flush()
	}
	return n, err
}

// pace writes the text at so many bytes a second, in ten pieces a second at most and by the single byte below that, or
// all at once for a rate of 0. It reports whether all of it went out.
func (c *call) pace(w io.Writer, text []byte, rate float64) bool {
	piece := len(text)
	if rate > 0 {
		piece = int(rate / 10)
	}
	for part := range slices.Chunk(text, max(piece, 1)) {
		if rate > 0 && !sleep(c.r.Context(), duration(len(part), rate)) {
			return false
		}
		if _, err := w.Write(part); err != nil {
			return false
		}
	}
	return true
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
