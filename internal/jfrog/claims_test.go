package jfrog_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// jwt makes an unsigned token in JFrog's form.
func jwt(header, payload string) redact.Secret {
	encode := base64.RawURLEncoding.EncodeToString
	return redact.NewSecret(encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode([]byte("signature")))
}

const header = `{"ver":"2","typ":"JWT","alg":"RS256","kid":"k"}`

func TestReadClaims(t *testing.T) {
	t.Parallel()
	token := jwt(header, `{"ext":"{\"revocable\":\"true\"}","sub":"jfac@01g5/users/admin","scp":"applied-permissions/admin",
		"aud":"*@*","iss":"jfac@01g5","exp":1800000000,"iat":1700000000,"jti":"3c0d"}`)
	got, err := jfrog.ReadClaims(token)
	if err != nil {
		t.Fatal(err)
	}
	want := jfrog.Claims{
		ID: "3c0d", Subject: "jfac@01g5/users/admin", Issuer: "jfac@01g5", Audience: []string{"*@*"}, Scope: "applied-permissions/admin",
		IssuedAt: time.Unix(1700000000, 0).UTC(), ExpiresAt: time.Unix(1800000000, 0).UTC(), Revocable: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadClaims_OfOddTokens(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		token redact.Secret
		check func(jfrog.Claims, error) bool
	}{
		"unknown algorithm":         {jwt(`{"alg":"XY99"}`, `{"jti":"x"}`), func(c jfrog.Claims, err error) bool { return err == nil && c.ID == "x" }},
		"list of audiences":         {jwt(header, `{"aud":["a","b"]}`), func(c jfrog.Claims, err error) bool { return err == nil && len(c.Audience) == 2 }},
		"expiry in the far future":  {jwt(header, `{"exp":1e18}`), func(c jfrog.Claims, _ error) bool { return c.ExpiresAt.IsZero() }},
		"negative expiry":           {jwt(header, `{"exp":-5}`), func(c jfrog.Claims, _ error) bool { return c.ExpiresAt.IsZero() }},
		"ext of another shape":      {jwt(header, `{"ext":"[]"}`), func(c jfrog.Claims, err error) bool { return err == nil && !c.Revocable }},
		"ext saying false":          {jwt(header, `{"ext":"{\"revocable\":\"false\"}"}`), func(c jfrog.Claims, _ error) bool { return !c.Revocable }},
		"line break in the subject": {jwt(header, `{"sub":"a\n::error::b"}`), func(c jfrog.Claims, _ error) bool { return c.Subject == "a ::error::b" }},
		"reference token":           {redact.NewSecret("cmVmdGtuOjAxOjAwMDAwMDAwMDA6YWJj"), func(_ jfrog.Claims, err error) bool { return err != nil }},
		"empty":                     {redact.Secret{}, func(_ jfrog.Claims, err error) bool { return err != nil }},
		"payload isn't JSON":        {jwt(header, `nope`), func(_ jfrog.Claims, err error) bool { return err != nil }},
		"too long": {redact.NewSecret(strings.Repeat("x", httpapi.MaxToken+1)), func(_ jfrog.Claims, err error) bool {
			return err != nil && strings.Contains(err.Error(), "limit token")
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if claims, err := jfrog.ReadClaims(test.token); !test.check(claims, err) {
				t.Errorf("got %+v, %v", claims, err)
			}
		})
	}
}

// TestUsername: a name may hold slashes, and nothing of it may be cut off.
func TestUsername(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]string{
		"jfac@01g5/users/admin": "admin", "jfrt@01g5/users/jenkins": "jenkins", "jfac@01g5/users/team-a/deploy-bot": "team-a/deploy-bot",
		"jfac@01g5/users/a/users/b": "a/users/b", "jfac@01g5/users/": "", "jfrt@01g5/jenkins": "jenkins", "jfrt@01g5/team-a/deploy-bot": "team-a/deploy-bot",
		"provider/mapping": "provider/mapping", "jfac@01g5/other/x": "jfac@01g5/other/x", "github/superusers/x": "github/superusers/x", "jfac@01g5": "jfac@01g5", "": "",
	} {
		if got := (jfrog.Claims{Subject: subject}).Username(); got != want {
			t.Errorf("Username of %q = %q, want %q", subject, got, want)
		}
	}
}

func TestClaimSet(t *testing.T) {
	t.Parallel()
	got, err := jfrog.ClaimSet(jwt(`{"alg":"XY99"}`, `{"sub":"repo:o/r:ref:refs/heads/main","iat":1700000000,"aud":["x","y"]}`))
	want := map[string]any{"sub": "repo:o/r:ref:refs/heads/main", "iat": 1700000000.0, "aud": []any{"x", "y"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, token := range []string{"", "x.y.z", strings.Repeat("x", httpapi.MaxToken+1)} {
		if claims, err := jfrog.ClaimSet(redact.NewSecret(token)); err == nil || claims != nil || len(token) > 0 && strings.Contains(err.Error(), token) {
			t.Errorf("%.9q: %v, %v", token, claims, err)
		}
	}
}

func FuzzClaims(f *testing.F) {
	for _, payload := range []string{`{}`, `{"exp":1e300}`, `{"aud":{}}`, `{"ext":"{"}`, `{"iat":"x"}`, `null`} {
		f.Add(jwt(header, payload).Reveal())
	}
	f.Fuzz(func(t *testing.T, token string) {
		claims, err := jfrog.ReadClaims(redact.NewSecret(token))
		if err != nil && !cmp.Equal(claims, jfrog.Claims{}) {
			t.Errorf("ReadClaims failed and returned %+v", claims)
		}
		if err != nil && len(token) > 12 && strings.Contains(err.Error(), token) {
			t.Errorf("the error holds the token: %v", err)
		}
		if y := claims.ExpiresAt.Year(); y > 9999 {
			t.Errorf("the year %d can't be written", y)
		}
	})
}
