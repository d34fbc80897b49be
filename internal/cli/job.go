package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/limit"
)

// stateKey is the one key of the saved state.
const stateKey = "frogmint"

// job is the running job as the library needs it: the CI's ID token, its masks, its state.
type job struct {
	system  ci.System
	host    ci.Host
	printer *printer
	saves   bool

	toldUnmasked sync.Once
}

var (
	_ action.IDTokenSource = (*job)(nil)
	_ action.Keeper        = (*job)(nil)
)

// IDToken asks the CI.
func (j *job) IDToken(ctx context.Context, audience string) (action.Secret, error) {
	return j.system.IDToken(ctx, j.host, audience)
}

// ProviderType is what JFrog calls this CI.
func (j *job) ProviderType() string { return j.system.ProviderType }

// Mask hides the secrets in the CI's log, and in everything that this process prints.
func (j *job) Mask(secrets ...action.Secret) error {
	j.printer.know(secrets...)
	if j.system.Mask == nil {
		j.toldUnmasked.Do(func() {
			j.printer.Info(j.system.Name + ": nothing is masked at run time here; frogmint prints no secret, and what prints one shows it")
		})
		return nil
	}
	for _, secret := range secrets {
		if err := j.system.Mask(j.host, secret); err != nil {
			return err
		}
	}
	return nil
}

// Save keeps the state for the post stage, where there is one.
func (j *job) Save(held action.Held) error {
	if !j.saves || j.system.Save == nil {
		return nil
	}
	state, err := held.Encode()
	if err != nil {
		return err
	}
	if err := j.system.Save(j.host, stateKey, string(state)); err != nil {
		return err
	}
	j.printer.Info(fmt.Sprintf("token %s is kept for the post stage, which takes it back", held.TokenID))
	return nil
}

// prepare reads the inputs, says what was chosen, and puts together what the library uses of the world.
func (c *Command) prepare(ctx context.Context, j *job, flags map[string]string) (action.Config, action.Env, error) {
	config, notes, err := action.Load(ctx, action.Layers(flags, c.LookupEnv), c.LookupEnv)
	if err != nil {
		return action.Config{}, action.Env{}, err
	}
	for _, note := range notes {
		j.printer.Info(note)
	}
	env, err := c.env(config, j)
	return config, env, err
}

// env puts together what the library uses of the world.
func (c *Command) env(config action.Config, j *job) (action.Env, error) {
	proxy, err := c.proxy(&http.Request{URL: config.URL})
	if err != nil {
		return action.Env{}, err
	}
	client, err := newClient(proxy, config.RootsPEM)
	if err != nil {
		return action.Env{}, err
	}
	// The CI's own services may stand behind another proxy, or none, and have certificates of their own.
	ciClient, err := limit.NewClient(limit.Transport{Proxy: c.proxy, RootsPEM: config.RootsPEM})
	if err != nil {
		return action.Env{}, err
	}
	j.host.HTTP = ciClient
	j.addKnownSecrets(config, proxy)
	env := action.Env{
		HTTP: client, Now: c.Now, Agent: "frogmint/" + Version(), Job: action.Job(j.system.Job(j.host.Env)), Keeper: j, Log: j.printer,
		CertFile: c.getenv(certFile), CertDir: c.getenv(certDir),
	}
	if proxy != nil {
		env.Proxy = proxy.String()
	}
	if j.system.IDToken != nil {
		env.IDTokens = j
	}
	return env, nil
}

// addKnownSecrets scrubs what came in from everything that goes out. The CI masks these itself.
func (j *job) addKnownSecrets(config action.Config, proxy *url.URL) {
	j.printer.secrets.AddBasic(config.Creator.User, config.Creator.Password)
	j.printer.secrets.Add(config.Creator.Token,
		action.NewSecret(j.host.Env("ACTIONS_ID_TOKEN_REQUEST_TOKEN")), action.NewSecret(j.host.Env("SYSTEM_ACCESSTOKEN")),
		action.NewSecret(j.host.Env("BUILDKITE_AGENT_ACCESS_TOKEN")))
	if proxy != nil && proxy.User != nil {
		password, _ := proxy.User.Password()
		j.printer.secrets.Add(action.NewSecret(password))
	}
}

// newClient connects through the given proxy and no other: the post stage must not depend on what a later step put into
// HTTPS_PROXY.
func newClient(proxy *url.URL, roots []byte) (*http.Client, error) {
	transport := limit.Transport{RootsPEM: roots}
	if proxy != nil {
		transport.Proxy = http.ProxyURL(proxy)
	}
	return limit.NewClient(transport)
}
