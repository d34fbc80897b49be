package action

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// session is one call of Mint or Sweep.
type session struct {
	client  *Client
	config  Config
	log     Logger
	http    *httpapi.Client
	api     *jfrog.Client
	proxy   string // of the platform; empty for none
	creator jfrog.Credentials
	request jfrog.MintRequest
	legacy  bool          // whether the job's token is one of the legacy API
	issued  []issuedToken // every token that may be alive, the exchanged one first
	orphans int           // tokens whose answer was lost, revoked so far
}

// open checks the configuration and prepares the way to the platform. The caller closes session.http.
func (c *Client) open(config Config) (*session, error) {
	platform, err := config.check()
	if err != nil {
		return nil, err
	}
	proxyFor := c.Proxy
	if proxyFor == nil {
		proxyFor = http.ProxyFromEnvironment
	}
	proxy, err := proxyFor(&http.Request{URL: platform.URL})
	if err != nil {
		return nil, &ConfigError{Field: "proxy", Reason: "it is not the address of a proxy", Fix: "give it as http://HOST:PORT"}
	}
	s := &session{client: c, config: config, log: c.logger(), creator: config.Credentials.wire()}
	s.http, err = c.connect(proxy, config.certificates())
	if err != nil {
		return nil, &ConfigError{Field: "certificates", Reason: err.Error(), Fix: "give PEM text"}
	}
	if proxy != nil {
		s.proxy = proxy.String()
	}
	s.api = jfrog.New(platform, s.http, c.agent())
	return s, nil
}

// connect returns the way to a platform through one proxy and no other: the post step must not depend on what a later
// step wrote into HTTPS_PROXY.
func (c *Client) connect(proxy *url.URL, certs certificates) (*httpapi.Client, error) {
	if c.Transport != nil {
		return httpapi.WithTransport(c.Transport), nil
	}
	options := httpapi.Options{
		SystemRoots: c.SystemRoots, RootsPEM: certs.roots, LikelyRoot: certs.likely,
		ClientCertPEM: certs.cert, ClientKeyPEM: certs.key, DialContext: c.DialContext,
	}
	if proxy != nil {
		options.Proxy = http.ProxyURL(proxy)
	}
	return httpapi.NewClient(options)
}

func (c *Client) logger() Logger {
	if c.Logger == nil {
		return noLogger{}
	}
	return c.Logger
}

func (c *Client) agent() string { return cmp.Or(c.UserAgent, "frogmint") }

// withTimeout bounds a call by the configured budget.
func withTimeout(ctx context.Context, config Config) (context.Context, context.CancelFunc) {
	timeout := cmp.Or(config.Timeout, DefaultTimeout)
	return context.WithTimeoutCause(ctx, timeout, fmt.Errorf("the step took longer than %s (input timeout)", timeout))
}

type noLogger struct{}

func (noLogger) Info(string) {}
func (noLogger) Warn(string) {}

// send makes one attempt. After a signal the answer is waited for a little longer: it may hold a token.
func (s *session) send(ctx context.Context, mint func(context.Context, jfrog.Credentials, jfrog.MintRequest) (jfrog.TokenResponse, error)) (jfrog.TokenResponse, error) {
	if ctx.Err() != nil {
		return jfrog.TokenResponse{}, context.Cause(ctx)
	}
	return httpapi.Once(ctx, perAttempt, func(ctx context.Context) (jfrog.TokenResponse, error) {
		ctx, cancel := httpapi.WithGracePeriod(ctx, mintGrace)
		defer cancel()
		return mint(ctx, s.creator, s.request)
	})
}
