package jfrog

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// MintRequest asks for a new token. The zero value of a field leaves the choice to JFrog.
type MintRequest struct {
	GrantType      string `json:"grant_type"` // filled in by Mint
	Username       string `json:"username,omitempty"`
	Scope          string `json:"scope,omitempty"`
	ExpiresIn      *int64 `json:"expires_in,omitempty"` // seconds; 0 never expires; nil takes the platform's default
	Refreshable    bool   `json:"refreshable,omitempty"`
	Reference      bool   `json:"include_reference_token,omitempty"` // since 7.38.10
	ForceRevocable bool   `json:"force_revocable,omitempty"`         // since 7.50.3
	Description    string `json:"description,omitempty"`
	Audience       string `json:"audience,omitempty"`
	Project        string `json:"project_key,omitempty"`
}

const (
	opMint       = "minting the access token"
	opMintLegacy = "minting the access token with the legacy API"
)

// Mint creates a token by the Access API (since 7.21.1). The body is JSON: in a form, JFrog ignored force_revocable and
// answered with a token that nobody could revoke (observed, vault-plugin-secrets-artifactory #50).
func (c *Client) Mint(ctx context.Context, auth Credentials, r MintRequest) (TokenResponse, error) {
	r.GrantType = "client_credentials"
	answer, err := c.send(ctx, request{op: opMint, method: http.MethodPost, path: []string{"api", "v1", "tokens"}, auth: auth, json: r})
	return readToken(answer, err)
}

// TokenResponse is an answer that holds a new token.
type TokenResponse struct {
	AccessToken    redact.Secret `json:"access_token"`
	ReferenceToken redact.Secret `json:"reference_token"`
	RefreshToken   redact.Secret `json:"refresh_token"`
	TokenID        string        `json:"token_id"` // not in the answers of the exchange and of the legacy API
	Username       string        `json:"username"` // only in the answer of the exchange
	Scope          string        `json:"scope"`
	TokenType      string        `json:"token_type"`
	ExpiresIn      *int64        `json:"expires_in"` // seconds; nil for a token that never expires, or where the answer leaves it out
}

// readToken takes the token from an answer, and refuses one that could do harm later: a token with a line break would
// forge workflow commands when it is masked, a negative time would never be waited for.
//
// Where the token itself is usable it comes beside the error, so that it can be revoked.
func readToken(answer httpapi.Answer, err error) (TokenResponse, error) {
	var r TokenResponse
	if err == nil {
		err = answer.JSON(&r)
	}
	if err != nil {
		return TokenResponse{}, err
	}
	if r.AccessToken.IsZero() {
		return TokenResponse{}, answer.Unusable("the answer holds no access_token")
	}
	for name, token := range r.secrets() {
		if what := checkToken(token.Reveal()); what != "" {
			return TokenResponse{}, answer.Unusable("the answer's " + name + " " + what)
		}
	}
	r.TokenID, r.Username = redact.Line(r.TokenID, 255), redact.Line(r.Username, 255)
	r.Scope, r.TokenType = redact.Line(r.Scope, httpapi.MaxToken), redact.Line(r.TokenType, 80)
	if r.ExpiresIn != nil && (*r.ExpiresIn < 0 || *r.ExpiresIn > MaxSeconds) {
		seconds := *r.ExpiresIn
		r.ExpiresIn = nil
		return r, answer.Unusable(fmt.Sprintf("the answer's expires_in is %d", seconds))
	}
	return r, nil
}

// secrets yields the credentials of the answer by their names, in a fixed order.
func (r TokenResponse) secrets() func(yield func(string, redact.Secret) bool) {
	return func(yield func(string, redact.Secret) bool) {
		_ = yield("access_token", r.AccessToken) && yield("reference_token", r.ReferenceToken) && yield("refresh_token", r.RefreshToken)
	}
}

// MaxSeconds is the longest life of a token that is believed or asked for: a hundred years.
const MaxSeconds = 100 * 365 * 24 * 60 * 60

// checkToken allows the characters of a bearer token (RFC 6750) only.
func checkToken(value string) string {
	if len(value) > httpapi.MaxToken {
		return fmt.Sprintf("has %d bytes, more than %d (limit token)", len(value), httpapi.MaxToken)
	}
	bad := strings.IndexFunc(value, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+/=", r))
	})
	if bad >= 0 {
		return fmt.Sprintf("holds a character that no token has, at byte %d", bad)
	}
	return ""
}

// Refresh uses up a refresh token: it gives a new token with a refresh token of its own, and the access token before is
// dead (documented). JFrog answers 404 for a refresh token that was used already, or whose token was revoked (observed,
// jfrog-cli #2490). Since 7.37.9.
func (c *Client) Refresh(ctx context.Context, access, refresh redact.Secret) (TokenResponse, error) {
	answer, err := c.send(ctx, request{
		op: "using up the refresh token", method: http.MethodPost, path: []string{"api", "v1", "tokens"},
		auth: Credentials{Token: access}, secret: refresh,
		json: struct {
			GrantType    string       `json:"grant_type"`
			RefreshToken redact.Clear `json:"refresh_token"`
			AccessToken  redact.Clear `json:"access_token"`
		}{"refresh_token", redact.Clear{Secret: refresh}, redact.Clear{Secret: access}},
	})
	return readToken(answer, err)
}
