package jfrog

import (
	"context"
	"fmt"
	"net/http"

	"github.com/frogmint/frogmint/internal/redact"
)

// Exchange is what the platform is told beside the ID token. Empty fields are left out. JFrog shows the job fields in
// its audit; the identity mapping alone decides the granted scope, user and time.
type Exchange struct {
	Provider        string // name of the OIDC integration
	ProviderType    string // GitHub, Azure or GenericOidc
	IdentityMapping string
	Audience        string
	Project         string
	Reference       bool

	JobID, RunID, Repository, Revision, Branch string
}

type exchangeBody struct {
	GrantType        string `json:"grant_type"`
	SubjectTokenType string `json:"subject_token_type"`
	SubjectToken     string `json:"subject_token"`
	ProviderName     string `json:"provider_name"`
	ProviderType     string `json:"provider_type,omitempty"`
	IdentityMapping  string `json:"identity_mapping_name,omitempty"`
	Audience         string `json:"audience,omitempty"`
	ProjectKey       string `json:"project_key,omitempty"`
	Reference        bool   `json:"include_reference_token,omitempty"`
	JobID            string `json:"job_id,omitempty"`
	RunID            string `json:"run_id,omitempty"`
	Repository       string `json:"repo,omitempty"`
	Revision         string `json:"revision,omitempty"`
	Branch           string `json:"branch,omitempty"`
}

// Exchange trades an ID token for an access token (RFC 8693). It needs no credentials.
// JFrog: Cloud 7.73.1, self-hosted 7.77.3, Enterprise X and Enterprise+ (documented).
func (c *Client) Exchange(ctx context.Context, idToken redact.Secret, e Exchange) (Granted, error) {
	body := exchangeBody{ //nolint:gosec // names of the grant, no credentials
		GrantType:        "urn:ietf:params:oauth:grant-type:token-exchange",
		SubjectTokenType: "urn:ietf:params:oauth:token-type:id_token",
		SubjectToken:     idToken.Reveal(),
		ProviderName:     e.Provider, ProviderType: e.ProviderType, IdentityMapping: e.IdentityMapping,
		Audience: e.Audience, ProjectKey: e.Project, Reference: e.Reference,
		JobID: e.JobID, RunID: e.RunID, Repository: e.Repository, Revision: e.Revision, Branch: e.Branch,
	}
	answer, err := do[grantedBody](ctx, c, call{
		op:     fmt.Sprintf("exchanging the ID token with provider %q", redact.Text(e.Provider, 80)),
		method: http.MethodPost, path: []string{"access", "api", "v1", "oidc", "token"}, body: body, inside: idToken,
	})
	if err != nil {
		return Granted{}, err
	}
	return answer.granted("exchanging the ID token")
}
