package sandbox

import (
	"net/http"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// exchangeRequest has what JFrog's clients send: jf, setup-jfrog-cli (the gh_ members) and the REST page.
type exchangeRequest struct {
	GrantType             string `json:"grant_type"`
	SubjectTokenType      string `json:"subject_token_type"`
	SubjectToken          string `json:"subject_token"`
	ProviderName          string `json:"provider_name"`
	ProviderType          string `json:"provider_type"`
	IdentityMappingName   string `json:"identity_mapping_name"`
	ProjectKey            string `json:"project_key"`
	JobID                 string `json:"job_id"`
	RunID                 string `json:"run_id"`
	Audience              string `json:"audience"`
	IncludeReferenceToken bool   `json:"include_reference_token"`
	Repo                  string `json:"repo"`
	Revision              string `json:"revision"`
	Branch                string `json:"branch"`
	ApplicationKey        string `json:"application_key"`
	IssuerURL             string `json:"issuer_url"`
	GHJobID               string `json:"gh_job_id"`
	GHRunID               string `json:"gh_run_id"`
	GHRepo                string `json:"gh_repo"`
	GHRevision            string `json:"gh_revision"`
	GHBranch              string `json:"gh_branch"`
}

type exchangeResponse struct {
	AccessToken     string `json:"access_token"`
	ReferenceToken  string `json:"reference_token,omitempty"`
	TokenType       string `json:"token_type"`
	ExpiresIn       int64  `json:"expires_in"`
	IssuedTokenType string `json:"issued_token_type"`
	Username        string `json:"username"`
	Scope           string `json:"scope"`
}

const (
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	typeIDToken   = "urn:ietf:params:oauth:token-type:id_token"     //nolint:gosec // the name of a type
	typeAccess    = "urn:ietf:params:oauth:token-type:access_token" //nolint:gosec // the name of a type
)

// exchange gives an access token for an ID token. The mapping decides all of it: the caller chooses neither scope nor
// expiry. No token_id is in the answer (documented by its absence).
func (c *call) exchange() error {
	var req exchangeRequest
	if err := c.decode(&req); err != nil {
		return err
	}
	if err := req.check(); err != nil {
		return err
	}
	c.s.mu.Lock()
	p := c.s.world.providers[req.ProviderName]
	c.s.mu.Unlock()
	if p == nil {
		return notFound("Provider " + req.ProviderName + " not found")
	}
	claims, err := c.verifyIDToken(req.SubjectToken, p.Provider)
	if err != nil {
		return err
	}
	spec, err := c.s.mappedSpec(p, req, claims)
	if err != nil {
		return err
	}
	t, signed, err := c.issue(spec)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, exchangeResponse{
		AccessToken: signed, ReferenceToken: t.reference, TokenType: "Bearer", ExpiresIn: t.lifetime(),
		IssuedTokenType: typeAccess, Username: t.username, Scope: t.scope,
	})
}

func (req exchangeRequest) check() error {
	switch {
	case req.GrantType != grantExchange:
		return badRequest("Unsupported grant_type")
	case req.SubjectTokenType != typeIDToken:
		return badRequest("Unsupported subject_token_type")
	case req.SubjectToken == "":
		return badRequest("subject_token is required")
	case req.ProviderName == "":
		return badRequest("provider_name is required")
	case !slices.Contains([]string{"", "GitHub", "Azure", "GenericOidc", "Generic OpenID Connect"}, req.ProviderType):
		return badRequest("Unsupported provider_type: " + req.ProviderType) // of generic ones both spellings are in use
	}
	return nil
}

// mappedSpec asks for the token of the first mapping that takes the claims.
func (s *Server) mappedSpec(p *provider, req exchangeRequest, claims jwt.MapClaims) (tokenSpec, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.pick(inOrder(p.mappings), req, claims)
	if m == nil || !p.ownsRepository(claims) {
		return tokenSpec{}, forbidden()
	}
	return s.specOf(p.Name, m, req.IncludeReferenceToken, claims)
}
