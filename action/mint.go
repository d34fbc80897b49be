package action

import (
	"context"
	"errors"
	"fmt"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// Mint makes the job's token: it exchanges the ID token where the credentials are a provider, mints where that is needed,
// masks and saves the token, compares what was granted with what was asked for, and exports it.
//
// When it fails, every token that it was issued has been revoked, or the error is a *LeftAliveError. Other errors are
// *ConfigError, *BroaderScopeError, *TooOldError, *APIError, and those of config.IDToken and the Runner.
//
// A context that has ended makes no request. When it ends later, Mint goes on for up to 4.2 seconds, or for what the
// context's cause says by a method GracePeriod() time.Duration.
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
	s.log.Info(fmt.Sprintf("exchanged the ID token with provider %q: user %s, scope %s, %s; %s", s.config.Credentials.Provider,
		shown(exchanged.Username), shown(exchanged.Scope), exchanged.Life(), decision))
	if !decision.mint {
		return exchanged, s.keepExchanged(ctx, exchanged)
	}
	s.creator = jfrog.Credentials{Token: exchanged.AccessToken}
	token, err := s.mint(ctx)
	refusal, isAPI := errors.AsType[*APIError](err)
	_, left := errors.AsType[*LeftAliveError](err)
	if decision.optional && isAPI && refusal.Refused() && !left {
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
	if err := s.prepareRequest(ctx); err != nil {
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

// mintAccess sends the request until it is answered. An attempt whose answer was lost may have made a token: it is looked
// for, and revoked, before the next attempt and once more at the end. An answer which says that nothing was done (429, 503)
// is looked behind at the end: rate limits and balancers have been seen to give it after the work.
func (s *session) mintAccess(ctx context.Context) (jfrog.TokenResponse, error) {
	lost, undone, looked := 0, false, false
	for attempts := retry(s.log, "minting", attempts).Start(ctx); ; {
		response, err := s.send(ctx, s.api.Mint)
		failure, isAPI := errors.AsType[*APIError](err)
		switch {
		case err == nil && response.AccessToken.Reveal() == s.creator.Token.Reveal():
			err := errCreatorsToken()
			if orphan := s.revokeOrphan(ctx, false); orphan != nil {
				return jfrog.TokenResponse{}, &LeftAliveError{Tokens: []AliveToken{*orphan}, Err: err}
			}
			return jfrog.TokenResponse{}, err
		case err == nil && (lost > 0 || undone):
			return response, s.revokeDuplicates(ctx, response, lost)
		case err == nil || !response.AccessToken.IsZero():
			return response, err
		case isAPI && failure.Indeterminate():
			lost, looked = lost+1, ctx.Err() != nil
			if orphan := s.revokeOrphan(ctx, failure.TimedOut()); orphan != nil {
				return response, &LeftAliveError{Tokens: []AliveToken{*orphan}, Err: err}
			}
		case isAPI && failure.Busy():
			undone = true
		}
		if !attempts.Again(err, httpapi.IsTemporary(err)) {
			err = attempts.Explain(err)
			if (lost > 0 || undone) && !looked {
				err = s.revokeLateOrphans(ctx, err)
			}
			return response, err
		}
	}
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

// keepExchanged makes the exchanged token the job's as it is. It is verified before it is saved: an administrator's token
// that nobody asked for has no place in the runner's files.
func (s *session) keepExchanged(ctx context.Context, token Token) error {
	s.issued[0].exchanged = false
	if err := s.verifyExchanged(token); err != nil {
		return err
	}
	if err := s.save(token); err != nil {
		return err
	}
	s.log.Info(fmt.Sprintf("token %s is %s; %s", shown(token.ID), token.revocability(), token.Life()))
	if !s.config.Refreshable {
		token.RefreshToken = Secret{} // the state has it, so that the post step uses it up
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
