package action

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// jwtOf writes a token with these claims, which nobody signed.
func jwtOf(claims map[string]any) Secret {
	text, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	return NewSecret(encode([]byte(`{"alg":"RS256"}`)) + "." + encode(text) + "." + encode([]byte("signature")))
}

// The token itself is believed where its answer says something else.
func TestNewToken_BelievesTheTokenItself(t *testing.T) {
	t.Parallel()
	const year, now = 365 * 24 * 60 * 60, 946684800 // the bubble's time
	for name, test := range map[string]struct {
		claims  map[string]any
		seconds int64
		life    time.Duration
		expires bool
	}{
		"the same":                  {map[string]any{"iat": now, "exp": now + 600}, 600, 10 * time.Minute, true},
		"a year":                    {map[string]any{"iat": now, "exp": now + year}, 600, year * time.Second, true},
		"a year, by a clock behind": {map[string]any{"iat": now - 7200, "exp": now + year}, 600, (year + 7200) * time.Second, true},
		"no end":                    {map[string]any{"iat": now}, 600, 0, false},
		"no beginning":              {map[string]any{"exp": now + year}, 600, year * time.Second, true},
		"no times":                  {map[string]any{"sub": "x"}, 600, 0, false},
		"an end past all dates":     {map[string]any{"iat": now, "exp": int64(400_000_000_000)}, 600, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				token := newToken(jfrog.TokenResponse{AccessToken: jwtOf(test.claims), ExpiresIn: &test.seconds}, "u")
				if token.ExpiresIn != test.life || token.ExpiresAt.IsZero() == test.expires {
					t.Errorf("got %s, %s", token.ExpiresIn, token.ExpiresAt)
				}
			})
		})
	}
}

func TestNewToken_TakesAnOpaqueTokenByItsAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		token := newToken(jfrog.TokenResponse{AccessToken: NewSecret("opaque"), TokenID: "id", Username: "bob", Scope: "s", ExpiresIn: new(int64(600))}, "u")
		if token.ExpiresIn != 10*time.Minute || !token.ExpiresAt.Equal(time.Now().Add(10*time.Minute)) || token.ID != "id" || token.Username != "bob" || token.Revocable {
			t.Errorf("got %+v", token)
		}
		if got := token.Life(); got != "valid until 2000-01-01T00:10:00Z (10m0s)" {
			t.Errorf("got %s", got)
		}
		endless := newToken(jfrog.TokenResponse{AccessToken: NewSecret("opaque")}, "u")
		if !endless.Revocable || endless.Life() != "never expires" || !endless.ExpiresAt.IsZero() {
			t.Errorf("got %+v", endless)
		}
	})
}

// JFrog revokes what lives six hours, what never ends, and what was made so.
func TestNewToken_Revocable(t *testing.T) {
	t.Parallel()
	for want, claims := range map[string]map[string]any{
		"false 1": {"iat": 1000, "exp": 1000 + 21599}, "true 2": {"iat": 1000, "exp": 1000 + 21600}, "true 3": {"iat": 1000}, "true 4": {"iat": 1000, "exp": 1600, "ext": `{"revocable":"true"}`},
		"false 5": {"iat": 1000, "exp": 1600, "ext": `{"revocable":"false"}`}, "false 6": {"iat": 1000, "exp": 1600, "ext": "revocable"},
	} {
		if token := newToken(jfrog.TokenResponse{AccessToken: jwtOf(claims)}, "u"); fmt.Sprint(token.Revocable) != strings.Fields(want)[0] {
			t.Errorf("%v: %v", claims, token.Revocable)
		}
	}
}

func TestToken_Outputs(t *testing.T) {
	t.Parallel()
	token := Token{
		AccessToken: NewSecret("access"), ReferenceToken: NewSecret("reference"), RefreshToken: NewSecret("refresh"), ID: "id", Username: "bob", Scope: "s",
		ExpiresIn: time.Hour, ExpiresAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Revocable: true, URL: "u",
	}
	show := func(token Token) (text string) {
		for _, output := range token.Outputs() {
			text += fmt.Sprintf("%s=%s %v\n", output.Name, output.Value, output.Secret)
		}
		return text
	}
	want := "access-token=access true\nreference-token=reference true\nrefresh-token=refresh true\ntoken-id=id false\nusername=bob false\nscope=s false\n" +
		"expires-in=3600 false\nexpires-at=2026-01-02T03:04:05Z false\nrevocable=true false\nurl=u false\n"
	if got := show(token); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := show(Token{AccessToken: NewSecret("access"), URL: "u"}); got != "access-token=access true\nrevocable=false false\nurl=u false\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestCoversAudience(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		list, covered, not string
	}{
		{"jfrt@*", "jfrt@* jfrt@x", "jfac@* jfac@y *@* *"},
		{"jfrt@x jfac@*", "jfrt@x jfac@y jfac@*", "jfrt@y jfrt@* *@* *"},
		{"jfrt@x", "jfrt@x", "jfrt@xy jfrt@* *@* *"},
		{"*@*", "*@* * jfrt@x jfac@*", ""},
		{"*", "*@* * jfrt@x jfac@*", ""},
	} {
		for _, audience := range strings.Fields(test.covered) {
			if !coversAudience(test.list, audience) {
				t.Errorf("%q doesn't cover %q", test.list, audience)
			}
		}
		for _, audience := range strings.Fields(test.not) {
			if coversAudience(test.list, audience) {
				t.Errorf("%q covers %q", test.list, audience)
			}
		}
	}
}
