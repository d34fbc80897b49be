package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/limit"
)

// stageMain is the action's main stage: mint, mask, save, check, export.
func (c *Command) stageMain(ctx context.Context) int {
	system, err := ci.Detect(c.getenv)
	if system.Save == nil {
		system = ci.GitHub() // only this family runs actions
	}
	j := c.newJob(ctx, system)
	j.saves = true
	if err != nil {
		return j.printer.fail(err)
	}
	config, notes, err := action.Load(ctx, action.Layers(nil, c.LookupEnv), c.LookupEnv)
	if err != nil {
		return j.printer.fail(err)
	}
	if err := checkRoots(config); err != nil {
		return j.printer.fail(err)
	}
	uses := ci.Uses{Save: config.Revoke, Export: true, Setenv: config.ExportEnv}
	if err := system.Check(j.host, uses); err != nil {
		return j.printer.fail(err)
	}
	if config.Revoke && system.NoPost != nil {
		if reason := system.NoPost(c.getenv); reason != "" {
			j.printer.Warn("the token may not be taken back when the job ends: " + reason)
		}
	}
	return c.mintAndExport(ctx, j, config, notes)
}

// checkRoots refuses, while there is no token yet, authorities that don't fit into the saved state. A whole system's
// bundle made a state with which the post stage could not be started, and the token lived.
func checkRoots(config action.Config) error {
	if !config.Revoke || len(config.RootsPEM) <= limit.StateRoots {
		return nil
	}
	return &action.InputError{
		Input: "input ca-cert", What: fmt.Sprintf("%d bytes, more than the %d that can be kept for the post stage (limit of the authorities in the state)",
			len(config.RootsPEM), limit.StateRoots),
		Do: "give only the authority that signed the platform's certificate; those of the system are trusted anyway",
	}
}

// newJob prepares a job whose commands and log share standard output: the runner reads standard error before it, so a
// mask on the one would come too late for a line on the other.
func (c *Command) newJob(ctx context.Context, system ci.System) *job {
	j := c.newJobOn(limit.NewWriter(c.Stdout, ctx.Done()), system)
	j.printer.spare = limit.NewWriter(c.Stderr, ctx.Done())
	return j
}

func (c *Command) newJobOn(log *limit.Writer, system ci.System) *job {
	host := c.host(log)
	return &job{system: system, host: host, printer: &printer{system: system, host: host, plain: log}}
}

func (c *Command) mintAndExport(ctx context.Context, j *job, config action.Config, notes []string) int {
	j.printer.Info(fmt.Sprintf("frogmint %s in %s, for %s", Version(), j.system.Name, config.URL))
	for _, note := range notes {
		j.printer.Info(note)
	}
	env, err := c.env(config, j)
	if err != nil {
		return j.printer.fail(err)
	}
	token, err := action.Mint(ctx, config, env)
	if err != nil {
		return j.printer.fail(err)
	}
	if err := j.export(config, token); err != nil {
		return j.printer.fail(action.Abandon(ctx, config, env, token, err))
	}
	if config.JobSummary && j.system.Summary != nil {
		if err := j.summarizeMint(token, config.Revoke && j.saves); err != nil {
			j.printer.Warn(err.Error())
		}
	}
	return ExitSuccess
}

// export hands the outputs to later steps, and the variables where they were asked for.
func (j *job) export(config action.Config, token action.Token) error {
	outputs := make([]ci.Output, 0, 10)
	for _, output := range token.Outputs() {
		outputs = append(outputs, ci.Output(output))
	}
	if err := j.system.Export(j.host, outputs); err != nil {
		return err
	}
	if !config.ExportEnv {
		return nil
	}
	return j.system.Setenv(j.host, jfrogVariables(token))
}

// jfrogVariables are the names by which JFrog's own tools find a platform and credentials.
func jfrogVariables(token action.Token) []ci.Output {
	return []ci.Output{
		{Name: "JF_URL", Value: token.URL}, {Name: "JF_USER", Value: token.Username},
		{Name: "JF_ACCESS_TOKEN", Value: token.AccessToken.Reveal(), Secret: true},
	}
}

