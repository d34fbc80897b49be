package action

import (
	"strconv"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// Token is a job's own token and what JFrog said of it.
type Token struct {
	AccessToken    Secret
	ReferenceToken Secret
	RefreshToken   Secret
	ID             string // empty when neither the answer nor the token tells
	Username       string
	Scope          string
	TokenType      string
	Audience       string
	ExpiresIn      *int64    // seconds from the mint; nil for a token that never expires
	ExpiresAt      time.Time // zero for a token that never expires
	Revocable      bool      // whether JFrog can be expected to revoke it
	Legacy         bool      // whether the older API made it: it then can't revoke itself
	URL            string

	claimed string // the scope that the token itself holds; empty where it can't be read
}

// defaultRevocableThreshold is JFrog's revocable-expiry-threshold unless it is configured otherwise: a token that lives
// shorter isn't revocable by itself (documented).
const defaultRevocableThreshold = 6 * time.Hour

// newToken reads from the token what the answer leaves out. The token's own times are taken against its own issue time:
// clocks of runners and platforms differ.
func newToken(granted jfrog.Granted, now time.Time, url string) Token {
	claims, err := jfrog.ReadClaims(granted.AccessToken)
	token := Token{
		AccessToken: granted.AccessToken, ReferenceToken: granted.ReferenceToken, RefreshToken: granted.RefreshToken,
		ID: granted.TokenID, Username: granted.Username, Scope: granted.Scope, TokenType: granted.TokenType,
		ExpiresIn: granted.ExpiresIn, URL: url,
	}
	if token.ExpiresIn != nil && *token.ExpiresIn == 0 {
		token.ExpiresIn = nil
	}
	if token.ExpiresIn != nil {
		token.ExpiresAt = now.Add(time.Duration(*token.ExpiresIn) * time.Second).UTC().Truncate(time.Second)
	}
	if err != nil {
		token.Revocable = token.ExpiresIn == nil || seconds(token.ExpiresIn) >= defaultRevocableThreshold
		return token
	}
	token.fill(claims)
	return token
}

func (t *Token) fill(claims jfrog.Claims) {
	if t.ID == "" {
		t.ID = claims.ID
	}
	if t.claimed = claims.Scope; t.Scope == "" {
		t.Scope = claims.Scope
	}
	// The subject says whom JFrog will see; the answer's username is a courtesy.
	if claims.Subject != "" {
		t.Username = claims.Username()
	}
	if t.ExpiresAt.IsZero() || !claims.ExpiresAt.IsZero() {
		t.ExpiresAt = claims.ExpiresAt
	}
	if t.ExpiresIn == nil && !claims.ExpiresAt.IsZero() && !claims.IssuedAt.IsZero() {
		life := int64(claims.ExpiresAt.Sub(claims.IssuedAt) / time.Second)
		t.ExpiresIn = &life
	}
	t.Audience = strings.Join(claims.Audience, " ")
	t.Revocable = claims.Revocable || t.ExpiresIn == nil || seconds(t.ExpiresIn) >= defaultRevocableThreshold
}

func seconds(n *int64) time.Duration { return time.Duration(*n) * time.Second }

// Life says when the token dies, for people.
func (t Token) Life() string {
	if t.ExpiresIn == nil {
		return "for ever"
	}
	return "until " + t.ExpiresAt.Format(time.RFC3339) + " (" + seconds(t.ExpiresIn).String() + ")"
}

// Output is a value for later steps.
type Output struct {
	Name   string
	Value  string
	Secret bool
}

// Outputs returns the values for later steps, in the order of OutputInfos. Those without a value are left out.
func (t Token) Outputs() []Output {
	expiresIn, expiresAt := "", ""
	if t.ExpiresIn != nil {
		expiresIn, expiresAt = strconv.FormatInt(*t.ExpiresIn, 10), t.ExpiresAt.Format(time.RFC3339)
	}
	all := []Output{
		{"access-token", t.AccessToken.Reveal(), true},
		{"reference-token", t.ReferenceToken.Reveal(), true},
		{"refresh-token", t.RefreshToken.Reveal(), true},
		{"token-id", t.ID, false},
		{"username", t.Username, false},
		{"scope", t.Scope, false},
		{"expires-in", expiresIn, false},
		{"expires-at", expiresAt, false},
		{"revocable", strconv.FormatBool(t.Revocable), false},
		{"url", t.URL, false},
	}
	kept := all[:0]
	for _, output := range all {
		if output.Value != "" {
			kept = append(kept, output)
		}
	}
	return kept
}

// secrets returns every credential of the token, in the forms in which it will be used: clear, and as the password of
// HTTP's basic authentication.
func (t Token) secrets() []Secret {
	var all []Secret
	for _, secret := range []Secret{t.AccessToken, t.ReferenceToken, t.RefreshToken} {
		if !secret.IsZero() {
			all = append(all, secret)
		}
	}
	for _, secret := range []Secret{t.AccessToken, t.ReferenceToken} {
		if !secret.IsZero() && t.Username != "" {
			all = append(all, basicAuth(t.Username, secret))
		}
	}
	return all
}
