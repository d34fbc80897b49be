package action

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
)

// Client mints and revokes access tokens. The zero value is ready: it connects through the proxy that the environment
// names, trusts the system's CA certificates, logs nothing and masks nothing. A Client is safe for concurrent use as long
// as its fields don't change.
//
// No request of a Client follows a redirect: credentials go to the configured host only.
type Client struct {
	// Transport sends the requests instead of the Client's own transport; DialContext, Proxy and certificates then
	// have no effect.
	Transport http.RoundTripper
	// DialContext makes connections. Nil: TCP, at most ten seconds.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// SystemRoots returns the CA certificates to trust besides those of the Config, for direct connections. It is given the
	// certificates that a server sent, and may leave out what has issued none of them; given none, it returns all. Nil: those
	// that crypto/x509 finds.
	SystemRoots func(sent []*x509.Certificate) (*x509.CertPool, error)
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
