package jfrog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// ExchangeRequest is what the platform is told with the ID token. Empty fields are left out. JFrog shows the job's fields
// in its audit; the identity mapping alone decides the granted scope, user and time.
type ExchangeRequest struct {
	GrantType        string       `json:"grant_type"`         // filled in by Exchange
	SubjectTokenType string       `json:"subject_token_type"` // filled in by Exchange
	IDToken          redact.Clear `json:"subject_token"`
	Provider         string       `json:"provider_name"`           // name of the OIDC integration
	ProviderType     string       `json:"provider_type,omitempty"` // GitHub, Azure or GenericOidc
	IdentityMapping  string       `json:"identity_mapping_name,omitempty"`
	Audience         string       `json:"audience,omitempty"`
	Project          string       `json:"project_key,omitempty"`
	ApplicationKey   string       `json:"application_key,omitempty"` // AppTrust
	Reference        bool         `json:"include_reference_token,omitempty"`
	JobID            string       `json:"job_id,omitempty"`
	RunID            string       `json:"run_id,omitempty"`
	Repository       string       `json:"repo,omitempty"`
	Revision         string       `json:"revision,omitempty"`
	Branch           string       `json:"branch,omitempty"`
}

// Exchange trades an ID token for an access token (RFC 8693). It needs no credentials.
// JFrog: Cloud 7.73.1, self-hosted 7.77.3, Enterprise X and Enterprise+ (documented).
func (c *Client) Exchange(ctx context.Context, r ExchangeRequest) (TokenResponse, error) {
	r.GrantType = "urn:ietf:params:oauth:grant-type:token-exchange"
	r.SubjectTokenType = "urn:ietf:params:oauth:token-type:id_token"
	answer, err := c.send(ctx, request{
		op:     fmt.Sprintf("%s with provider %q", opExchange, redact.Text(r.Provider, 80)),
		method: http.MethodPost, path: []string{"api", "v1", "oidc", "token"}, json: r, secret: r.IDToken.Secret,
	})
	return readToken(answer, err)
}

const opExchange = "exchanging the ID token"

// IsExchange reports whether an error is that of an exchange.
func IsExchange(err error) bool {
	failure, ok := errors.AsType[*httpapi.Error](err)
	return ok && strings.HasPrefix(failure.Op, opExchange)
}
