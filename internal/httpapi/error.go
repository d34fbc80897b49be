package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/redact"
)

// Error is a call that was refused, or that got no usable answer (Status 0: none at all). Its text is safe to print: the
// server's words are bounded, and stripped of what the request sent, control characters and workflow commands; the URL
// is without credentials and query values.
type Error struct {
	Op      string // what was being done and to what
	Method  string
	URL     string
	Host    string // host and port that were asked
	Status  int    // 0 for no answer
	Code    string // the service's code, such as BAD_REQUEST; may be empty
	Message string
	Detail  string
	Title   string // of an HTML page that came instead of the service's answer
	Own     bool   // whether the refusal has the form of the service's own
	Cause   string // the usual cause, for people; empty where none is known
	Fix     string // what to do about it; empty where nothing is known

	after    time.Duration
	cause    error
	sent     bool
	timedOut bool
	unusable bool // a 2xx answer whose content can't be used
}

var _ error = (*Error)(nil)

// Error says what was being done, the status, the service's words, and the request.
func (e *Error) Error() string {
	words := e.Message
	if e.Detail != "" && e.Detail != e.Message {
		words += " (" + e.Detail + ")"
	}
	if e.Title != "" {
		words += fmt.Sprintf(" (a page titled %q)", e.Title)
	}
	if e.Status == 0 {
		return fmt.Sprintf("%s: no answer: %s (%s %s)", e.Op, words, e.Method, e.URL)
	}
	return fmt.Sprintf("%s: %d %s (%s %s)", e.Op, e.Status, words, e.Method, e.URL)
}

// Hint is the usual cause and what to do; empty where nothing is known.
func (e *Error) Hint() string {
	if e.Cause != "" && e.Fix != "" {
		return e.Cause + "; " + e.Fix
	}
	return e.Cause + e.Fix
}

// Unwrap gives the cause where there was no answer.
func (e *Error) Unwrap() error { return e.cause }

// Temporary reports whether the same call may succeed a moment later: no answer in time, 429, 502, 503, 504. What a
// certificate, TLS or a proxy refused stays refused.
func (e *Error) Temporary() bool {
	switch e.Status {
	case 0:
		return !IsTLSRefusal(e.cause) && !proxyRefused(e.cause) && !errors.Is(e.cause, context.Canceled)
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// RetryAfter is the pause that the server asked for; 0 when it asked for none.
func (e *Error) RetryAfter() time.Duration { return e.after }

// Indeterminate reports whether the call may have been carried out although no success was told: the request was sent,
// and what came back is not the service's own refusal. A mint that ends so may have left a token behind: a gateway may
// answer with any status of its own after JFrog has done the work. A 429 or 503 says that nothing was done; see Busy.
func (e *Error) Indeterminate() bool {
	switch {
	case e.Status == 0:
		return e.sent && !IsTLSRefusal(e.cause) && !proxyRefused(e.cause)
	case e.Busy(), e.Status == http.StatusProxyAuthRequired:
		return false
	case e.Own && e.Status/100 == 4 && e.Status != http.StatusRequestTimeout, e.Own && e.Status == http.StatusNotImplemented:
		return false
	}
	return true
}

// Busy reports whether the server said that it did nothing since it is busy: 429 or 503. Some balancers say so of a
// connection that they lost after the server had begun.
func (e *Error) Busy() bool {
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
}

// Refused reports whether the service itself refused the call for good: a 4xx in its own words.
func (e *Error) Refused() bool { return e.Own && e.Status/100 == 4 && !e.Temporary() }

// TimedOut reports whether the answer was no longer waited for: the server may still be working on the call.
func (e *Error) TimedOut() bool { return e.timedOut || e.Status == http.StatusGatewayTimeout }

// Unusable reports whether it was a success whose content can't be used.
func (e *Error) Unusable() bool { return e.unusable }

// Contains reports whether the service's own words hold a text, whatever its case.
func (e *Error) Contains(text string) bool {
	return strings.Contains(strings.ToLower(e.Message+" "+e.Detail), strings.ToLower(text))
}

func newError(call Call, request *http.Request) *Error {
	return &Error{Op: call.Op, Method: request.Method, URL: redact.URL(request.URL), Host: request.URL.Host}
}

// noAnswer is the error for a request without a usable answer.
func noAnswer(ctx context.Context, call Call, request *http.Request, err error, sent bool) *Error {
	failure := newError(call, request)
	failure.sent = sent
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // its text repeats the method and the URL, with the query
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
		failure.timedOut = sent
	}
	failure.cause = err
	failure.Message = redact.Text(call.sent().Scrub(err.Error()), MaxMessage) // net/http quotes what it can't read
	return failure
}

// refused is the one way from an HTTP status to an error.
func refused(call Call, request *http.Request, response *http.Response, body []byte) *Error {
	failure := newError(call, request)
	failure.Status, failure.sent = response.StatusCode, true
	failure.after = retryAfter(response.Header)
	if response.StatusCode/100 == 3 {
		failure.Message = fmt.Sprintf("a redirect to %q, which is not followed: credentials go to the configured host only",
			redact.Text(call.sent().Scrub(response.Header.Get("Location")), 200))
		return failure
	}
	body = []byte(call.sent().Scrub(string(body)))
	failure.Title = pageTitle(call.sent(), body)
	switch {
	case call.Explain != nil:
		failure.Own = call.Explain(failure, body)
	case !isPage(body):
		failure.Message = redact.Text(string(body), 300)
	}
	if failure.Message == "" {
		failure.Message = http.StatusText(response.StatusCode)
	}
	return failure
}

// isPage reports whether a body is HTML or XML: a proxy's page explains less than its title and the status do.
func isPage(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) }

// pageTitle is the title of an HTML page, for people to recognise whose it is; empty when there is none.
func pageTitle(sent *redact.List, body []byte) string {
	if !isPage(body) {
		return ""
	}
	lower := bytes.ToLower(body)
	start := bytes.Index(lower, []byte("<title"))
	if start < 0 {
		return ""
	}
	open := bytes.IndexByte(lower[start:], '>')
	end := bytes.Index(lower[start:], []byte("</title"))
	if open < 0 || end <= open {
		return ""
	}
	if len(lower) != len(body) { // a character whose lower case has another length: the places don't match
		body = lower
	}
	return redact.Text(sent.Scrub(string(body[start+open+1:start+end])), 120)
}
