package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// Mint makes the job's token: it exchanges the ID token where the credentials are a provider, mints where that is needed,
// masks and saves the token, compares what was granted with what was asked for, and exports it.
//
// When it fails, every token that it was issued has been revoked, or the error is a *LeftAliveError. Other errors are
// *ConfigError, *BroaderScopeError, *TooOldError, *APIError, and those of config.IDToken and the Runner. A context that has ended
// makes no request; one that is cancelled meanwhile ends in an error, within 4.2 seconds.
func (c *Client) Mint(ctx context.Context, config Config) (*Token, error) {
	s, err := c.open(config)
	if err != nil {
		return nil, err
	}
	defer s.http.Close()
	ctx, cancel := withTimeout(ctx, config)
	defer cancel()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	token, err := s.obtain(ctx)
	if err == nil && errors.Is(ctx.Err(), context.Canceled) {
		err = context.Cause(ctx) // nobody waits for the token any more
	}
	if err != nil {
		return nil, s.rollback(ctx, err)
	}
	return &token, nil
}

// obtain gets the token by the way that the configuration asks for, and makes it the job's.
func (s *session) obtain(ctx context.Context) (Token, error) {
	if s.config.Credentials.Provider == "" {
		token, err := s.mint(ctx)
		if err != nil {
			return Token{}, err
		}
		return token, s.keep(ctx, token)
	}
	exchanged, err := s.exchange(ctx)
	if err != nil {
		return Token{}, err
	}
	decision := decide(s.config, exchanged)
	s.log.Info(decision.String())
	if !decision.mint {
		return exchanged, s.keepExchanged(ctx, exchanged)
	}
	s.creator = jfrog.Credentials{Token: exchanged.AccessToken}
	token, err := s.mint(ctx)
	var refusal *APIError
	var left *LeftAliveError
	if decision.optional && errors.As(err, &refusal) && refusal.Refused() && !errors.As(err, &left) {
		s.log.Info(fmt.Sprintf("JFrog refused to mint a revocable token (%v): using the exchanged token as it is", err))
		return exchanged, s.keepExchanged(ctx, exchanged)
	}
	if err != nil {
		return Token{}, err
	}
	if err := s.keep(ctx, token); err != nil {
		return Token{}, err
	}
	return token, s.revokeExchanged(ctx, exchanged)
}

// mint makes a token with the creator's credentials. Every token that comes back is recorded, also beside an error.
func (s *session) mint(ctx context.Context) (Token, error) {
	if err := s.prepareRequest(); err != nil {
		return Token{}, err
	}
	defer notice(ctx, s.log, "minting the access token")()
	mint := s.mintAccess
	if s.config.API == APILegacy {
		mint = s.mintLegacy
	}
	response, err := mint(ctx)
	if s.canFallBack(ctx, err) {
		response, err = s.fallBack(ctx, err)
	}
	token, masking := s.record(response, false)
	switch {
	case err != nil:
		return Token{}, s.explainByVersion(ctx, err, s.usedFeatures()...)
	case masking != nil:
		return Token{}, masking
	}
	s.log.Info(fmt.Sprintf("minted token %s for user %s: scope %s, %s, %s", shown(token.ID), shown(token.Username),
		shown(token.Scope), token.Life(), token.revocability()))
	return token, nil
}

// prepareRequest fills in what to ask JFrog for.
func (s *session) prepareRequest() error {
	description, err := s.client.Job.describe(s.config.Description)
	if err != nil {
		return err
	}
	c := s.config
	s.request = jfrog.MintRequest{
		Username: c.Username, Scope: c.AskedScope(), ExpiresIn: c.expiresIn(), Refreshable: c.Refreshable, Reference: c.Reference,
		ForceRevocable: c.forcesRevocable(), Description: description, Audience: c.Audience, Project: c.Project,
	}
	if s.request.Scope == "" {
		return s.checkOwnPermissions()
	}
	return nil
}

