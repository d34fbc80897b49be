// Package jfrog speaks JFrog's token API: the Access API (since 7.21.1), Artifactory's legacy one, and the exchange of ID
// tokens. Every method sends one request and returns an *httpapi.Error when it was refused or got no usable answer;
// trying again is the caller's decision, since a mint that is repeated can leave two tokens behind.
//
// A Client is safe for concurrent use. It never logs, and no error of it holds a credential.
package jfrog

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// Credentials authenticate one request: a token (JWT or reference token) or a user with a password. The zero value
// sends none.
type Credentials struct {
	Token    redact.Secret
	User     string
	Password redact.Secret
}

func (c Credentials) authorize(r *http.Request) {
	switch {
	case !c.Token.IsZero():
		r.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	case c.User != "":
		r.SetBasicAuth(c.User, c.Password.Reveal())
	}
}

// Platform is where one JFrog platform is reached.
type Platform struct {
	URL         *url.URL // base URL, such as https://acme.jfrog.io
	Artifactory *url.URL // where Artifactory isn't below URL + /artifactory; nil otherwise
}

// ParseURL reads the base URL of a platform, or of Artifactory. It refuses credentials, a query and a fragment in it,
// since it goes into logs and outputs, and http to a host that isn't this machine unless allowHTTP is set. The error is
// a *URLError and doesn't repeat the text: a password may be in it.
func ParseURL(text string, allowHTTP bool) (*url.URL, error) {
	if len(text) > maxURL {
		return nil, &URLError{Reason: "it is longer than 2048 bytes"}
	}
	base, err := url.Parse(text)
	switch {
	case err != nil || base.Hostname() == "" || base.Opaque != "":
		return nil, &URLError{Reason: "it is not a URL"}
	case base.User != nil:
		return nil, &URLError{Reason: "it holds a user name or password"}
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, &URLError{Reason: "it has a query or a fragment"}
	case base.Scheme != "https" && base.Scheme != "http":
		return nil, &URLError{Reason: "its scheme is neither https nor http"}
	case base.Scheme == "http" && !allowHTTP && !isLoopback(base.Hostname()):
		return nil, &URLError{
			Reason:   "http to a host that isn't this machine would show the credentials to the network",
			Insecure: true,
		}
	}
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), ""
	base.Host = strings.TrimSuffix(strings.ToLower(base.Host), map[string]string{"https": ":443", "http": ":80"}[base.Scheme])
	return base, nil
}

const maxURL = 2048

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// URLError is a URL that can't be used as a platform's.
type URLError struct {
	Reason   string
	Insecure bool // http where https is needed
}

// Error says what is wrong with the URL, without repeating it.
func (e *URLError) Error() string { return e.Reason }

// Client calls one JFrog platform.
type Client struct {
	platform Platform
	http     *httpapi.Client
	agent    string
}

// New returns a client. agent goes into User-Agent.
func New(platform Platform, client *httpapi.Client, agent string) *Client {
	return &Client{platform: platform, http: client, agent: agent}
}

// request is one call of JFrog's API.
type request struct {
	op          string // what is being done and to what, for the error
	method      string
	path        []string // below the service's URL; an id in it has been checked
	artifactory bool     // whether the service is Artifactory and not Access
	query       url.Values
	auth        Credentials
	json        any
	form        url.Values
	secret      redact.Secret // a credential in the body; zero for none
	fresh       bool
	oauth       bool // whether the endpoint refuses in OAuth's form (RFC 6749)
}

func (c *Client) send(ctx context.Context, r request) (httpapi.Answer, error) {
	sent := new(redact.List)
	sent.Add(r.auth.Token, r.secret)
	sent.AddBasic(r.auth.User, r.auth.Password)
	return c.http.Send(ctx, httpapi.Call{
		Op: r.op, Method: r.method, URL: c.target(r), JSON: r.json, Form: r.form, Authorize: r.auth.authorize, Sent: sent,
		UserAgent: c.agent, Fresh: r.fresh, Advise: explain,
		Explain: func(refusal *httpapi.Error, body []byte) bool { return readRefusal(refusal, body, sent, r.oauth) },
	})
}

// Prepare begins to make a connection to each of the endpoints, for the next requests to them; see httpapi.Client.
func (c *Client) Prepare(ctx context.Context, endpoints ...Endpoint) {
	targets := make([]*url.URL, len(endpoints))
	for i, endpoint := range endpoints {
		targets[i] = c.service(endpoint == ArtifactoryEndpoint)
	}
	c.http.Prepare(ctx, targets...)
}

func (c *Client) target(r request) *url.URL {
	segments := make([]string, len(r.path))
	for i, segment := range r.path {
		segments[i] = url.PathEscape(segment)
	}
	target := c.service(r.artifactory).JoinPath(segments...)
	target.RawQuery = r.query.Encode()
	return target
}

// service is where Artifactory, or Access, is.
func (c *Client) service(artifactory bool) *url.URL {
	switch {
	case !artifactory:
		return c.platform.URL.JoinPath("access")
	case c.platform.Artifactory != nil:
		return c.platform.Artifactory
	}
	return c.platform.URL.JoinPath("artifactory")
}
