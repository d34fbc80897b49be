package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
)

const keyBits = 2048

// Keys are the private keys of a server. Each server makes its own unless WithKeys gives it others': making them takes
// about a tenth of a second, which many servers in one process can't spare.
type Keys struct {
	tokens *rsa.PrivateKey // signs access tokens
	ids    *rsa.PrivateKey // signs ID tokens
}

// NewKeys makes a server's keys.
func NewKeys() (*Keys, error) {
	tokens, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("generating the access tokens' key: %w", err)
	}
	ids, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("generating the ID tokens' key: %w", err)
	}
	return &Keys{tokens, ids}, nil
}

// WithKeys gives the server its keys. Servers may share them: a token names the installation that made it, and no
// other takes it.
func WithKeys(keys *Keys) Option {
	return func(s *Server) error {
		s.keys = keys
		return nil
	}
}
