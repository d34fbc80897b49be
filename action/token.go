package action

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// Secret is a credential. It prints as REDACTED under every verb of fmt and in JSON; Reveal gives the value. The zero
// value is the absence of one. Secrets of the same value are equal by ==.
type Secret = redact.Secret

// NewSecret wraps a credential.
func NewSecret(value string) Secret { return redact.NewSecret(value) }

// Token is a job's own token and what JFrog said of it. Where the token itself says otherwise, it is believed and not the
// answer that it came in.
type Token struct {
	AccessToken    Secret
	ReferenceToken Secret
	RefreshToken   Secret
	ID             string // empty when neither the answer nor the token tells
	Username       string
	Scope          string // as the answer says
	TokenType      string
	Audience       string
	ExpiresIn      time.Duration // from the mint; 0 for a token that never expires
	ExpiresAt      time.Time     // UTC; zero for a token that never expires
	Revocable      bool          // whether JFrog can be expected to revoke it
	Legacy         bool          // whether the legacy API made it: only its creator can revoke it
	URL            string

	claimedScope string // the scope that the token itself holds; empty where it can't be read
	state        State
}

// State is what it takes to revoke the token, in this process or in a later one.
func (t Token) State() State { return t.state }

// revocableThreshold is JFrog's revocable-expiry-threshold unless it is configured otherwise: a token that lives shorter
// isn't revocable by itself (documented).
const revocableThreshold = 6 * time.Hour

// newToken reads from the token what the answer leaves out. The token's own times are taken against its own issue time:
// clocks of runners and platforms differ.
func newToken(response jfrog.TokenResponse, url string) Token {
	token := Token{
		AccessToken: response.AccessToken, ReferenceToken: response.ReferenceToken, RefreshToken: response.RefreshToken,
		ID: response.TokenID, Username: response.Username, Scope: response.Scope, TokenType: response.TokenType, URL: url,
	}
	if response.ExpiresIn != nil {
		token.ExpiresIn = time.Duration(*response.ExpiresIn) * time.Second
	}
	claims, err := jfrog.ReadClaims(response.AccessToken)
	if err == nil {
		token.readClaims(claims)
	}
	if token.ExpiresAt.IsZero() && token.ExpiresIn > 0 {
		token.ExpiresAt = time.Now().Add(token.ExpiresIn).UTC().Truncate(time.Second)
	}
	token.Revocable = claims.Revocable || token.ExpiresIn == 0 || token.ExpiresIn >= revocableThreshold
	return token
}

func (t *Token) readClaims(claims jfrog.Claims) {
	t.ID = cmp.Or(t.ID, claims.ID)
	t.Scope = cmp.Or(t.Scope, claims.Scope)
	t.claimedScope = claims.Scope
	// The subject says whom JFrog will see. That of a mapping without a user is PROVIDER/MAPPING, and the answer then has the name.
	if claims.Subject != "" {
		t.Username = claims.Username()
	}
	t.Audience = strings.Join(claims.Audience, " ")
	t.ExpiresAt = claims.ExpiresAt
	switch {
	case claims.ExpiresAt.IsZero():
		t.ExpiresIn = 0
	case claims.IssuedAt.IsZero():
		t.ExpiresIn = time.Until(claims.ExpiresAt).Round(time.Second)
	default:
		t.ExpiresIn = claims.ExpiresAt.Sub(claims.IssuedAt)
	}
}

// scopes are what the answer and the token itself say that the token grants. One that can't be read counts as an unknown
// permission.
func (t Token) scopes() []jfrog.Scope {
	texts := []string{t.Scope}
	if t.claimedScope != "" && t.claimedScope != t.Scope {
		texts = append(texts, t.claimedScope)
	}
	scopes := make([]jfrog.Scope, len(texts))
	for i, text := range texts {
		scope, err := jfrog.ParseScope(text)
		if err != nil {
			scope, _ = jfrog.ParseScope("unknown")
		}
		scopes[i] = scope
	}
	return scopes
}

// readable reports whether everything that is said of the token's scope can be read.
func (t Token) readable() bool {
	_, err := jfrog.ParseScope(t.Scope)
	_, claimed := jfrog.ParseScope(t.claimedScope)
	return t.Scope != "" && err == nil && claimed == nil
}

// Life says when the token expires, for people.
func (t Token) Life() string {
	if t.ExpiresIn == 0 {
		return "never expires"
	}
	return "valid until " + t.ExpiresAt.Format(time.RFC3339) + " (" + t.ExpiresIn.String() + ")"
}

// lifetime is how people read how long a token lives; 0 is for one that never expires.
func lifetime(d time.Duration) string {
	if d == 0 {
		return "never"
	}
	return d.String()
}

func (t Token) revocability() string {
	if t.Revocable {
		return "revocable"
	}
	return "not revocable unless JFrog's threshold, by default six hours, was lowered"
}

// Output is a value for later steps.
type Output struct {
	Name   string
	Value  string
	Secret bool
}

// Outputs returns the values for later steps, in the order of the documentation. Those without a value are left out.
func (t Token) Outputs() []Output {
	expiresIn, expiresAt := "", ""
	if t.ExpiresIn > 0 {
		expiresIn, expiresAt = strconv.FormatInt(int64(t.ExpiresIn/time.Second), 10), t.ExpiresAt.Format(time.RFC3339)
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
	return slices.DeleteFunc(all, func(output Output) bool { return output.Value == "" })
}

// secrets returns every credential of the token, in the forms in which it will be used: clear, and as the password of
// HTTP's basic authentication, which is also "auth" in the files of docker and npm.
func (t Token) secrets() []Secret {
	var all []Secret
	for _, secret := range []Secret{t.AccessToken, t.ReferenceToken, t.RefreshToken} {
		if !secret.IsZero() {
			all = append(all, secret)
		}
	}
	for _, secret := range []Secret{t.AccessToken, t.ReferenceToken} {
		if !secret.IsZero() && t.Username != "" {
			all = append(all, NewSecret(base64.StdEncoding.EncodeToString([]byte(t.Username+":"+secret.Reveal()))))
		}
	}
	return all
}
