package action

import (
	"context"
	"fmt"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
)

// exchange gets the job's ID token and trades it for an access token.
func (m *minting) exchange(ctx context.Context) (Token, error) {
	idToken, err := m.idToken(ctx)
	if err != nil {
		return Token{}, err
	}
	lost := 0
	granted, err := limit.Do(ctx, m.env.retries("exchanging the ID token"), func(ctx context.Context) (jfrog.Granted, error) {
		ctx, cancel := limit.Patient(ctx, mintGrace)
		defer cancel()
		granted, err := m.client.Exchange(ctx, idToken, m.exchangeRequest())
		switch {
		case err != nil && !granted.AccessToken.IsZero():
			m.means = granted.AccessToken
			return granted, m.discard(granted, err)
		case undecided(err):
			lost++
		}
		return granted, err
	})
	if err != nil {
		return Token{}, m.lostExchange(err, lost)
	}
	token := newToken(granted, m.env.Now(), m.config.URL.String())
	m.made, m.means = append(m.made, token), token.AccessToken
	if err := m.mask(token); err != nil {
		return Token{}, err
	}
	m.env.Log.Info(fmt.Sprintf("exchanged the ID token with provider %q: user %s, scope %s, alive %s", m.config.Creator.Provider,
		shown(token.Username), shown(token.Scope), token.Life()))
	if lost > 0 {
		m.env.Log.Warn(fmt.Sprintf("%d earlier exchange(s) got no answer: such a token, if JFrog made one, is like this one and alive %s at the most",
			lost, token.Life()))
	}
	return token, nil
}

// lostExchange is for exchanges that may have made tokens and never answered. They can't be looked for: an exchange takes
// no description, and what it makes is mostly too short-lived to be stored.
func (m *minting) lostExchange(err error, lost int) error {
	if lost == 0 {
		return err
	}
	return &LeftAlive{Err: err, Tokens: []string{fmt.Sprintf("%d token(s) of exchanges with provider %q that got no answer, if JFrog made them, as long as the identity mapping's expires_in",
		lost, shown(m.config.Creator.Provider))}}
}

func (m *minting) exchangeRequest() jfrog.Exchange {
	job := m.env.Job
	providerType := m.config.ProviderType
	if providerType == "" && m.env.IDTokens != nil {
		providerType = m.env.IDTokens.ProviderType()
	}
	return jfrog.Exchange{
		Provider: m.config.Creator.Provider, ProviderType: providerType, IdentityMapping: m.config.IdentityMapping,
		Audience: m.config.IDTokenAudience, Project: m.config.Project, Reference: m.config.Reference,
		JobID: job.Name, RunID: job.Run, Repository: job.Repository, Revision: job.Revision, Branch: job.Branch,
	}
}
