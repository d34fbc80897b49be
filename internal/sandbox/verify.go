package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// maxDocument bounds a discovery document and a key set.
const maxDocument = 1 << 20

// The words of the exchange's refusals: the first two were observed, the third is inferred.
const (
	wrongAudience = "Invalid audience"
	noPublicKey   = "Failed to get public key"
	wrongIssuer   = "Invalid issuer"
)

// verifyIDToken checks an ID token against its provider's issuer, for real: discovery document, key set, signature,
// issuer, audience and times.
func (c *call) verifyIDToken(raw string, p Provider) (jwt.MapClaims, error) {
	issuer := c.s.issuerOf(p)
	keys, err := c.s.issuerKeys(c.r.Context(), issuer)
	if err != nil {
		return nil, badRequest(noPublicKey)
	}
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256"}),
		jwt.WithTimeFunc(func() time.Time { return c.now }), jwt.WithExpirationRequired(),
	)
	if _, err := parser.ParseWithClaims(raw, claims, keys.Keyfunc); err != nil {
		return nil, idTokenError(err)
	}
	return claims, checkParties(claims, p, issuer)
}

func idTokenError(err error) error {
	if errors.Is(err, jwt.ErrTokenExpired) {
		return unauthorized("Invalid token, " + reasonExpired)
	}
	return unauthorized("Invalid token, " + reasonParse)
}

func checkParties(claims jwt.MapClaims, p Provider, issuer string) error {
	iss, _ := claims.GetIssuer()
	switch {
	case iss == issuer:
	case strings.TrimSuffix(iss, "/") == strings.TrimSuffix(issuer, "/"):
		return badRequest(noPublicKey)
	default:
		return badRequest(wrongIssuer)
	}
	if p.Audience == "" {
		return nil
	}
	audience, _ := claims.GetAudience()
	for _, entry := range audience {
		if entry == p.Audience {
			return nil
		}
	}
	return badRequest(wrongAudience)
}

// issuerKeys reads an issuer's key set by its discovery document. The path is appended as it is: a slash too much at
// the issuer's end makes it another document, which no issuer has ("Failed to get public key", observed).
func (s *Server) issuerKeys(ctx context.Context, issuer string) (keyfunc.Keyfunc, error) {
	var document discoveryDocument
	text, err := s.fetch(ctx, issuer+discoverPath)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("parsing the discovery document: %w", err)
	}
	if document.Issuer != issuer {
		return nil, fmt.Errorf("discovery document of %q names %q", issuer, document.Issuer)
	}
	set, err := s.fetch(ctx, document.JWKSURI)
	if err != nil {
		return nil, err
	}
	return keyfunc.NewJWKSetJSON(set)
}

func (s *Server) fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("getting %q: status %d", url, resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err == nil && len(text) > maxDocument {
		err = fmt.Errorf("getting %q: more than %d bytes", url, maxDocument)
	}
	return text, err
}
