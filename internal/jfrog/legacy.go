package jfrog

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/frogmint/frogmint/internal/redact"
)

// MintLegacy creates a token by Artifactory's legacy API (since 5.0.0, deprecated since 7.21.1). It knows no description,
// project, reference token or force_revocable; without an expiry it takes an hour. The answer has no token_id, and its
// scope always holds api:*.
func (c *Client) MintLegacy(ctx context.Context, auth Credentials, r MintRequest) (TokenResponse, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	set := func(name, value string) {
		if value != "" {
			form.Set(name, value)
		}
	}
	set("username", r.Username)
	set("scope", r.Scope)
	set("audience", r.Audience)
	if r.ExpiresIn != nil {
		form.Set("expires_in", strconv.FormatInt(*r.ExpiresIn, 10))
	}
	if r.Refreshable {
		form.Set("refreshable", "true")
	}
	answer, err := c.send(ctx, request{
		op: opMintLegacy, method: http.MethodPost, path: []string{"api", "security", "token"}, artifactory: true, auth: auth, form: form, oauth: true,
	})
	return readToken(answer, err)
}

// RevokeLegacy revokes a token of the legacy API with an admin's credentials: such a token can't revoke itself. JFrog
// answers 200 for a token that it doesn't know as well, so a nil error proves nothing: ask with Probe.
func (c *Client) RevokeLegacy(ctx context.Context, auth Credentials, token redact.Secret) error {
	answer, err := c.send(ctx, request{
		op: "revoking the token with the legacy API", method: http.MethodPost,
		path: []string{"api", "security", "token", "revoke"}, artifactory: true, auth: auth,
		form: url.Values{"token": {token.Reveal()}}, secret: token, oauth: true,
	})
	if err == nil {
		err = answer.CheckNoPage()
	}
	return err
}
