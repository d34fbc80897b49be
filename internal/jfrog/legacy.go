package jfrog

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/frogmint/frogmint/internal/redact"
)

// LegacyRequest asks the older API for a token. It has no description, project, reference token or force_revocable.
type LegacyRequest struct {
	Username    string
	Scope       string
	ExpiresIn   *int64 // seconds; 0 never expires; nil takes the API's default, an hour
	Refreshable bool
	Audience    string
}

// MintLegacy creates a token by Artifactory's older API (since 5.0.0, deprecated since 7.21.1). The answer has no
// token_id, and its scope always holds api:*.
func (c *Client) MintLegacy(ctx context.Context, auth Credentials, r LegacyRequest) (Granted, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	for name, value := range map[string]string{"username": r.Username, "scope": r.Scope, "audience": r.Audience} {
		if value != "" {
			form.Set(name, value)
		}
	}
	if r.ExpiresIn != nil {
		form.Set("expires_in", strconv.FormatInt(*r.ExpiresIn, 10))
	}
	if r.Refreshable {
		form.Set("refreshable", "true")
	}
	answer, err := do[grantedBody](ctx, c, call{
		op: opMintLegacy, method: http.MethodPost, path: []string{"artifactory", "api", "security", "token"}, auth: auth, form: form,
	})
	if err != nil {
		return Granted{}, err
	}
	return answer.granted(opMintLegacy)
}

// RevokeLegacy revokes a token of the older API with an admin's credentials: such a token can't revoke itself. JFrog
// answers 200 for a token that it doesn't know as well, so a nil error proves nothing: ask with Probe.
func (c *Client) RevokeLegacy(ctx context.Context, auth Credentials, token redact.Secret) error {
	_, err := do[nothing](ctx, c, call{
		op: "revoking the token with the older API", method: http.MethodPost,
		path: []string{"artifactory", "api", "security", "token", "revoke"}, auth: auth,
		form: url.Values{"token": {token.Reveal()}}, inside: token,
	})
	return err
}
