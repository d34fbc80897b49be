package action

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// Secret is a credential. It prints as REDACTED under every verb of fmt and in JSON; Reveal gives the value. The zero
// value is the absence of one. Secrets of the same value are equal by ==.
type Secret = redact.Secret

// NewSecret wraps a credential.
func NewSecret(value string) Secret { return redact.NewSecret(value) }

// Client mints and revokes access tokens. The zero value is ready: it connects through the proxy that the environment
// names, trusts the system's CA certificates, logs nothing and masks nothing. A Client is safe for concurrent use as long
// as its fields don't change.
//
// No request of a Client follows a redirect: credentials go to the configured host only.
type Client struct {
	// Transport sends the requests instead of the Client's own transport; DialContext, Proxy and certificates then have no
	// effect.
	Transport http.RoundTripper
	// DialContext makes connections. Nil: TCP, at most ten seconds.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy names the proxy for a request of Mint and Sweep. Nil takes it from HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Revoke takes
	// the one that is in the state.
	Proxy func(*http.Request) (*url.URL, error)
	// UserAgent goes into each request. Empty: "frogmint".
	UserAgent string
	// Job names the running job in the token's description, by which a lost token is found again.
	Job Job
	// Runner masks, saves and exports tokens. Nil: none of it is done.
	Runner Runner
	// Logger takes lines for people. Nil: nothing is logged.
	Logger Logger
}

// Runner is the CI's runner, as far as a token is made known to it. Each method is called by one goroutine at a time.
type Runner interface {
	// Mask hides the secrets in the log from now on.
	Mask(secrets ...Secret) error
	// Save keeps what it takes to revoke the token. It is called before Export; an error revokes the token.
	Save(state State) error
	// Export hands the token to later steps. It is the last step of Mint; an error revokes the token.
	Export(token Token) error
}

// Logger takes lines for people. They hold no secret and no line break. Its methods may be called concurrently.
type Logger interface {
	Info(line string)
	Warn(line string)
}

type noLogger struct{}

func (noLogger) Info(string) {}
func (noLogger) Warn(string) {}

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
	options := httpapi.Options{RootsPEM: certs.roots, ClientCertPEM: certs.cert, ClientKeyPEM: certs.key, DialContext: c.DialContext}
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
