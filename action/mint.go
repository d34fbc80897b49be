package action

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// Mint makes the job's token: it exchanges the ID token where a provider is set, mints where that is needed, masks, saves
// the state, and compares what was granted with what was asked.
//
// When it fails, whatever ended it, the tokens that it made have been revoked, or the error is a *LeftAlive. Other errors
// are *InputError, *BroaderScope, and those of JFrog and the CI. After ctx ends it needs up to four seconds.
func Mint(ctx context.Context, config Config, env Env) (Token, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, config.Timeout,
		fmt.Errorf("the stage took longer than %s (input timeout)", config.Timeout))
	defer cancel()
	m := &minting{config: config, env: env, client: env.client(config)}
	token, err := m.run(ctx)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return Token{}, m.giveUp(ctx, err)
	}
	return token, nil
}

// minting is one run of Mint.
type minting struct {
	config Config
	env    Env
	client *jfrog.Client
	legacy bool    // whether the job's token is one of the older API
	made   []Token // alive, as far as is known; the exchanged token first
	means  Secret  // the exchanged token, until another is minted from it or it becomes the job's own
}

func (m *minting) run(ctx context.Context) (Token, error) {
	creator := jfrog.Credentials{Token: m.config.Creator.Token, User: m.config.Creator.User, Password: m.config.Creator.Password}
	if m.config.Creator.Provider == "" {
		return m.mintFresh(ctx, creator)
	}
	exchanged, err := m.exchange(ctx)
	if err != nil {
		return Token{}, err
	}
	if ctx.Err() != nil {
		return Token{}, context.Cause(ctx) // the exchange had its grace; a mint now would only be taken back
	}
	choice := decide(m.config, exchanged)
	m.env.Log.Info(choice.String())
	if !choice.mint {
		return exchanged, m.use(exchanged)
	}
	token, err := m.mintFresh(ctx, jfrog.Credentials{Token: exchanged.AccessToken})
	var refused *jfrog.Error
	if err != nil && !choice.required && errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 {
		m.env.Log.Info(fmt.Sprintf("JFrog refused to mint a revocable token (%v): using the exchanged token as it is", err))
		return exchanged, m.use(exchanged)
	}
	if err != nil {
		return Token{}, err
	}
	if ctx.Err() != nil {
		return Token{}, context.Cause(ctx)
	}
	return token, m.revokeExchanged(ctx, exchanged)
}

// use makes the exchanged token the job's.
func (m *minting) use(exchanged Token) error {
	m.means = Secret{}
	if err := m.keep(exchanged); err != nil {
		return err
	}
	m.env.Log.Info(fmt.Sprintf("token %s is %s; alive %s", shown(exchanged.ID), revocability(exchanged), exchanged.Life()))
	asked := askedScope(m.config)
	if asked != "" {
		return m.checkScope(asked, exchanged)
	}
	if scope, err := jfrog.ParseScope(exchanged.Scope); err == nil && scope.IsAdmin() {
		m.env.Log.Warn("the identity mapping gives admin permissions and nothing less was asked: set groups or scope")
	}
	return nil
}

// mintFresh mints with the creator's credentials, keeps the token and checks what it grants.
func (m *minting) mintFresh(ctx context.Context, creator jfrog.Credentials) (Token, error) {
	request, err := m.request()
	if err != nil {
		return Token{}, err
	}
	granted, err := m.mint(ctx, creator, request)
	if err != nil {
		return Token{}, err
	}
	token := newToken(granted, m.env.Now(), m.config.URL.String())
	token.Legacy = m.legacy
	m.made = append(m.made, token)
	if err := m.mask(token); err != nil {
		return Token{}, err
	}
	if err := m.keep(token); err != nil {
		return Token{}, err
	}
	m.env.Log.Info(fmt.Sprintf("minted token %s for user %s: scope %s, alive %s, %s", shown(token.ID), shown(token.Username),
		shown(token.Scope), token.Life(), revocability(token)))
	return token, m.check(ctx, creator, token, request)
}

func (m *minting) request() (jfrog.Request, error) {
	random := m.env.Random
	if random == nil {
		random = randomness()
	}
	description, err := m.env.Job.describe(m.config.Description, random)
	if err != nil {
		return jfrog.Request{}, err
	}
	c := m.config
	return jfrog.Request{
		Username: c.Username, Scope: askedScope(c), ExpiresIn: c.Expiry, Refreshable: c.Refreshable, Reference: c.Reference,
		Revocable: c.ForceRevocable, Description: description, Audience: c.Audience, Project: c.Project,
	}, nil
}

// askedScope is the scope that the inputs add up to; empty when none of them was set.
func askedScope(c Config) string {
	if c.Scope != "" {
		return c.Scope
	}
	var words []string
	if len(c.Groups) > 0 {
		words = append(words, jfrog.GroupScope(c.Groups))
	}
	if c.GrantAdmin {
		words = append(words, jfrog.AdminScope)
	}
	return strings.Join(words, " ")
}

func (m *minting) mask(token Token) error {
	if m.env.Keeper == nil {
		return nil
	}
	return m.env.Keeper.Mask(token.secrets()...)
}

// keep saves what the post stage needs, before anything of the token leaves the process.
func (m *minting) keep(token Token) error {
	if m.env.Keeper == nil || !m.config.Revoke {
		return nil
	}
	return m.env.Keeper.Save(m.held(token))
}

func (m *minting) held(token Token) Held {
	held := Held{
		URL: m.config.URL, Token: token.AccessToken, TokenID: token.ID, Username: token.Username, ExpiresAt: token.ExpiresAt,
		Revocable: token.Revocable, FailOnRevoke: m.config.FailOnRevoke, JobSummary: m.config.JobSummary,
		Timeout: m.config.Timeout, Proxy: m.env.Proxy, RootsPEM: m.config.RootsPEM, Legacy: m.legacy,
		CertFile: m.env.CertFile, CertDir: m.env.CertDir,
	}
	if m.legacy {
		held.Creator = m.config.Creator
	}
	return held
}

func revocability(token Token) string {
	if token.Revocable {
		return "revocable"
	}
	return "not revocable unless JFrog's threshold, by default six hours, was lowered"
}
