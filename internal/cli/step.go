package cli

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/inputs"
)

// mainStep is the action's main step: mint, mask, save, verify, export.
func (c *Command) mainStep(ctx context.Context) int {
	system := ci.DetectActions(c.getenv)
	r := c.newRunner(ctx, system)
	r.saves = true
	in, err := inputs.Load(ctx, inputs.ActionSources(c.LookupEnv))
	if err == nil {
		err = system.Check(r.host, ci.Uses{Save: !in.Config.NoRevoke, Export: true, Setenv: in.ExportEnv || in.Login != ""})
	}
	if err == nil && in.Login != "" {
		r.login, err = c.planLogin(in, false)
	}
	if err != nil {
		return r.printer.fail(err)
	}
	if reason := system.PostUnreliable(c.getenv); reason != "" && !in.Config.NoRevoke {
		r.unreliable = true
		r.printer.Warn("the token may not be revoked when the job ends: " + reason)
	}
	return c.mintAndExport(ctx, r, in)
}

// mintAndExport makes the token and hands it to later steps the CI's own way.
func (c *Command) mintAndExport(ctx context.Context, r *runner, in inputs.Inputs) int {
	version := Version()
	if ref := c.getenv("GITHUB_ACTION_REF"); r.saves && ref != "" {
		version += ", action at " + ref + "," // GitHub builds it from there, and the build doesn't know
	}
	r.begin(version, &in)
	client, err := c.client(r, &in)
	if err == nil && r.login != nil {
		err = openLogin(r.login)
	}
	if err != nil {
		return r.printer.fail(err)
	}
	defer r.host.HTTP.Close()
	r.export = func(token action.Token) error {
		if err := r.logIn(token); err != nil {
			return err
		}
		return r.exportOutputs(token, in.ExportEnv)
	}
	if len(in.Config.Groups) > 0 {
		r.note = groupsUnknown
	}
	token, err := client.Mint(ctx, in.Config)
	if err != nil {
		r.abandonLogin()
		status := r.failMint(err, in)
		if refusal, ok := errors.AsType[*action.APIError](err); ok && refusal.Refused() {
			c.explainGroups(ctx, r.printer, in.Config, missingGroup.absent) // there is no token
		}
		return status
	}
	if r.note != "" {
		r.printer.Info(r.note)
	}
	if in.JobSummary && r.system.Summary != nil {
		if err := r.summarizeMint(*token, in.Config); err != nil {
			r.printer.Warn(err.Error())
		}
	}
	return ExitSuccess
}

// exportOutputs hands the outputs to later steps, and the variables where they were asked for.
func (r *runner) exportOutputs(token action.Token, env bool) error {
	outputs := make([]ci.Output, 0, 10)
	for _, output := range token.Outputs() {
		outputs = append(outputs, ci.Output(output))
	}
	if err := r.system.Export(r.host, outputs); err != nil || !env {
		return err
	}
	return r.system.Setenv(r.host, jfrogVariables(token))
}

// jfrogVariables are the names by which JFrog's own actions find a platform and credentials.
func jfrogVariables(token action.Token) []ci.Output {
	return []ci.Output{
		{Name: "JF_URL", Value: token.URL}, {Name: "JF_USER", Value: token.Username},
		{Name: "JF_ACCESS_TOKEN", Value: token.AccessToken.Reveal(), Secret: true},
	}
}

// postGrace is for a signal during the revocation: it is finished within it, not cut off.
const postGrace = 4 * time.Second

// postStep is the action's post step. It reads the saved state and nothing else: inputs and variables may have been
// changed by the steps between.
func (c *Command) postStep(ctx context.Context) int {
	r := c.newRunner(ctx, ci.GitHub())
	text := c.getenv("STATE_" + stateKey)
	if text == "" {
		if reason := ci.DetectActions(c.getenv).PostUnreliable(c.getenv); reason != "" {
			r.printer.Warn("no saved state arrived: if the main step made a token and no later step revoked it, it lives until it expires: " + reason)
		} else {
			r.printer.Info("nothing to revoke: the main step saved no token")
		}
		return ExitSuccess
	}
	state, err := action.DecodeState([]byte(text))
	if err != nil {
		return r.printer.fail(&action.LeftAliveError{Tokens: []action.AliveToken{{Reason: "the token of the main step, if it made one"}}, Err: err})
	}
	r.printer.addStateSecrets(state)
	if err := c.restoreCertificates(state); err != nil {
		r.printer.Warn(err.Error())
	}
	var out sync.WaitGroup
	out.Go(func() { r.logOut(state.Login) }) // beside it: a folder may be large
	report := c.revokeState(ctx, state, r.printer)
	out.Wait()
	if state.JobSummary {
		if err := r.summarizeRevoke(report); err != nil {
			r.printer.Warn(err.Error())
		}
	}
	return r.printer.report(report, state.FailOnRevoke)
}

// revokeState revokes a token by the way that its state names.
func (c *Command) revokeState(ctx context.Context, state action.State, log action.Logger) action.Report {
	ctx, cancel := httpapi.WithGracePeriod(ctx, func(context.Context) time.Duration { return postGrace })
	defer cancel()
	client := action.Client{SystemRoots: httpapi.SystemRoots(c.getenv), DialContext: c.DialContext, UserAgent: "frogmint/" + Version(), Logger: log}
	return client.Revoke(ctx, state)
}

// addStateSecrets scrubs what the state holds from everything that is printed.
func (p *printer) addStateSecrets(state action.State) {
	p.secrets.Add(state.AccessToken.Secret, state.RefreshToken.Secret, state.CreatorToken.Secret, state.ClientKeyPEM.Secret)
	p.secrets.AddBasic(state.Username, state.AccessToken.Secret)
	p.secrets.AddBasic(state.CreatorUser, state.CreatorPass.Secret)
	if proxy, err := url.Parse(state.Proxy); err == nil {
		password, _ := proxy.User.Password()
		p.secrets.AddBasic(proxy.User.Username(), newSecret(password))
	}
}

// restoreCertificates undoes what a step between may have done to the variables that name the system's CA certificates:
// with one of them it could keep its token from being revoked. They are read with the first TLS connection.
func (c *Command) restoreCertificates(state action.State) error {
	if c.Setenv == nil {
		return nil
	}
	return errors.Join(c.Setenv(certFile, state.CertFile), c.Setenv(certDir, state.CertDir))
}
