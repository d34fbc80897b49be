package sandbox

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	hugeBody   = 2 << 20
	deepLevels = 10_000
)

// before strikes ahead of the work; false means that the request is over.
func (fs activeFaults) before(c *call) bool {
	for _, f := range fs {
		switch {
		case f.name == "reset":
			c.s.record(c)
			c.breakOff(true)
			return false
		case f.name == "latency-before":
			if !sleep(c.r.Context(), f.duration) {
				c.s.record(c)
				return false
			}
		case c.refuseBy(f):
			c.s.record(c)
			fs.after(c)
			return false
		}
	}
	return true
}

// refuseBy answers instead of the work, if that is what the fault does.
func (c *call) refuseBy(f Fault) bool {
	switch f.name {
	case "status":
		c.fail(plain(f.status))
	case "page", "gateway":
		c.foreignPage(f.status, f.text)
	case "outage":
		c.foreignPage(http.StatusServiceUnavailable, "html")
	case "retry-after", "rate-limit":
		c.reply.header.Set("Retry-After", f.retryAfter(c.now))
		c.fail(plain(http.StatusTooManyRequests))
	case "redirect":
		c.reply.header.Set("Location", f.text)
		_ = c.empty(http.StatusTemporaryRedirect)
	default:
		return false
	}
	return true
}

func (f Fault) retryAfter(now time.Time) string {
	relative, isRelative := strings.CutPrefix(f.text, "+")
	switch {
	case f.name == "rate-limit":
		return "1"
	case !isRelative:
		return f.text
	}
	n, _ := strconv.Atoi(relative)
	return now.Add(time.Duration(n) * time.Second).UTC().Format(http.TimeFormat)
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
		case "commit-then-page":
			c.foreignPage(f.status, f.text)
		case "html":
			c.foreignPage(http.StatusOK, "html")
		case "huge":
			c.pad(`"` + strings.Repeat("x", hugeBody) + `"`)
		case "deep":
			c.pad(strings.Repeat("[", deepLevels) + strings.Repeat("]", deepLevels))
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

// foreignPage answers what somebody in front of JFrog would: nothing of the work's answer is left.
func (c *call) foreignPage(status int, kind string) {
	contentType, body, _ := foreignBody(status, kind)
	c.reply.header = http.Header{}
	if status >= 300 && status < 400 {
		c.reply.header.Set("Location", "/sign-in")
	}
	_ = c.bytes(status, contentType, []byte(body))
}

// foreignBody has the forms in which gateways, proxies and ingresses were seen to answer.
func foreignBody(status int, kind string) (contentType, body string, known bool) {
	const asJSON = "application/json"
	reason := http.StatusText(status)
	switch title := strconv.Itoa(status) + " " + reason; kind {
	case "html":
		return "text/html; charset=utf-8", "<!DOCTYPE html>\n<html><head><title>" + title + "</title></head>\n" +
			"<body><h1>" + title + "</h1><p>This page comes from a gateway.</p></body></html>\n", true
	case "text":
		return "text/plain; charset=utf-8", "default backend - " + title + "\n", true
	case "message":
		return asJSON, `{"message":"` + reason + `"}`, true
	case "statuscode":
		return asJSON, `{"statusCode":` + strconv.Itoa(status) + `,"error":"` + reason + `","message":"The gateway refused the request"}`, true
	case "oauth":
		return asJSON, `{"error":"invalid_request","error_description":"The gateway refused the request: ` + reason + `"}`, true
	}
	return "", "", false
}
