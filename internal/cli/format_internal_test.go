package cli

import (
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
)

// A token is printed whole, as a shell reads it, or in the words of jf.
func TestFormatToken(t *testing.T) {
	t.Parallel()
	var bare action.Token
	bare.AccessToken, bare.URL, bare.Username = newSecret("a.b.c"), "https://acme.jfrog.io", "o'neil"
	full := bare
	full.ID, full.Scope, full.TokenType, full.Revocable, full.ExpiresIn = "id", "<s>&", "Bearer", true, 90*time.Second
	full.RefreshToken, full.ReferenceToken = newSecret("refresh"), newSecret("reference")
	full.ExpiresAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, test := range map[string]struct {
		format string
		config action.Config
		token  action.Token
		want   string
	}{
		"token": {"token", action.Config{}, full, "a.b.c\n"},
		"env":   {"env", action.Config{}, full, "export JF_URL='https://acme.jfrog.io'\nexport JF_USER='o'\\''neil'\nexport JF_ACCESS_TOKEN='a.b.c'\n"},
		"json":  {"json", action.Config{}, bare, "{\n  \"access_token\": \"a.b.c\",\n  \"username\": \"o'neil\",\n  \"revocable\": false\n}\n"},
		"json, not refreshable": {"json", action.Config{Refreshable: true}, bare,
			"{\n  \"access_token\": \"a.b.c\",\n  \"refreshable\": false,\n  \"username\": \"o'neil\",\n  \"revocable\": false\n}\n"},
		"json, all": {"json", action.Config{Refreshable: true, Audience: "jfrt@*"}, full, `{
  "scope": "<s>&",
  "access_token": "a.b.c",
  "expires_in": 90,
  "token_type": "Bearer",
  "refreshable": true,
  "refresh_token": "refresh",
  "audience": "jfrt@*",
  "reference_token": "reference",
  "token_id": "id",
  "username": "o'neil",
  "expires_at": "2026-01-02T03:04:05Z",
  "revocable": true
}
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := formatToken(test.format, test.config, test.token); err != nil || got != test.want {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

// A value stays in its cell, and in its code span.
func TestTable_KeepsItsCells(t *testing.T) {
	t.Parallel()
	want := "### title\n\n| | |\n|---|---|\n| a | `x/y'z u v` |\n| b | `` |\n"
	if got := table("title", [][2]string{{"a", "x|y`z\nu\rv"}, {"b", ""}}); got != want {
		t.Errorf("got %q", got)
	}
}
