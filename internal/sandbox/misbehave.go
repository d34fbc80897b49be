package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	hugeBody   = 2 << 20
	deepLevels = 10_000
	floodBytes = 32 << 20
)

// before strikes ahead of the work; false means that the request is over.
func (fs activeFaults) before(c *call) bool {
	for _, f := range fs {
		switch f.name {
		case "reset":
			c.s.record(c)
			c.breakOff(true)
			return false
		case "latency-before":
			if !sleep(c.r.Context(), f.duration) {
				c.s.record(c)
				return false
			}
		case "status", "retry-after", "redirect":
			c.refuseBy(f)
			c.s.record(c)
			fs.after(c)
			return false
		}
	}
	return true
}

// refuseBy answers instead of the work.
func (c *call) refuseBy(f Fault) {
	switch f.name {
	case "status":
		c.fail(plain(f.status))
	case "retry-after":
		c.reply.header.Set("Retry-After", f.retryAfter(c.now))
		c.fail(plain(http.StatusTooManyRequests))
	case "redirect":
		c.reply.header.Set("Location", f.text)
		_ = c.empty(http.StatusTemporaryRedirect)
	}
}

func (f Fault) retryAfter(now time.Time) string {
	if relative, ok := strings.CutPrefix(f.text, "+"); ok {
		n, _ := strconv.Atoi(relative)
		return now.Add(time.Duration(n) * time.Second).UTC().Format(http.TimeFormat)
	}
	return f.text
}

// after spoils the answer, in the order of the faults, and sends what is left of it.
func (fs activeFaults) after(c *call) {
	for _, f := range fs {
		switch f.name {
		case "latency":
			if !sleep(c.r.Context(), f.duration) {
				return
			}
		case "commit-then-drop":
			c.breakOff(false)
			return
		case "huge":
			c.pad(strconv.Quote(strings.Repeat("x", hugeBody)))
		case "deep":
			c.pad(strings.Repeat("[", deepLevels) + strings.Repeat("]", deepLevels))
		case "html":
			_ = c.bytes(http.StatusOK, "text/html; charset=utf-8", []byte("<!DOCTYPE html><html><body>Sign in</body></html>"))
		}
	}
	fs.deliver(c)
}

// pad puts a member in front of an object's own members, so that all of it must be read; anything else is replaced.
func (c *call) pad(value string) {
	member := []byte(`{"padding":` + value)
	rest, isObject := bytes.CutPrefix(bytes.TrimSpace(c.reply.body), []byte("{"))
	switch {
	case !isObject:
		rest = []byte("}")
	case !bytes.HasPrefix(bytes.TrimSpace(rest), []byte("}")):
		member = append(member, ',')
	}
	status := c.reply.status
	if status == http.StatusNoContent {
		status = http.StatusOK
	}
	_ = c.bytes(status, "application/json", append(member, rest...))
}

// deliver sends the answer by the faults that are about its bytes.
func (fs activeFaults) deliver(c *call) {
	if f, ok := fs.find("slow"); ok {
		c.dribble(f.rate)
		return
	}
	switch {
	case fs.has("header-flood"):
		c.flood()
	case fs.has("truncate"):
		c.truncate()
	default:
		c.send()
	}
}

// breakOff ends the connection without an answer, by TCP reset or by an orderly close.
func (c *call) breakOff(reset bool) {
	conn := c.hijack()
	if conn == nil {
		panic(http.ErrAbortHandler)
	}
	if reset {
		if tcp, ok := rawConn(conn).(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
			_ = tcp.Close()
			return
		}
	}
	_ = rawConn(conn).Close()
}

func (c *call) hijack() net.Conn {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		return nil
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
	if conn == nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	text := c.rawHeader()
	if len(c.reply.body) == 0 {
		_, _ = io.WriteString(conn, text[:len(text)/2])
		return
	}
	_, _ = io.WriteString(conn, text)
	_, _ = conn.Write(c.reply.body[:len(c.reply.body)/2])
}

// rawHeader is the status line and the headers, with the empty line behind them.
func (c *call) rawHeader() string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", c.reply.status, http.StatusText(c.reply.status))
	_ = c.reply.header.Write(&b)
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(c.reply.body))
	return b.String()
}

// flood sends headers until the client has enough or 32 MiB are gone.
func (c *call) flood() {
	conn := c.hijack()
	if conn == nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	line := []byte("X-Flood: " + strings.Repeat("x", 1000) + "\r\n")
	if _, err := fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\n", c.reply.status, http.StatusText(c.reply.status)); err != nil {
		return
	}
	for sent := 0; sent < floodBytes; sent += len(line) {
		if _, err := conn.Write(line); err != nil {
			return
		}
	}
}

// dribble sends the header at once and the body at so many bytes a second.
func (c *call) dribble(rate float64) {
	maps.Copy(c.w.Header(), c.reply.header)
	c.w.WriteHeader(c.reply.status)
	if c.r.Method == http.MethodHead || c.reply.status == http.StatusNoContent {
		return
	}
	control := http.NewResponseController(c.w)
	_ = control.Flush()
	// Ten pieces a second at most; a single byte at a time below that.
	piece := max(int(rate/10), 1)
	pause := time.Duration(float64(piece) / rate * float64(time.Second))
	for rest := c.reply.body; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
		if !sleep(c.r.Context(), pause) {
			return
		}
		if _, err := c.w.Write(rest[:min(piece, len(rest))]); err != nil { //nolint:gosec // an API, read by no browser
			return
		}
		_ = control.Flush()
	}
}
