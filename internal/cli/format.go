package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/action"
)

// createdToken has the keys of jf access-token-create in its order, and three more behind them.
type createdToken struct {
	Scope          string `json:"scope,omitempty"`
	AccessToken    string `json:"access_token,omitempty"`
	ExpiresIn      int64  `json:"expires_in,omitempty"`
	TokenType      string `json:"token_type,omitempty"`
	Refreshable    *bool  `json:"refreshable,omitempty"`
	RefreshToken   string `json:"refresh_token,omitempty"`
	GrantType      string `json:"grant_type,omitempty"`
	Audience       string `json:"audience,omitempty"`
	ReferenceToken string `json:"reference_token,omitempty"`
	TokenID        string `json:"token_id,omitempty"`
	Username       string `json:"username"`
	ExpiresAt      string `json:"expires_at,omitempty"`
	Revocable      bool   `json:"revocable"`
}

// formatToken writes a token for --format.
func formatToken(format string, config action.Config, token action.Token) (string, error) {
	switch format {
	case "token":
		return token.AccessToken.Reveal() + "\n", nil
	case "env":
		var b strings.Builder
		for _, variable := range jfrogVariables(token) {
			fmt.Fprintf(&b, "export %s=%s\n", variable.Name, shellQuote(variable.Value))
		}
		return b.String(), nil
	}
	return formatJSON(config, token)
}

func formatJSON(config action.Config, token action.Token) (string, error) {
	shown := createdToken{
		Scope: token.Scope, AccessToken: token.AccessToken.Reveal(), ExpiresIn: int64(token.ExpiresIn / time.Second), TokenType: token.TokenType,
		RefreshToken: token.RefreshToken.Reveal(), Audience: config.Audience, ReferenceToken: token.ReferenceToken.Reveal(),
		TokenID: token.ID, Username: token.Username, Revocable: token.Revocable,
	}
	if config.Refreshable {
		refreshable := !token.RefreshToken.IsZero()
		shown.Refreshable = &refreshable
	}
	if !token.ExpiresAt.IsZero() {
		shown.ExpiresAt = token.ExpiresAt.Format(time.RFC3339)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(shown) //nolint:gosec // printing the token is what --format is for
	return b.String(), err
}

// shellQuote writes a word for a POSIX shell.
func shellQuote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
