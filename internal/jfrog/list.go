package jfrog

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// Listed is a stored token as JFrog lists it.
type Listed struct {
	TokenID     string
	Subject     string
	Description string
	ExpiresAt   time.Time // zero for one that never expires
}

type listBody struct {
	Tokens []struct {
		TokenID     string `json:"token_id"`
		Subject     string `json:"subject"`
		Description string `json:"description"`
		Expiry      int64  `json:"expiry"` // seconds since 1970
	} `json:"tokens"`
}

// List returns the stored tokens whose description is the given one, or starts with it where it ends in "*". An admin
// sees everyone's, others their own. Tokens under the persistence threshold (3 h unless configured) that aren't
// revocable by force aren't stored and so aren't listed (the first half is documented, the second inferred).
func (c *Client) List(ctx context.Context, auth Credentials, description string) ([]Listed, error) {
	answer, err := do[listBody](ctx, c, call{
		op: "listing tokens by their description", method: http.MethodGet, path: []string{"access", "api", "v1", "tokens"},
		query: url.Values{"description": {description}}, auth: auth,
	})
	if err != nil {
		return nil, err
	}
	var found []Listed
	sent := call{auth: auth}.sent()
	for _, t := range answer.Tokens {
		// A server that ignores the filter must not make us revoke everyone's tokens.
		if !describes(description, t.Description) {
			continue
		}
		listed := Listed{
			TokenID: t.TokenID, Subject: redact.Text(sent.Scrub(t.Subject), 255),
			Description: redact.Text(sent.Scrub(t.Description), limit.Message),
		}
		if t.Expiry > 0 {
			listed.ExpiresAt = time.Unix(t.Expiry, 0).UTC()
		}
		found = append(found, listed)
	}
	return found, nil
}

func describes(pattern, description string) bool {
	if prefix, wildcard := strings.CutSuffix(pattern, "*"); wildcard {
		return prefix != "" && strings.HasPrefix(description, prefix)
	}
	return pattern != "" && pattern == description
}

// Version asks for Artifactory's version, to explain a refusal with it. Any accepted credentials may ask.
func (c *Client) Version(ctx context.Context, auth Credentials) (string, error) {
	answer, err := do[struct {
		Version string `json:"version"`
	}](ctx, c, call{
		op: "asking for the version", method: http.MethodGet, path: []string{"artifactory", "api", "system", "version"}, auth: auth,
	})
	if err != nil {
		return "", err
	}
	if answer.Version == "" {
		return "", fmt.Errorf("asking for the version: %w", &BadAnswer{"the answer holds no version"})
	}
	return redact.Text(call{auth: auth}.sent().Scrub(answer.Version), 40), nil
}
