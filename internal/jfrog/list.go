package jfrog

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// TokenInfo is a stored token as JFrog lists it.
type TokenInfo struct {
	TokenID     string
	Description string
	ExpiresAt   time.Time // zero for one that never expires
}

// List returns the stored tokens whose description is the given one, or starts with it where it ends in "*". An admin
// sees everyone's, others their own. Tokens under the persistence threshold (3 h unless configured) that aren't
// revocable by force aren't stored and so aren't listed (the first half is documented, the second inferred).
func (c *Client) List(ctx context.Context, auth Credentials, description string) ([]TokenInfo, error) {
	answer, err := c.send(ctx, request{
		op: "listing tokens by their description", method: http.MethodGet, path: []string{"api", "v1", "tokens"},
		query: url.Values{"description": {description}}, auth: auth,
	})
	var list struct {
		Tokens []struct {
			TokenID     string `json:"token_id"`
			Description string `json:"description"`
			Expiry      int64  `json:"expiry"` // seconds since 1970
		} `json:"tokens"`
	}
	if err == nil {
		err = answer.JSON(&list)
	}
	if err != nil {
		return nil, err
	}
	var found []TokenInfo
	for _, t := range list.Tokens {
		// A server that ignores the filter must not make us revoke everyone's tokens.
		if !describes(description, t.Description) {
			continue
		}
		info := TokenInfo{TokenID: redact.Line(t.TokenID, 255), Description: answer.Text(t.Description, httpapi.MaxMessage)}
		if t.Expiry > 0 {
			info.ExpiresAt = time.Unix(t.Expiry, 0).UTC()
		}
		found = append(found, info)
	}
	return found, nil
}

func describes(pattern, description string) bool {
	if prefix, wildcard := strings.CutSuffix(pattern, "*"); wildcard {
		return prefix != "" && strings.HasPrefix(description, prefix)
	}
	return pattern != "" && pattern == description
}
