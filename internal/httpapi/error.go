package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
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

	after     time.Duration
	cause     error
	sent      bool // whether the request may have been carried out
	permanent bool // without an answer: whether the same call would end the same way
	timedOut  bool
	unusable  bool // a 2xx answer whose content can't be used
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

// Unwrap gives the cause where there was no answer, or where a proxy gave it.
func (e *Error) Unwrap() error { return e.cause }

// Temporary reports whether the same call may succeed a moment later: no answer in time, 429, 502, 503, 504. What a
// certificate, TLS or a proxy refused stays refused.
func (e *Error) Temporary() bool {
	switch e.Status {
	case 0:
		return !e.permanent
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
		return e.sent
	case e.Busy(), proxyRefused(e.cause), IsTLSPort(e.cause):
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

// Refused reports whether the service itself refused the call for good: a 4xx in its own words, but 408 and 429.
func (e *Error) Refused() bool {
	return e.Own && e.Status/100 == 4 && e.Status != http.StatusRequestTimeout && e.Status != http.StatusTooManyRequests
}

// TimedOut reports whether the answer was no longer waited for: the server may still be working on the call.
func (e *Error) TimedOut() bool { return e.timedOut || e.Status == http.StatusGatewayTimeout }

// Unusable reports whether it was a success whose content can't be used.
func (e *Error) Unusable() bool { return e.unusable }

// Unreachable reports whether the call never reached the service and won't by being repeated: a proxy, a certificate or TLS
// refused.
func (e *Error) Unreachable() bool {
	if e.Status != 0 {
		return proxyRefused(e.cause) || IsTLSPort(e.cause)
	}
	return e.permanent && !e.sent && !errors.Is(e.cause, context.Canceled)
}

// Contains reports whether the service's own words hold a text, whatever its case.
func (e *Error) Contains(text string) bool {
	return strings.Contains(strings.ToLower(e.Message+" "+e.Detail), strings.ToLower(text))
}

// attempt is one sending of a call.
type attempt struct {
	call    Call
	request *http.Request
	proxy   *url.URL // that the request goes through; nil for none, or where it isn't known
}

// scrub removes the credentials of the request from a text: the caller's, and those for the proxy.
func (a attempt) scrub(text string) string {
	if a.call.Sent != nil {
		text = a.call.Sent.Scrub(text)
	}
	if a.proxy != nil {
		password, _ := a.proxy.User.Password()
		var secrets redact.List
		secrets.AddBasic(a.proxy.User.Username(), redact.NewSecret(password))
		text = secrets.Scrub(text)
	}
	return text
}

func (a attempt) newError() *Error {
	return &Error{Op: a.call.Op, Method: a.request.Method, URL: redact.URL(a.request.URL), Host: a.request.URL.Host}
}

// advised lets the caller say what is known of a failure.
func (a attempt) advised(failure *Error) *Error {
	if a.call.Advise != nil {
		a.call.Advise(failure)
	}
	return failure
}

// noAnswer is the error for a request without a usable answer.
func (a attempt) noAnswer(ctx context.Context, err error, far progress) *Error {
	failure := a.newError()
	if isTLSPortAnswer(err) {
		err = errTLSPort
	}
	unread := far == maybeSent && isRefusedUnread(err)
	failure.sent = far == maybeSent && !unread
	refused := far == notSent && (IsTLSRefusal(err) || proxyRefused(err))
	if cause := context.Cause(ctx); cause != nil {
		err = cause
		failure.timedOut = failure.sent
	}
	failure.permanent = far == notTried || unread || refused || errors.Is(err, context.Canceled)
	failure.cause = err
	failure.Message = redact.Text(a.scrub(err.Error()), MaxMessage) // net/http quotes what it can't read
	return a.advised(failure)
}

// refused is the one way from an HTTP status to an error.
func (a attempt) refused(response *http.Response, body []byte) *Error {
	failure := a.newError()
	failure.Status, failure.after = response.StatusCode, retryAfter(response.Header)
	location := response.Header.Get("Location")
	switch {
	case response.StatusCode/100 == 3 && location != "":
		failure.Message = fmt.Sprintf("a redirect to %q, which is not followed: credentials go to the configured host only",
			redact.Text(a.scrub(location), 200))
	case response.StatusCode == http.StatusProxyAuthRequired && a.proxy != nil && a.request.URL.Scheme == "http":
		failure.cause = &ProxyError{Proxy: a.proxy.Host, Status: response.StatusCode}
		failure.Message = fmt.Sprintf("Proxy Authentication Required, from the proxy %q", a.proxy.Host)
	default:
		a.readBody(failure, []byte(a.scrub(string(body))))
	}
	if failure.Message == "" {
		failure.Message = cmp.Or(http.StatusText(response.StatusCode), "a status that HTTP doesn't know")
	}
	return a.advised(failure)
}

// readBody takes from a refusal's body what it says and whose it is.
func (a attempt) readBody(failure *Error, body []byte) {
	failure.Title = redact.Text(a.scrub(pageTitle(body)), maxTitle)
	if a.request.URL.Scheme == "http" && failure.Status == http.StatusBadRequest && saysTLSPort(body) {
		failure.cause = errTLSPort
	}
	switch {
	case failure.Status/100 == 3: // says nothing of the call
	case a.call.Explain != nil:
		failure.Own = a.call.Explain(failure, body)
	case !isPage(body):
		failure.Message = redact.Text(string(body), maxWords)
	}
}

// The bounds in bytes of what is shown of a body in no known form.
const (
	maxWords = 300
	maxTitle = 120
)

// isPage reports whether a body is HTML or XML: a proxy's page explains less than its title and the status do.
func isPage(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) }

// pageTitle is the title of an HTML page, for people to recognise whose it is; empty when there is none.
func pageTitle(body []byte) string {
	if !isPage(body) {
		return ""
	}
	lower := slices.Clone(body)
	for i, c := range lower { // bytes.ToLower changes the length of some characters, and with it the places
		if c >= 'A' && c <= 'Z' {
			lower[i] = c - 'A' + 'a'
		}
	}
	start := bytes.Index(lower, []byte("<title"))
	if start < 0 {
		return ""
	}
	open := bytes.IndexByte(lower[start:], '>')
	end := bytes.Index(lower[start:], []byte("</title"))
	if open < 0 || end <= open {
		return ""
	}
	return string(body[start+open+1 : start+end])
}
