package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
)

// Option changes a server before it starts. A nil option does nothing.
type Option func(*Server) error

// WithBaseURL sets the URL under which clients reach the server, without a trailing slash. It becomes the ID token
// issuer's name, so it must be known before the first request; SetBaseURL sets it later.
func WithBaseURL(url string) Option {
	return func(s *Server) error {
		s.SetBaseURL(url)
		return nil
	}
}

// WithVersion sets the release of Artifactory that the server plays, such as 7.111.0; the newest known without it.
// Endpoints and fields that the release didn't have don't exist.
func WithVersion(text string) Option {
	return func(s *Server) (err error) {
		s.version, err = parseVersion(text)
		return err
	}
}

// WithFaults makes the server misbehave; the faults take effect in the order given.
func WithFaults(faults ...Fault) Option {
	return func(s *Server) error {
		s.faults.set(faults)
		return nil
	}
}

// WithConfig sets thresholds and adds to the start world. A zero Config changes nothing.
func WithConfig(config Config) Option {
	return func(s *Server) error {
		s.config = config
		return nil
	}
}

// WithClaims overrides claims of the ID tokens. The values of exp, iat and nbf are seconds since the epoch.
func WithClaims(claims map[string]string) Option {
	return func(s *Server) error {
		s.claims = claims
		return nil
	}
}

// WithHTTPClient sets the client that reads discovery documents and key sets. Without it, a client of the server's own
// with a limit of ten seconds and no proxy.
func WithHTTPClient(client *http.Client) Option {
	return func(s *Server) error {
		s.client = client
		return nil
	}
}

// WithAccessLog writes one line a request: method, path, status, kind of credential and the token's id. No secret is
// in it: queries and headers aren't logged, and what looks like a token in a path is replaced.
func WithAccessLog(w io.Writer) Option {
	return func(s *Server) error {
		s.accessLog = w
		return nil
	}
}

// Keys are the private keys of a server. Each server makes its own unless WithKeys gives it others': making them takes
// about a tenth of a second, which many servers in one process can't spare.
type Keys struct {
	tokens *rsa.PrivateKey // signs access tokens
	ids    *rsa.PrivateKey // signs ID tokens
}

// NewKeys makes a server's keys, of JFrog's size.
func NewKeys() (*Keys, error) { return NewKeysOf(2048) }

// NewKeysOf makes keys of that many bits. Small ones protect nothing, and sign and are made many times faster.
func NewKeysOf(bits int) (*Keys, error) {
	tokens, err := rsa.GenerateKey(rand.Reader, bits)
	ids, idsErr := rsa.GenerateKey(rand.Reader, bits)
	return &Keys{tokens, ids}, errors.Join(err, idsErr)
}

// WithKeys gives the server its keys. Servers may share them: a token names the installation that made it, and no
// other takes it.
func WithKeys(keys *Keys) Option {
	return func(s *Server) error {
		s.keys = keys
		return nil
	}
}
