package cli

import (
	"context"
	"fmt"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
)

func sweepHelp() string {
	return `Usage:
    frogmint sweep [--run] [flags]

Revokes what this job left, found by the job's identity in JFrog's list of tokens: for jobs that were cancelled or killed.
It needs credentials that may list and revoke: an administrator's, or those of the tokens' own user. Only stored tokens
are listed. Exit status: 0 when nothing listed is left, 3 when a token is.

    --run    revoke what every job and attempt of this run left

Example:
    $ frogmint sweep --run --oidc-provider-name gitlab
` + inputsHelp(sweepInputs())
}

// sweepInputs are what says where and with which credentials to look, and the words before the job's identity.
func sweepInputs() []string {
	return []string{
		"url", "oidc-provider-name", "oidc-audience", "oidc-provider-type", "identity-mapping-name", "id-token-env", "id-token-file",
		"access-token", "user", "password", "server-id", "project", "description", "ca-cert", "allow-http", "timeout",
		"application-key", "client-cert", "client-key", "artifactory-url",
	}
}

// sweep revokes what a job or a run left.
func (c *Command) sweep(ctx context.Context, args []string) int {
	flags := newFlags("sweep", sweepHelp(), sweepInputs())
	run := flags.Bool("run", false, "")
	if status, done := c.parseAlone(ctx, flags, args); done {
		return status
	}
	system, status, ok := c.detect(ctx)
	if !ok {
		return status
	}
	r := c.newRunner(ctx, system)
	in, err := inputs.Load(ctx, inputs.CommandSources(flags.values, c.LookupEnv))
	if err != nil {
		return r.printer.fail(err)
	}
	client, err := c.client(r, &in)
	if err != nil {
		return r.printer.fail(err)
	}
	defer r.host.HTTP.Close()
	scope, whose := action.SweepJob, "this job"
	if *run {
		scope, whose = action.SweepRun, "this run"
	}
	results, err := client.Sweep(ctx, in.Config, scope)
	if err != nil && len(results) == 0 {
		return r.printer.fail(err)
	}
	return r.reportSweep(results, whose, err)
}

func (r *runner) reportSweep(results []action.SweepResult, whose string, err error) int {
	left := 0
	for _, token := range results {
		line := fmt.Sprintf("token %s (%s): %s", token.TokenID, token.Description, token)
		if token.Err == nil {
			r.printer.Info(line)
			continue
		}
		left++
		r.printer.Warn(line)
	}
	r.printer.Info(fmt.Sprintf("%d token(s) of %s were listed, %d are left", len(results), whose, left))
	status := ExitSuccess
	if err != nil {
		status = r.printer.fail(err)
	}
	if left > 0 {
		return ExitLeftAlive
	}
	return status
}
