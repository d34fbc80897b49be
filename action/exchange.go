package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// exchange gets the job's ID token and trades it for an access token. The connection to JFrog is made while the ID token is
// fetched from elsewhere.
func (s *session) exchange(ctx context.Context) (Token, error) {
	s.api.Prepare(ctx, jfrog.AccessEndpoint)
	idToken, err := s.idToken(ctx)
	if err != nil {
		return Token{}, err
	}
	defer notice(ctx, s.log, "exchanging the ID token")()
	response, lost, err := s.sendExchange(ctx, idToken)
	token, masking := s.record(response, true)
	switch {
	case err != nil:
		return Token{}, s.lostExchanges(err, lost)
	case masking != nil:
		return Token{}, masking
	}
	if lost > 0 {
		s.log.Warn(fmt.Sprintf("%d exchange(s) got no answer: JFrog may have issued a duplicate, valid like this one %s", lost, token.Life()))
	}
	if ctx.Err() != nil {
		return Token{}, context.Cause(ctx) // a mint now would only be rolled back
	}
	return token, nil
}

// sendExchange sends the ID token until it is answered, and counts the attempts that may have made a token unseen.
func (s *session) sendExchange(ctx context.Context, idToken Secret) (response jfrog.TokenResponse, lost int, err error) {
	request := s.exchangeRequest(idToken)
	exchange := func(ctx context.Context, _ jfrog.Credentials, _ jfrog.MintRequest) (jfrog.TokenResponse, error) {
		return s.api.Exchange(ctx, request)
	}
	for attempts := retry(s.log, "exchanging the ID token", attempts).Start(ctx); ; {
		response, err = s.send(ctx, exchange)
		if failure, ok := errors.AsType[*APIError](err); ok && response.AccessToken.IsZero() && failure.Indeterminate() {
			lost++
		}
		if err == nil || !attempts.Again(err, httpapi.IsTemporary(err)) {
			return response, lost, attempts.Explain(err)
		}
	}
}

// lostExchanges is for exchanges that may have made tokens and never answered. They can't be looked for: an exchange takes
// no description, and what it makes is mostly too short-lived to be stored.
func (s *session) lostExchanges(err error, lost int) error {
	if lost == 0 {
		return err
	}
	reason := fmt.Sprintf("%d token(s) of exchanges with provider %q that got no answer, if JFrog made them, for as long as the identity mapping's expires_in",
		lost, shown(s.config.Credentials.Provider))
	return &LeftAliveError{Err: err, Tokens: []AliveToken{{Reason: reason}}}
}

func (s *session) exchangeRequest(idToken Secret) jfrog.ExchangeRequest {
	job, c := s.client.Job, s.config
	return jfrog.ExchangeRequest{
		IDToken: redact.Clear{Secret: idToken}, Provider: c.Credentials.Provider, ProviderType: c.ProviderType, IdentityMapping: c.IdentityMapping,
		Audience: c.IDTokenAudience, Project: c.Project, ApplicationKey: c.ApplicationKey, Reference: c.Reference,
		JobID: job.Name, RunID: job.Run, Repository: job.Repository, Revision: job.Revision, Branch: job.Branch,
	}
}

// IDToken gets the job's ID token as Mint does: masked, and checked for what JFrog would refuse with fewer words. It takes
// config.Timeout at the most.
func (c *Client) IDToken(ctx context.Context, config Config) (Secret, error) {
	if config.IDToken == nil {
		return Secret{}, errNoIDToken()
	}
	ctx, cancel := withTimeout(ctx, config)
	defer cancel()
	s := &session{client: c, config: config, log: c.logger()}
	return s.idToken(ctx)
}

func (s *session) idToken(ctx context.Context) (Secret, error) {
	defer notice(ctx, s.log, "asking for the ID token")()
	token, err := retryIdempotent(ctx, retry(s.log, "asking for the ID token", untilBudget), 0, func(ctx context.Context) (Secret, error) {
		return s.config.IDToken(ctx, s.config.IDTokenAudience)
	})
	if err != nil {
		return Secret{}, err
	}
	if s.client.Runner != nil {
		if err := s.client.Runner.Mask(token); err != nil {
			return Secret{}, err
		}
	}
	claims, err := jfrog.ReadClaims(token)
	if err != nil {
		return Secret{}, &ConfigError{Field: "ID token", Reason: err.Error(), Fix: "check that the CI's ID token itself is handed over, whole and without quotes"}
	}
	return token, checkIDToken(claims, s.config.IDTokenAudience)
}

// clockDifference between two machines is common and no reason to refuse a token.
const clockDifference = time.Minute

// checkIDToken compares the token's audience and time with what is needed: JFrog says no more than "Invalid audience".
func checkIDToken(claims jfrog.Claims, audience string) error {
	if audience != "" && !slices.Contains(claims.Audience, audience) {
		return &ConfigError{
			Field: "oidc-audience", Reason: fmt.Sprintf("the job's ID token is for %q, not for %q", strings.Join(claims.Audience, " "), redact.Text(audience, 255)),
			Fix: "set oidc-audience to the audience that the token has, and the same in JFrog's integration; where the pipeline file chooses the audience, change it there",
		}
	}
	if !claims.ExpiresAt.IsZero() && time.Now().After(claims.ExpiresAt.Add(clockDifference)) {
		return &ConfigError{
			Field: "ID token", Reason: "it expired at " + claims.ExpiresAt.Format(time.RFC3339),
			Fix: "run frogmint sooner after the ID token is issued, or check this machine's clock",
		}
	}
	return nil
}