// checkOwnPermissions is for a request without groups, scope and grant-admin: JFrog then gives the creator's own
// permissions. An administrator's are refused: a typo in a workflow must not make a job an administrator.
func (s *session) checkOwnPermissions() error {
	name := creatorName(s.creator)
	claims, err := jfrog.ReadClaims(s.creator.Token)
	if err == nil {
		if scope, err := jfrog.ParseScope(claims.Scope); err == nil && scope.IsAdmin() {
			return errAdminUnasked(name)
		}
	}
	s.log.Info(fmt.Sprintf("no groups, scope or grant-admin was set: the token gets the permissions of its creator, user %s", shown(orUnknown(name))))
	return nil
}

// mintAccess sends the request until it is answered. An attempt whose answer was lost may have made a token: it is looked
// for, and revoked, before the next attempt and once more at the end. An answer which says that nothing was done (429, 503,
// a proxy's 407) is looked behind at the end: rate limits and balancers have been seen to give it after the work.
func (s *session) mintAccess(ctx context.Context) (jfrog.TokenResponse, error) {
	lost, undone, looked := false, false, false
	for attempts := retry(s.log, "minting", attempts).Start(ctx); ; {
		response, err := s.send(ctx, s.api.Mint)
		var failure *APIError
		isAPI := errors.As(err, &failure)
		switch {
		case err == nil && (lost || undone):
			return response, s.revokeDuplicates(ctx, response, lost)
		case err == nil || !response.AccessToken.IsZero():
			return response, err
		case isAPI && failure.Indeterminate():
			lost, looked = true, ctx.Err() != nil
			if orphan := s.revokeOrphan(ctx, failure.TimedOut()); orphan != nil {
				return response, &LeftAliveError{Tokens: []AliveToken{*orphan}, Err: err}
			}
		case isAPI && (failure.Busy() || failure.Status == http.StatusProxyAuthRequired):
			undone = true
		}
		if !attempts.Again(err, httpapi.IsTemporary(err)) {
			err = attempts.Explain(err)
			if (lost || undone) && !looked {
				err = s.revokeLateOrphans(ctx, err)
			}
			return response, err
		}
	}
}

// send makes one attempt. After a signal the answer is waited for a little longer: it may hold a token.
func (s *session) send(ctx context.Context, mint func(context.Context, jfrog.Credentials, jfrog.MintRequest) (jfrog.TokenResponse, error)) (jfrog.TokenResponse, error) {
	if ctx.Err() != nil {
		return jfrog.TokenResponse{}, context.Cause(ctx)
	}
	return httpapi.Once(ctx, perAttempt, func(ctx context.Context) (jfrog.TokenResponse, error) {
		ctx, cancel := httpapi.WithGracePeriod(ctx, mintGrace)
		defer cancel()
		return mint(ctx, s.creator, s.request)
	})
}

// record remembers a token for the rollback and masks it, before anything else is done with it.
func (s *session) record(response jfrog.TokenResponse, exchanged bool) (Token, error) {
	if response.AccessToken.IsZero() {
		return Token{}, nil
	}
	token := newToken(response, s.config.URL)
	token.Legacy = s.legacy && !exchanged
	token.state = s.stateOf(token)
	s.issued = append(s.issued, issuedToken{Token: token, exchanged: exchanged})
	if s.client.Runner == nil {
		return token, nil
	}
	return token, s.client.Runner.Mask(token.secrets()...)
}

// keep makes a token the job's: saved, verified, and then handed to later steps.
func (s *session) keep(ctx context.Context, token Token) error {
	if err := s.save(token); err != nil {
		return err
	}
	if err := s.verify(ctx, token); err != nil {
		return err
	}
	return s.export(ctx, token)
}

// keepExchanged makes the exchanged token the job's as it is.
func (s *session) keepExchanged(ctx context.Context, token Token) error {
	s.issued[0].exchanged = false
	if err := s.save(token); err != nil {
		return err
	}
	s.log.Info(fmt.Sprintf("token %s is %s; %s", shown(token.ID), token.revocability(), token.Life()))
	if err := s.verifyExchanged(token); err != nil {
		return err
	}
	return s.export(ctx, token)
}

func (s *session) save(token Token) error {
	if s.client.Runner == nil || s.config.NoRevoke {
		return nil
	}
	return s.client.Runner.Save(token.state)
}

// export hands the token to later steps, unless the job was stopped meanwhile.
func (s *session) export(ctx context.Context, token Token) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.client.Runner == nil {
		return nil
	}
	return s.client.Runner.Export(token)
}
