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
	"strings"
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
	route   route
	service service
	body    []byte
	now     time.Time // by the server's clock, which a fault may have set wrong
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

// answer works on one request, as far as the faults let it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, rt route) {
	now := time.Now()
	c := &call{
		s: s, w: w, r: r, route: rt, service: serviceOf(r.URL.Path), reply: reply{header: http.Header{}},
		faults: s.faults.take(rt.endpoint, now), now: now.Add(s.faults.skew(rt.endpoint)),
	}
	if !c.readBody() || !c.faults.before(c) {
		return
	}
	if err := rt.serve(c); err != nil {
		c.fail(err)
	}
	s.record(c)
	c.faults.after(c)
}

// readBody reads all of the body: only then does the server notice a client that goes away. It answers what can't be
// read itself: without an answer net/http would send 200.
func (c *call) readBody() bool {
	limit := int64(maxAPIBody)
	if c.route.endpoint == EndpointArtifact {
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
		_, _ = c.w.Write(c.reply.body)
	}
}

// decode reads a JSON body strictly: JFrog's own parser refuses members that it doesn't know (inferred).
func (c *call) decode(v any) error {
	if c.mediaType() != "application/json" {
		return plain(http.StatusUnsupportedMediaType)
	}
	if err := decodeStrict(c.body, v); err != nil {
		return badRequest("Invalid request body: " + err.Error())
	}
	return nil
}

// decodeLenient reads a JSON body and ignores what v doesn't have: a repository alone has over a hundred members.
func (c *call) decodeLenient(v any) error {
	if err := json.Unmarshal(c.body, v); err != nil {
		return badRequest("Invalid request body: " + err.Error())
	}
	return nil
}

// decodeStrict reads one JSON object and refuses members that v doesn't have, also those that only differ by case, which
// encoding/json takes.
func decodeStrict(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	if members == nil {
		return errors.New("not a JSON object")
	}
	for name := range members {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return errors.New("unknown field " + strconv.Quote(name))
		}
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
