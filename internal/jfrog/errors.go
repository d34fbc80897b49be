package jfrog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// Error is a call that JFrog refused, or that got no answer (Status 0). Its text is safe to print: the server's words
// are bounded and stripped of control characters and workflow commands, the URL of credentials and query values.
type Error struct {
	Op      string // what was being done and to what
	Method  string
	URL     string
	Status  int
	Code    string // JFrog's code, such as BAD_REQUEST; may be empty
	Message string
	Detail  string

	after     time.Duration
	cause     error
	sent      bool
	gaveUp    bool
	malformed bool
	foreign   bool // the body is in none of JFrog's shapes
}

var _ error = (*Error)(nil)

// Error says what was being done, the status, JFrog's words, and the request.
func (e *Error) Error() string {
	words := e.Message
	if e.Detail != "" && e.Detail != e.Message {
		words += " (" + e.Detail + ")"
	}
	if e.Status == 0 {
		return fmt.Sprintf("%s: no answer: %s (%s %s)", e.Op, words, e.Method, e.URL)
	}
	return fmt.Sprintf("%s: %d %s (%s %s)", e.Op, e.Status, words, e.Method, e.URL)
}

// Unwrap gives the cause where there was no answer.
func (e *Error) Unwrap() error { return e.cause }

// Temporary reports whether the same call may succeed a moment later: no answer in time, 429, 502, 503, 504. A
// certificate that isn't trusted stays so.
func (e *Error) Temporary() bool {
	switch e.Status {
	case 0:
		return !certificateError(e.cause) && !errors.Is(e.cause, context.Canceled)
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// RetryAfter is the pause that the server asked for, at most a minute; 0 when it asked for none.
func (e *Error) RetryAfter() time.Duration { return min(e.after, time.Minute) }

// Undecided reports whether JFrog may have carried the call out although it didn't say so: the request was sent and no
// usable answer came. A mint that ends so may have left a token behind: JFrog may have worked where a balancer in front of
// it answers 408 or a 5xx of its own. 501, 503 and 429 say that nothing was done.
func (e *Error) Undecided() bool {
	switch e.Status {
	case 0:
		return e.sent && !untrusted(e.cause)
	case http.StatusNotImplemented, http.StatusServiceUnavailable:
		return false
	case http.StatusRequestTimeout:
		return true
	}
	return e.malformed || e.Status >= 500
}

// Foreign reports whether the refusal isn't in JFrog's words: something in front of it may have answered.
func (e *Error) Foreign() bool { return e.foreign }

// GaveUp reports whether the answer was no longer waited for: JFrog may still be at it.
func (e *Error) GaveUp() bool {
	return e.gaveUp || e.Status == http.StatusGatewayTimeout
}

func newError(what call, request *http.Request) *Error {
	return &Error{Op: what.op, Method: request.Method, URL: redact.URL(request.URL)}
}

// statusError is the one switch from an HTTP status to an error; nil for a success.
func statusError(what call, request *http.Request, response *http.Response, body []byte) error {
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return nil
	}
	failure := newError(what, request)
	failure.Status = response.StatusCode
	failure.sent = true
	failure.after = limit.RetryAfter(response.Header)
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		failure.Message = fmt.Sprintf("a redirect to %q, which is not followed: credentials go to the configured host only",
			redact.Text(what.sent().Scrub(response.Header.Get("Location")), 200))
		return failure
	}
	failure.Code, failure.Message, failure.Detail = parseBody(what.sent(), body)
	failure.foreign = failure.Code == "" && failure.Message == "" || !json.Valid(body)
	if failure.Message == "" {
		failure.Message = http.StatusText(response.StatusCode)
	}
	return failure
}

// parseBody reads JFrog's three shapes of an error: Access's list, its older flat object, and Artifactory's list, which
// has a status in place of a code. Anything else is shown as text. What was sent is scrubbed from the body, and from what
// comes out of its strings: they may hold another body.
func parseBody(sent *redact.List, body []byte) (code, message, detail string) {
	body = []byte(sent.Scrub(string(body)))
	type entry struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Detail  string `json:"detail"`
	}
	var shape struct {
		entry
		Errors []entry `json:"errors"`
	}
	found := entry{}
	switch err := json.Unmarshal(body, &shape); {
	case err != nil && strings.HasPrefix(strings.TrimSpace(string(body)), "<"):
		found.Message = "" // a proxy's HTML page explains less than the status does
	case err != nil:
		found.Message = string(body)
	case len(shape.Errors) > 0:
		found = shape.Errors[0]
	default:
		found = shape.entry
	}
	shown := func(words string, most int) string { return redact.Text(sent.Scrub(words), most) }
	return shown(found.Code, 80), shown(found.Message, limit.Message), shown(found.Detail, limit.Message)
}
