package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// The words of the exchange's refusals: the first two were observed, the third is inferred.
const (
	badAudience = "Invalid audience"
	noPublicKey = "Failed to get public key"
	badIssuer   = "Invalid issuer"
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
	_, err = parser.ParseWithClaims(raw, claims, keys.Keyfunc)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, unauthorized("Invalid token, " + reasonExpired)
	case err != nil:
		return nil, unauthorized("Invalid token, " + reasonParse)
	}
	return claims, checkParties(claims, p, issuer)
}

func checkParties(claims jwt.MapClaims, p Provider, issuer string) error {
	iss, _ := claims.GetIssuer()
	audience, _ := claims.GetAudience()
	switch {
	case iss != issuer && strings.TrimSuffix(iss, "/") == strings.TrimSuffix(issuer, "/"):
		return badRequest(noPublicKey)
	case iss != issuer:
		return badRequest(badIssuer)
	case p.Audience != "" && !slices.Contains(audience, p.Audience):
		return badRequest(badAudience)
	}
	return nil
}

// issuerKeys reads an issuer's key set by its discovery document. The path is appended as it is: a slash too much at
// the issuer's end makes it another document, which no issuer has ("Failed to get public key", observed).
func (s *Server) issuerKeys(ctx context.Context, issuer string) (keyfunc.Keyfunc, error) {
	var document struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	text, err := s.fetch(ctx, issuer+discoveryPath)
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

// maxDocument bounds a discovery document and a key set.
const maxDocument = 1 << 20

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
	return io.ReadAll(http.MaxBytesReader(nil, resp.Body, maxDocument))
}
