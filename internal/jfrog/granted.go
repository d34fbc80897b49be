package jfrog

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// Granted is an answer that holds a new token.
type Granted struct {
	AccessToken    redact.Secret
	ReferenceToken redact.Secret
	RefreshToken   redact.Secret
	TokenID        string // not in the answers of the exchange and of the older API
	Username       string // only in the answer of the exchange
	Scope          string
	TokenType      string
	ExpiresIn      *int64 // seconds; nil for a token that never expires, or where the answer leaves it out
}

// Secrets returns every credential in the answer.
func (g Granted) Secrets() []redact.Secret {
	var all []redact.Secret
	for _, s := range []redact.Secret{g.AccessToken, g.ReferenceToken, g.RefreshToken} {
		if !s.IsZero() {
			all = append(all, s)
		}
	}
	return all
}

type grantedBody struct {
	TokenID        string `json:"token_id"`
	AccessToken    string `json:"access_token"`
	ReferenceToken string `json:"reference_token"`
	RefreshToken   string `json:"refresh_token"`
	Username       string `json:"username"`
	Scope          string `json:"scope"`
	TokenType      string `json:"token_type"`
	ExpiresIn      *int64 `json:"expires_in"`
}

// granted turns an answer into a token, and refuses one that could do harm further on: a token with a line break would
// forge workflow commands when it is masked, a negative time would never be waited for.
//
// An answer with an unusable token is still returned beside the error where its token can be sent back to be revoked.
func (b grantedBody) granted(op string) (Granted, error) {
	g := Granted{
		AccessToken:    redact.NewSecret(b.AccessToken),
		ReferenceToken: redact.NewSecret(b.ReferenceToken),
		RefreshToken:   redact.NewSecret(b.RefreshToken),
		TokenID:        redact.Line(b.TokenID, 255),
		Username:       redact.Line(b.Username, 255),
		Scope:          redact.Line(b.Scope, limit.Token),
		TokenType:      redact.Line(b.TokenType, 80),
		ExpiresIn:      b.ExpiresIn,
	}
	tokens := []struct{ name, value string }{
		{"access_token", b.AccessToken}, {"reference_token", b.ReferenceToken}, {"refresh_token", b.RefreshToken},
	}
	for _, token := range tokens {
		if err := checkToken(token.name, token.value); err != nil {
			return Granted{}, fmt.Errorf("%s: %w", op, &BadAnswer{err.Error()})
		}
	}
	if b.AccessToken == "" {
		return Granted{}, fmt.Errorf("%s: %w", op, &BadAnswer{"the answer holds no access_token"})
	}
	if b.ExpiresIn != nil && (*b.ExpiresIn < 0 || *b.ExpiresIn > MaxSeconds) {
		return g, fmt.Errorf("%s: %w", op, &BadAnswer{fmt.Sprintf("the answer's expires_in is %d", *b.ExpiresIn)})
	}
	return g, nil
}

// MaxSeconds is the longest life of a token that is believed or asked for: a hundred years.
const MaxSeconds = 100 * 365 * 24 * 60 * 60

// BadAnswer is a success whose content can't be used.
type BadAnswer struct{ What string }

// Error says what is wrong with the answer.
func (e *BadAnswer) Error() string { return e.What }

// Hint tells what to check.
func (e *BadAnswer) Hint() string {
	return "check that the url is the JFrog platform itself and not a proxy or a page in front of it"
}

// checkToken allows the characters of a bearer token (RFC 6750) only.
func checkToken(name, value string) error {
	if len(value) > limit.Token {
		return fmt.Errorf("the answer's %s has %d bytes, more than %d (limit token)", name, len(value), limit.Token)
	}
	bad := strings.IndexFunc(value, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+/=", r))
	})
	if bad >= 0 {
		return fmt.Errorf("the answer's %s holds a character that no token has, at byte %d", name, bad)
	}
	return nil
}
