package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one request as the server saw it, for tests that assert the wire. It may hold secrets.
type Request struct {
	Time    time.Time // by the server's clock
	Method  string
	Path    string
	Proto   string // such as HTTP/1.1
	Query   url.Values
	Body    map[string]any // a JSON object, or a form (a name with one value gives a string, with several a []string)
	Raw     string         // the body's first 64 KiB
	Headers []string       // canonical names, sorted
	Agent   string         // the User-Agent
	Auth    string         // bearer, basic, api-key or none; what authenticated, not what was sent
	TokenID string         // of the token that authenticated; "-" if none did
	Status  int            // 0 if a fault broke the request off before it was answered
}

const (
	maxRequests = 4096
	maxRaw      = 64 << 10
)

// ring keeps the newest requests.
type ring struct {
	mu   sync.Mutex
	kept []Request
}

func (r *ring) add(req Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.kept) >= maxRequests {
		r.kept = slices.Delete(r.kept, 0, maxRequests/4)
	}
	r.kept = append(r.kept, req)
}

// Requests returns the newest requests, the oldest first: at least the last 3,000.
func (s *Server) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return slices.Clone(s.requests.kept)
}

// record keeps a call for Requests and the access log.
func (s *Server) record(c *call) {
	kind, id := c.who.trace()
	s.requests.add(Request{
		Time: c.now, Method: c.r.Method, Path: c.r.URL.Path, Proto: c.r.Proto, Query: c.r.URL.Query(), Body: c.fields(),
		Raw: string(c.body[:min(len(c.body), maxRaw)]), Headers: headerNames(c.r.Header), Agent: c.r.UserAgent(), Auth: kind, TokenID: id,
		Status: c.reply.status,
	})
	s.logLine(c)
}

func headerNames(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }

func (c *call) fields() map[string]any {
	fields := map[string]any{}
	switch c.mediaType() {
	case "application/json":
		_ = json.Unmarshal(c.body, &fields)
	case "application/x-www-form-urlencoded":
		form, _ := url.ParseQuery(string(c.body))
		for name, values := range form {
			if len(values) == 1 {
				fields[name] = values[0]
			} else {
				fields[name] = values
			}
		}
	}
	return fields
}

// safePath replaces path segments that may be tokens: a client that puts a value where an id belongs must not fill
// the log with it.
func safePath(u *url.URL) string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		if looksLikeToken(segment) || len(segment) > 128 {
			segments[i] = "REDACTED"
		}
	}
	return strings.Join(segments, "/")
}
