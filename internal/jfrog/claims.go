package jfrog

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// Claims is what a token says of itself. Nothing of it is verified: only the server can do that. It is used to tell
// people when a token dies and whether it can be revoked, never to decide whom to trust.
type Claims struct {
	ID        string
	Subject   string
	Issuer    string
	Audience  []string
	Scope     string
	IssuedAt  time.Time // zero when absent
	ExpiresAt time.Time // zero when absent: never
	Revocable bool      // ext holds revocable=true, put there by force_revocable
}

type wireClaims struct {
	jwt.RegisteredClaims
	Scope string `json:"scp"`
	Ext   string `json:"ext"` // JSON in a string
}

// ReadClaims decodes a JWT of at most 64 KiB without verifying it. It fails on anything else, a reference token
// included; the error never holds a part of the token.
func ReadClaims(token redact.Secret) (Claims, error) {
	if len(token.Reveal()) > httpapi.MaxToken {
		return Claims{}, fmt.Errorf("a token of more than %d bytes (limit token)", httpapi.MaxToken)
	}
	var wire wireClaims
	_, _, err := jwt.NewParser().ParseUnverified(token.Reveal(), &wire)
	// An algorithm that the library doesn't know is no obstacle to reading.
	if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		return Claims{}, errors.New("not a JSON web token")
	}
	claims := Claims{
		ID: redact.Line(wire.ID, 255), Subject: redact.Line(wire.Subject, 1024), Issuer: redact.Line(wire.Issuer, 1024),
		Scope:     redact.Line(wire.Scope, httpapi.MaxToken),
		IssuedAt:  moment(wire.IssuedAt),
		ExpiresAt: moment(wire.ExpiresAt),
		Revocable: forcedRevocable(wire.Ext),
	}
	for _, audience := range wire.Audience {
		claims.Audience = append(claims.Audience, redact.Line(audience, 1024))
	}
	return claims, nil
}

func moment(date *jwt.NumericDate) time.Time {
	// Past the year 9999 a time can't be written as RFC 3339.
	if date == nil || date.Unix() <= 0 || date.Year() > 9999 {
		return time.Time{}
	}
	return date.UTC()
}

func forcedRevocable(ext string) bool {
	var fields struct {
		Revocable string `json:"revocable"`
	}
	return json.Unmarshal([]byte(ext), &fields) == nil && fields.Revocable == "true"
}

// Username is the user that the subject names: all that follows /users/, since a name may hold slashes (vault plugin #68),
// or what follows <service-id>/ in a legacy token. Any other subject is the name itself: that of a mapping without a user
// is <provider>/<mapping>.
func (c Claims) Username() string {
	if _, name, found := strings.Cut(c.Subject, "/users/"); found {
		return name
	}
	if service, name, found := strings.Cut(c.Subject, "/"); found && strings.HasPrefix(service, "jfrt@") {
		return name
	}
	return c.Subject
}

// ClaimSet returns every claim of a JWT of at most 64 KiB, without verifying it. It fails on anything else.
func ClaimSet(token redact.Secret) (map[string]any, error) {
	if len(token.Reveal()) > httpapi.MaxToken {
		return nil, fmt.Errorf("a token of more than %d bytes (limit token)", httpapi.MaxToken)
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token.Reveal(), claims); err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		return nil, errors.New("not a JSON web token")
	}
	return claims, nil
}
