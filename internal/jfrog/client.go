// Package jfrog speaks JFrog's token API: the Access API (since 7.21.1), Artifactory's older one, and the exchange of
// ID tokens. Every method sends one request and returns an *Error when JFrog refused it or can't be reached; trying
// again is the caller's decision, since a mint that is repeated can leave two tokens behind.
//
// A Client is safe for concurrent use. It never logs, and no error of it holds a credential.
package jfrog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// Credentials authenticate one request: a token (JWT or reference token) or a user with a password. The zero value
// sends none.
type Credentials struct {
	Token    redact.Secret
	User     string
	Password redact.Secret
}

func (c Credentials) apply(r *http.Request) {
	switch {
	case !c.Token.IsZero():
		r.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	case c.User != "":
		r.SetBasicAuth(c.User, c.Password.Reveal())
	}
}

// Doer sends one HTTP request. It must not follow redirects.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Client calls one JFrog platform.
type Client struct {
	base  *url.URL
	http  Doer
	agent string
}

// New returns a client for the platform at base, for example https://acme.jfrog.io. agent goes into User-Agent.
func New(base *url.URL, client Doer, agent string) *Client {
	return &Client{base: base, http: client, agent: agent}
}

// Base returns the platform's URL.
func (c *Client) Base() *url.URL { return c.base }

// call describes one request. At most one of body and form is set.
type call struct {
	op     string // what is being done and to what, for the error
	method string
	path   []string // segments, escaped one by one
	query  url.Values
	auth   Credentials
	body   any
	form   url.Values
	inside redact.Secret // a credential in the body or the form; zero for none
}

// sent are the credentials of the request. A server, or a proxy before it, may repeat them in its answer; whatever of the
// answer goes into an error is scrubbed of them first, while it is as it came: afterwards they are cut or rewritten.
func (c call) sent() *redact.List {
	var sent redact.List
	sent.Add(c.auth.Token, c.inside)
	sent.AddBasic(c.auth.User, c.auth.Password)
	return &sent
}

// do sends one request and decodes the answer. It is the only place that talks to JFrog.
func do[Answer any](ctx context.Context, c *Client, what call) (Answer, error) {
	var answer Answer
	var way reach
	request, err := c.request(way.watch(ctx), what)
	if err != nil {
		return answer, fmt.Errorf("%s: %v", what.op, err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer, transportError(ctx, what, request, err, way.sent())
	}
	defer response.Body.Close()
	body, err := limit.ReadAll(response.Body, limit.Body, "answer")
	if err != nil && response.StatusCode < 300 {
		return answer, transportError(ctx, what, request, fmt.Errorf("reading the answer: %w", err), true)
	}
	if failure := statusError(what, request, response, body); failure != nil {
		return answer, failure
	}
	return answer, decode(&answer, what, request, response, body)
}

func (c *Client) request(ctx context.Context, what call) (*http.Request, error) {
	target := c.base.JoinPath(escape(what.path)...)
	target.RawQuery = what.query.Encode()
	var body io.Reader
	contentType := ""
	switch {
	case what.body != nil:
		encoded, err := json.Marshal(what.body)
		if err != nil {
			return nil, err
		}
		body, contentType = bytes.NewReader(encoded), "application/json"
	case what.form != nil:
		body, contentType = strings.NewReader(what.form.Encode()), "application/x-www-form-urlencoded"
	}
	request, err := http.NewRequestWithContext(ctx, what.method, target.String(), body)
	if err != nil {
		return nil, err
	}
	// JFrog refuses a DELETE that names a content type (vault plugin, September 2025): it is set only with a body.
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.agent)
	what.auth.apply(request)
	return request, nil
}

func escape(segments []string) []string {
	escaped := make([]string, len(segments))
	for i, segment := range segments {
		escaped[i] = url.PathEscape(segment)
	}
	return escaped
}

func decode(answer any, what call, request *http.Request, response *http.Response, body []byte) error {
	switch target := answer.(type) {
	case *nothing:
		return nil
	case *text:
		*target = text(redact.Text(what.sent().Scrub(string(body)), limit.Message))
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		kind, _, _ := mime.ParseMediaType(what.sent().Scrub(response.Header.Get("Content-Type")))
		failure := newError(what, request)
		failure.Status = response.StatusCode
		failure.Message = fmt.Sprintf("the answer is not the JSON that JFrog documents (content type %q)", redact.Text(kind, 80))
		failure.malformed = true
		return failure
	}
	return nil
}

// nothing is the answer of a call whose body doesn't matter; text is that of one that answers in plain words.
type (
	nothing struct{}
	text    string
)

func transportError(ctx context.Context, what call, request *http.Request, err error, sent bool) error {
	failure := newError(what, request)
	failure.sent = sent
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // its text repeats the method and the URL, with the query
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
		failure.gaveUp = failure.sent
	}
	failure.cause = err
	failure.Message = redact.Text(what.sent().Scrub(err.Error()), limit.Message) // net/http quotes what it can't read
	return failure
}
