package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	maxAPIBody      = 1 << 20
	maxArtifactBody = 32 << 20
)

// call is one request on its way: the whole body read, the answer buffered, so that a fault can come between.
type call struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	body    []byte
	service service
	route   *route // nil when no path fits
	params  map[string]string
	now     time.Time
	faults  activeFaults
	who     *principal // set once somebody is authenticated
	reply   reply
}

// reply is an answer before it is sent.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (s *Server) newCall(w http.ResponseWriter, r *http.Request) *call {
	c := &call{s: s, w: w, r: r, service: serviceOf(r.URL.Path), reply: reply{header: http.Header{}}}
	c.route, c.params = s.find(r)
	at := c.endpoint()
	c.faults, c.now = s.faults.take(at, time.Now()), s.now(at)
	return c
}

func (c *call) endpoint() Endpoint {
	if c.route == nil {
		return ""
	}
	return c.route.endpoint
}

// readBody reads all of the body: only then does the server notice a client that goes away. It answers what can't be
// read itself: without an answer net/http would send 200.
func (c *call) readBody() bool {
	limit := int64(maxAPIBody)
	if c.endpoint() == EndpointArtifact {
		limit = maxArtifactBody
	}
	var err error
	if c.body, err = io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, limit)); err == nil {
		return true
	}
	refusal := badRequest("Invalid request body")
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
		refusal = plain(http.StatusRequestEntityTooLarge)
	}
	c.fail(refusal)
	c.s.record(c)
	c.send()
	return false
}

// work lets the handler do its part; the answer is in c.reply afterwards.
func (c *call) work() {
	if c.route == nil {
		c.fail(c.s.unrouted(c.r))
		return
	}
	if err := c.route.serve(c); err != nil {
		c.fail(err)
	}
}

func (c *call) fail(err error) {
	refusal := asAPIError(err)
	if refusal.status == http.StatusUnauthorized && c.service == artifactory {
		c.reply.header.Set("WWW-Authenticate", `Basic realm="Artifactory Realm"`)
	}
	_ = c.json(refusal.status, refusal.body(c.service, c.s.version))
}

func (c *call) json(status int, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	return c.bytes(status, "application/json", b.Bytes())
}

func (c *call) text(text string) error {
	return c.bytes(http.StatusOK, "text/plain", []byte(text))
}

func (c *call) bytes(status int, contentType string, body []byte) error {
	c.reply.header.Set("Content-Type", contentType)
	c.reply.status, c.reply.body = status, body
	return nil
}

func (c *call) empty(status int) error {
	c.reply.status, c.reply.body = status, nil
	return nil
}

// send writes the answer.
func (c *call) send() {
	maps.Copy(c.w.Header(), c.reply.header)
	if c.reply.status != http.StatusNoContent && c.reply.status != http.StatusSwitchingProtocols {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(c.reply.body)))
	}
	c.w.WriteHeader(c.reply.status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(c.reply.body) //nolint:gosec // an API, read by no browser
	}
}

// decode reads a JSON body strictly: JFrog's own parser refuses members that it doesn't know (inferred).
func (c *call) decode(v any) error {
	if c.mediaType() != "application/json" {
		return plain(http.StatusUnsupportedMediaType)
	}
	if err := strict(c.body, v); err != nil {
		return badRequest("Invalid request body: " + err.Error())
	}
	return nil
}

// form reads a urlencoded body.
func (c *call) form() (url.Values, error) {
	if c.mediaType() != "application/x-www-form-urlencoded" {
		return nil, plain(http.StatusUnsupportedMediaType)
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return nil, badRequest("Invalid form")
	}
	return form, nil
}

func (c *call) mediaType() string {
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	return kind
}
