package sandbox

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Request is one request as the server saw it, for tests that assert the wire. It may hold secrets.
type Request struct {
	Method  string
	Path    string
	Query   url.Values
	Body    map[string]any // a JSON object, or a form (a name with one value gives a string, with several a []string)
	Headers []string       // canonical names, sorted
	Agent   string         // the User-Agent
	Auth    string         // bearer, basic, api-key or none; what authenticated, not what was sent
	TokenID string         // of the token that authenticated; "-" if none did
	Status  int            // 0 if a fault broke the request off before it was answered
}

const maxRequests = 4096

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
	kind, id := "none", "-"
	if c.who != nil {
		kind = c.who.kind
		if c.who.token != nil {
			id = c.who.token.id
		}
	}
	s.requests.add(Request{
		Method: c.r.Method, Path: c.r.URL.Path, Query: c.r.URL.Query(), Body: c.fields(), Headers: slices.Sorted(maps.Keys(c.r.Header)),
		Agent: c.r.UserAgent(), Auth: kind, TokenID: id, Status: c.reply.status,
	})
	s.logLine(c, kind, id)
}

func (c *call) fields() map[string]any {
	fields := map[string]any{}
	switch c.mediaType() {
	case "application/json":
		_ = json.Unmarshal(c.body, &fields)
	case "application/x-www-form-urlencoded":
		form, _ := url.ParseQuery(string(c.body))
		for name, values := range form {
			fields[name] = values
			if len(values) == 1 {
				fields[name] = values[0]
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
