package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/process"
)

func mintHelp() string {
	return `Usage:
    frogmint mint [flags]

Mints a token and exports it the CI's own way. Nothing revokes it by itself: end the job with frogmint revoke.

    --format token|json|env    print the token instead; the log then goes to standard error

Example:
    $ frogmint mint --groups CI --expiry 10m --format token > token
` + inputsHelp(allInputs())
}

// mint makes a token and exports it the CI's own way, or prints it.
func (c *Command) mint(ctx context.Context, args []string) int {
	flags := newFlags("mint", mintHelp(), allInputs())
	format := flags.String("format", "", "")
	if status, done := c.parseAlone(ctx, flags, args); done {
		return status
	}
	if *format != "" && !slices.Contains([]string{"token", "json", "env"}, *format) {
		return c.misuse("frogmint mint", fmt.Sprintf("--format %q is none of token, json, env", *format))
	}
	system, status, ok := c.detect(ctx)
	if !ok {
		return status
	}
	sources := inputs.CommandSources(flags.values, c.LookupEnv)
	if sources.Text("login") != "" {
		return c.newStderrRunner(ctx, system).printer.fail(&action.ConfigError{
			Field: "login", Reason: "nothing would log the clients out after frogmint mint",
			Fix: "run the command that needs them with frogmint exec --login, or use the action frogmint/frogmint/native",
		})
	}
	if *format != "" {
		return c.mintAndPrint(ctx, system, sources, *format)
	}
	r := c.newRunner(ctx, system)
	in, err := inputs.Load(ctx, sources)
	if err == nil {
		err = r.checkExport(in.ExportEnv)
	}
	if err != nil {
		return r.printer.fail(err)
	}
	return c.mintAndExport(ctx, r, in)
}

// checkExport fails, before there is a token, when this CI can't hand it to later steps.
func (r *runner) checkExport(env bool) error {
	if r.system.Export == nil || env && r.system.Setenv == nil {
		return &ci.ProblemError{
			What: fmt.Sprintf("exporting the token in %s: %s", r.system.Name, r.system.NoExport),
			Fix:  "run the command that needs the token with frogmint exec -- COMMAND, or print the token with --format",
		}
	}
	return r.system.Check(r.host, ci.Uses{Export: true, Setenv: env})
}

// mintAndPrint writes the token to standard output. The log and the masks then go to standard error: standard output is
// what a script captures.
func (c *Command) mintAndPrint(ctx context.Context, system ci.System, sources inputs.Sources, format string) int {
	r := c.newStderrRunner(ctx, system)
	in, err := inputs.Load(ctx, sources)
	if err != nil {
		return r.printer.fail(err)
	}
	client, err := c.client(r, &in)
	if err != nil {
		return r.printer.fail(err)
	}
	defer r.host.HTTP.Close()
	r.export = func(token action.Token) error {
		text, err := formatToken(format, in.Config, token)
		if err == nil {
			_, err = io.WriteString(process.NewWriter(c.Stdout, ctx.Done()), text)
		}
		if err != nil {
			return fmt.Errorf("printing the token: %w", err)
		}
		return nil
	}
	if _, err := client.Mint(ctx, in.Config); err != nil {
		return r.failMint(err, in)
	}
	return ExitSuccess
}
