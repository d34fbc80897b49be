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
}

// Send sends the call once and returns the body of a 2xx answer, of at most 1 MiB. Any other end is an *Error: a
// refusal, an answer that is cut off or too large, or none at all. It does not try again.
func (c *Client) Send(ctx context.Context, call Call) (Answer, error) {
	var reached reach
	request, err := call.request(reached.trace(ctx))
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %v", call.Op, err)
	}
	transport := c.transport
	if call.Fresh {
		transport = c.fresh
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return Answer{}, noAnswer(ctx, call, request, err, reached.sent())
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusSwitchingProtocols {
		return Answer{}, refused(call, request, response, nil) // its body is the connection, and reading that minds no context
	}
	body, err := ReadAll(response.Body, MaxBody, "answer")
	if err != nil && response.StatusCode/100 == 2 {
		return Answer{}, noAnswer(ctx, call, request, fmt.Errorf("reading the answer: %w", err), true)
	}
	if response.StatusCode/100 != 2 {
		return Answer{}, refused(call, request, response, body)
	}
	return Answer{Body: body, call: call, request: request, response: response}, nil
}

// Answer is the body of a 2xx answer, with what it takes to say what is wrong with it.
type Answer struct {
	Body []byte

	call     Call
	request  *http.Request
	response *http.Response
}

// JSON decodes the body. The error is an *Error that counts as indeterminate: the server may have done its work.
func (a Answer) JSON(into any) error {
	if json.Unmarshal(a.Body, into) != nil {
		return a.Unusable(fmt.Sprintf("the answer is not JSON (content type %q)", a.Text(a.response.Header.Get("Content-Type"), 80)))
	}
	return nil
}

// Unusable is the error for an answer whose content can't be used.
func (a Answer) Unusable(what string) *Error {
	failure := newError(a.call, a.request)
	failure.Status, failure.Message, failure.unusable = a.response.StatusCode, what, true
	failure.Title = pageTitle(a.call.sent(), a.Body)
	return failure
}

// Text makes a value of the answer fit to be shown on one line, without what the request sent.
func (a Answer) Text(value string, most int) string {
	return redact.Text(a.call.sent().Scrub(value), most)
}

func (c Call) sent() *redact.List {
	if c.Sent == nil {
		return new(redact.List)
	}
	return c.Sent
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
	// With GetBody, net/http sends a POST once more when the connection breaks: one mint would leave two tokens.
	request.GetBody = nil
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

// reach notes how far a request got. One that found no connection, since the host, a proxy or the TLS handshake refused
// it, can't have been carried out.
type reach struct{ sought, got atomic.Bool }

func (r *reach) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { r.sought.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { r.got.Store(true) },
	})
}

// sent reports whether the request may have reached the server. A RoundTripper that isn't net/http's tells nothing, and
// is taken to have sent it.
func (r *reach) sent() bool { return r.got.Load() || !r.sought.Load() }
