package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/frogmint/frogmint/internal/redact"
)

// Call is one request. At most one of JSON and Form is set.
type Call struct {
	Op     string // what is being done and to what, for the error
	Method string
	URL    *url.URL
	JSON   any
	Form   url.Values
	// Authorize adds the credentials. It may be nil.
	Authorize func(*http.Request)
	// Sent are the credentials of the request. A server, or a proxy before it, may repeat them in its answer: they are
	// removed from it before anything of it goes into an error.
	Sent *redact.List
	// UserAgent may be empty.
	UserAgent string
	// Fresh sends the request over a connection of its own.
	Fresh bool
	// Explain reads the body of a refusal into the error: the service's own code and words. It reports whether the body
	// has the service's own form. Nil: the body's text is shown as it is, and never counts as the service's own.
	Explain func(refusal *Error, body []byte) bool
	// Advise fills in the Cause and the Fix of a failure, of whatever kind. It may be nil.
	Advise func(failure *Error)
}

// Send sends the call once and returns the body of a 2xx answer, of at most 1 MiB. Any other end is an *Error: a
// refusal, an answer that is cut off or too large, or none at all. It does not try again, and neither does net/http below
// it: one Send is at most one request on the wire.
func (c *Client) Send(ctx context.Context, call Call) (Answer, error) {
	var reached reach
	request, err := call.request(reached.trace(ctx))
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %v", call.Op, err)
	}
	sending := attempt{call: call, request: request, proxy: c.proxyFor(request)}
	if ctx.Err() != nil {
		return Answer{}, sending.noAnswer(ctx, ctx.Err(), notSent)
	}
	transport := c.transport
	if call.Fresh {
		transport = c.fresh
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return Answer{}, sending.noAnswer(ctx, err, reached.progress(transport))
	}
	defer response.Body.Close()
	var body []byte
	if response.StatusCode != http.StatusSwitchingProtocols { // its body is the connection, which nothing bounds
		body, err = ReadAll(response.Body, MaxBody, "answer")
	}
	switch {
	case response.StatusCode/100 != 2:
		// A port that speaks TLS answers in plain HTTP and resets the connection. Of other answers a part proves nothing.
		if err != nil && !saysTLSPort(body) {
			body = nil
		}
		return Answer{}, sending.refused(response, body)
	case err != nil:
		return Answer{}, sending.noAnswer(ctx, fmt.Errorf("reading the answer: %w", err), maybeSent)
	}
	return Answer{Body: body, attempt: sending, response: response}, nil
}

// Answer is the body of a 2xx answer, with what it takes to say what is wrong with it.
type Answer struct {
	Body []byte

	attempt  attempt
	response *http.Response
}

// Status is the status of the answer.
func (a Answer) Status() int { return a.response.StatusCode }

// JSON decodes the body. The error is an *Error that counts as indeterminate: the server may have done its work.
func (a Answer) JSON(into any) error {
	if json.Unmarshal(a.Body, into) == nil {
		return nil
	}
	what := "the answer is not JSON"
	if json.Valid(a.Body) {
		what = "the answer is not the JSON that was expected"
	}
	return a.Unusable(fmt.Sprintf("%s (content type %q)", what, a.Text(a.response.Header.Get("Content-Type"), 80)))
}

// Unusable is the error for an answer whose content can't be used.
func (a Answer) Unusable(what string) *Error {
	failure := a.attempt.newError()
	failure.Status, failure.Message, failure.unusable = a.response.StatusCode, what, true
	failure.Title = redact.Text(a.attempt.scrub(pageTitle(a.Body)), maxTitle)
	return a.attempt.advised(failure)
}

// CheckNoPage fails, as JSON does, where the body is a page of HTML or XML: a sign-in page or a proxy may answer 200 to
// anything. It is for answers whose body isn't read.
func (a Answer) CheckNoPage() error {
	if !isPage(a.Body) {
		return nil
	}
	return a.Unusable("the answer is a page")
}

// Text makes a value of the answer fit to be shown on one line, without what the request sent.
func (a Answer) Text(value string, most int) string {
	return redact.Text(a.attempt.scrub(value), most)
}

func (c Call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	contentType := ""
	switch {
	case c.JSON != nil:
		encoded, err := json.Marshal(c.JSON)
		if err != nil {
			return nil, err
		}
		body, contentType = bytes.NewReader(encoded), "application/json"
	case c.Form != nil:
		body, contentType = bytes.NewReader([]byte(c.Form.Encode())), "application/x-www-form-urlencoded"
	}
	request, err := http.NewRequestWithContext(ctx, c.Method, c.URL.String(), body)
	if err != nil {
		return nil, errors.New("the request can't be made") // the cause repeats the URL
	}
	// Transports send a request once more, below the caller, when a connection that was used before breaks: a POST where
	// they can get the body again (HTTP/2 after GOAWAY), and one mint would leave two tokens; a GET that has no body.
	request.GetBody = nil
	if c.Method == http.MethodGet && body == nil {
		request.Body = io.NopCloser(strings.NewReader(""))
	}
	// JFrog refuses a DELETE that names a content type (vault plugin, September 2025): it is set only with a body.
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("Accept", "application/json")
	if c.UserAgent != "" {
		request.Header.Set("User-Agent", c.UserAgent)
	}
	if c.Authorize != nil {
		c.Authorize(request)
	}
	return request, nil
}

// progress is how far a request got.
type progress int

const (
	notTried  progress = iota // no connection was even looked for: it isn't a request that can be sent
	notSent                   // there was no connection: the host, a proxy or the TLS handshake refused it
	maybeSent                 // it may have been carried out
)

// reach watches how far a request gets.
type reach struct{ sought, got atomic.Bool }

func (r *reach) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { r.sought.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { r.got.Store(true) },
	})
}

// progress is known where net/http sends. A caller's own RoundTripper may tell nothing: its requests count as sent.
func (r *reach) progress(transport http.RoundTripper) progress {
	_, known := transport.(*http.Transport)
	switch {
	case r.got.Load() || !known && !r.sought.Load():
		return maybeSent
	case r.sought.Load():
		return notSent
	}
	return notTried
}
