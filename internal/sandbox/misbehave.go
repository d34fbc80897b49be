package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
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

// deliver sends the answer by the faults that are about its bytes. Of truncate and header-flood there is only one, and
// slow goes with each.
func (fs activeFaults) deliver(c *call) {
	slow, isSlow := fs.find("slow")
	switch {
	case fs.has("header-flood"):
		c.flood(slow.rate)
	case fs.has("truncate"):
		c.truncate(slow.rate)
	case isSlow:
		c.dribble(slow.rate)
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
		if tcp, ok := rawConn(conn).(interface{ SetLinger(seconds int) error }); ok {
			_ = tcp.SetLinger(0)
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
func (c *call) truncate(rate float64) {
	conn := c.hijack()
	if conn == nil {
		panic(http.ErrAbortHandler)
	}
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
	if conn == nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	line := []byte("X-Flood: " + strings.Repeat("x", 1000) + "\r\n")
	if _, err := fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\n", c.reply.status, http.StatusText(c.reply.status)); err != nil {
		return
	}
	for sent := 0; sent < floodBytes; sent += len(line) {
		if !c.pace(conn, line, rate) {
			return
		}
	}
}

// dribble sends the header at once and the body at so many bytes a second. A header without a body comes when its own
// bytes would all have come: there is nothing else that could be slow.
func (c *call) dribble(rate float64) {
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
