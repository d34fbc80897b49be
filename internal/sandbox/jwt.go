package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// signer signs JFrog's own tokens.
type signer struct {
	key  *rsa.PrivateKey
	kid  string
	root func() ([]byte, error) // the certificate of the key, DER; made when it is first asked for
}

func newSigner(key *rsa.PrivateKey, serviceID string, now time.Time) *signer {
	return &signer{key: key, kid: randomText(43), root: sync.OnceValues(func() ([]byte, error) { return certify(key, serviceID, now) })}
}

// certify certifies the signing key by itself, under the name that JFrog's certificate has.
func certify(key *rsa.PrivateKey, serviceID string, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "JFrog Token Issuer " + serviceID},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true,
	}
	root, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("certifying the signing key: %w", err)
	}
	return root, nil
}

// tokenClaims has JFrog's members (read from clients and recorded tokens).
type tokenClaims struct {
	jwt.Claims `json:"-"` // which nothing asks: it is only signed

	Ext      string `json:"ext,omitempty"` // JSON in a string
	Subject  string `json:"sub"`
	Scope    string `json:"scp"`
	Audience any    `json:"aud"` // a string, or a list if there are several
	Issuer   string `json:"iss"`
	Expires  int64  `json:"exp,omitempty"`
	Issued   int64  `json:"iat"`
	ID       string `json:"jti"`
}

// MarshalJSON escapes every character whose base64 may hold - or _, which JFrog's Go client can't decode: ?, ~, DEL and
// all beyond ASCII. json.Marshal has escaped > already.
func (claims tokenClaims) MarshalJSON() ([]byte, error) {
	type plain tokenClaims
	text, err := json.Marshal(plain(claims))
	var out []byte
	for _, r := range string(text) {
		if r < '~' && r != '?' {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out, err
}

func (sg *signer) sign(t *token) (string, error) {
	claims := tokenClaims{
		Subject: t.subject, Scope: t.scope, Audience: t.audience,
		Issuer: t.issuer, Expires: t.expires, Issued: t.issued, ID: t.id,
	}
	if several := strings.Fields(t.audience); len(several) > 1 {
		claims.Audience = several
	}
	if t.forced {
		claims.Ext = `{"revocable":"true"}`
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	unsigned.Header = map[string]any{"ver": "2", "typ": "JWT", "alg": "RS256", "kid": sg.kid}
	return unsigned.SignedString(sg.key)
}

// verify checks the signature and returns who made the token, and its id. Expiry and revocation are the record's affair.
func (sg *signer) verify(value string) (issuer, id string, err error) {
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	_, err = parser.ParseWithClaims(value, &claims, func(*jwt.Token) (any, error) { return &sg.key.PublicKey, nil })
	return claims.Issuer, claims.ID, err
}