// postGrace is for a signal during the revocation: it is finished within it, not cut off.
const postGrace = 4 * time.Second

// stagePost is the action's post stage. It reads the saved state and nothing else: inputs and variables may have been
// changed by the steps between.
func (c *Command) stagePost(ctx context.Context) int {
	j := c.newJob(ctx, ci.GitHub())
	state := c.getenv("STATE_" + stateKey)
	if state == "" {
		j.printer.Info("nothing to revoke: the main stage saved no token")
		return ExitSuccess
	}
	held, err := action.DecodeHeld([]byte(state))
	if err != nil {
		return j.printer.fail(&action.LeftAlive{Tokens: []string{"the token of the main stage, if it made one"}, Err: err})
	}
	j.printer.knowHeld(held)
	if err := c.restoreAuthorities(held); err != nil {
		j.printer.Warn(err.Error())
	}
	report, err := c.revoke(ctx, held, j.printer)
	if err != nil {
		return j.printer.fail(&action.LeftAlive{Tokens: []string{"token " + held.TokenID}, Err: err})
	}
	if held.JobSummary {
		if err := j.summarizeRevoke(report); err != nil {
			j.printer.Warn(err.Error())
		}
	}
	return j.printer.report(report, held.FailOnRevoke)
}

// knowHeld scrubs what the state holds from everything that is printed.
func (p *printer) knowHeld(held action.Held) {
	p.secrets.Add(held.Token, held.Creator.Token)
	p.secrets.AddBasic(held.Username, held.Token)
	p.secrets.AddBasic(held.Creator.User, held.Creator.Password)
	if proxy, err := url.Parse(held.Proxy); err == nil && proxy.User != nil {
		password, _ := proxy.User.Password()
		p.secrets.AddBasic(proxy.User.Username(), action.NewSecret(password))
	}
}

// Where crypto/x509 finds the system's certificate authorities.
const (
	certFile = "SSL_CERT_FILE"
	certDir  = "SSL_CERT_DIR"
)

// restoreAuthorities undoes what a step between may have done to the variables that name the system's authorities: with
// one of them it could keep its token from being taken back. They are read with the first TLS connection.
func (c *Command) restoreAuthorities(held action.Held) error {
	if c.Setenv == nil {
		return nil
	}
	return errors.Join(c.Setenv(certFile, held.CertFile), c.Setenv(certDir, held.CertDir))
}

// revoke takes a token back by the way that was saved with it.
func (c *Command) revoke(ctx context.Context, held action.Held, log action.Log) (action.Report, error) {
	var proxy *url.URL
	if held.Proxy != "" {
		var err error
		if proxy, err = url.Parse(held.Proxy); err != nil {
			return action.Report{}, fmt.Errorf("the saved proxy is not a URL")
		}
	}
	client, err := newClient(proxy, held.RootsPEM)
	if err != nil {
		return action.Report{}, err
	}
	ctx, cancel := limit.Patient(ctx, postGrace)
	defer cancel()
	return action.Revoke(ctx, held, action.Env{HTTP: client, Now: c.Now, Agent: "frogmint/" + Version(), Log: log}), nil
}

// report says what became of a token, and returns the exit status.
func (p *printer) report(report action.Report, fail bool) int {
	line := fmt.Sprintf("token %s: %s", report.TokenID, report)
	if report.Dead() {
		p.Info(line + fmt.Sprintf("; JFrog refuses it (asked for %s)", report.Took.Round(time.Millisecond)))
		return ExitSuccess
	}
	level, status := ci.Warning, ExitSuccess
	if fail {
		level, status = ci.Failure, ExitLeftAlive
	}
	p.print(level, line, "hint: "+reportHint(report))
	return status
}

func reportHint(report action.Report) string {
	if known, ok := report.Err.(hinted); ok && known.Hint() != "" {
		return known.Hint()
	}
	return "revoke it in JFrog (Administration, User Management, Access Tokens), or wait until it dies"
}
