package jfrog

import (
	"context"
	"net/http"
)

// Request asks for a new token. The zero value of a field leaves the choice to JFrog.
type Request struct {
	Username    string
	Scope       string
	ExpiresIn   *int64 // seconds; 0 never expires; nil takes the platform's default
	Refreshable bool
	Reference   bool // since 7.38.10
	Revocable   bool // force_revocable, since 7.50.3
	Description string
	Audience    string
	Project     string
}

type requestBody struct {
	GrantType      string `json:"grant_type"`
	Username       string `json:"username,omitempty"`
	Scope          string `json:"scope,omitempty"`
	ExpiresIn      *int64 `json:"expires_in,omitempty"`
	Refreshable    bool   `json:"refreshable,omitempty"`
	Reference      bool   `json:"include_reference_token,omitempty"`
	ForceRevocable bool   `json:"force_revocable,omitempty"`
	Description    string `json:"description,omitempty"`
	Audience       string `json:"audience,omitempty"`
	ProjectKey     string `json:"project_key,omitempty"`
}

const (
	opMint       = "minting the access token"
	opMintLegacy = "minting the access token with the older API"
)

// Mint creates a token by the Access API (since 7.21.1). The body is JSON: in a form, JFrog ignored force_revocable and
// answered with a token that nobody could revoke (observed, vault-plugin-secrets-artifactory #50).
func (c *Client) Mint(ctx context.Context, auth Credentials, r Request) (Granted, error) {
	answer, err := do[grantedBody](ctx, c, call{
		op: opMint, method: http.MethodPost, path: []string{"access", "api", "v1", "tokens"}, auth: auth,
		body: requestBody{
			GrantType: "client_credentials", Username: r.Username, Scope: r.Scope, ExpiresIn: r.ExpiresIn,
			Refreshable: r.Refreshable, Reference: r.Reference, ForceRevocable: r.Revocable, Description: r.Description,
			Audience: r.Audience, ProjectKey: r.Project,
		},
	})
	if err != nil {
		return Granted{}, err
	}
	return answer.granted(opMint)
}
