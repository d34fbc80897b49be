package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/limit"
)

// mint makes a token and exports it the CI's own way, or prints it.
func (c *Command) mint(ctx context.Context, args []string) int {
	flags := newInputFlags("mint")
	format := flags.String("format", "", "print the token instead of exporting it: token, json or env")
	if status, done := c.parse(flags.FlagSet, args, mintUsage+inputsUsage()); done {
		return status
	}
	if flags.NArg() > 0 {
		return c.misuse("frogmint mint", "no argument is expected; the user name is --username")
	}
	if *format != "" && !slices.Contains([]string{"token", "json", "env"}, *format) {
		return c.misuse("frogmint mint", fmt.Sprintf("--format %q is none of token, json, env", *format))
	}
	system, err := ci.Detect(c.getenv)
	if err != nil {
		return c.newQuietJob(ctx, ci.Generic()).printer.fail(err)
	}
	if *format != "" {
		return c.mintAndPrint(ctx, system, flags.values, *format)
	}
	j := c.newJob(ctx, system)
	config, notes, err := action.Load(ctx, action.Layers(flags.values, c.LookupEnv), c.LookupEnv)
	if err != nil {
		return j.printer.fail(err)
	}
	if err := exportable(j, config); err != nil {
		return j.printer.fail(err)
	}
	return c.mintAndExport(ctx, j, config, notes)
}

// exportable fails, before there is a token, when this CI can't hand it to later steps.
func exportable(j *job, config action.Config) error {
	if j.system.Export == nil || config.ExportEnv && j.system.Setenv == nil {
		return &ci.Problem{
			What: fmt.Sprintf("exporting the token in %s: %s", j.system.Name, j.system.NoExport),
			Do:   "run the command that needs the token with frogmint exec -- COMMAND, or print the token with --format",
		}
	}
	if j.system.Check == nil {
		return nil
	}
	return j.system.Check(j.host, ci.Uses{Export: true, Setenv: config.ExportEnv})
}

// mintAndPrint writes the token to standard output. The log and the masks then go to standard error: standard output is
// what a script captures.
func (c *Command) mintAndPrint(ctx context.Context, system ci.System, flags map[string]string, format string) int {
	j := c.newQuietJob(ctx, system)
	config, env, err := c.prepare(ctx, j, flags)
	if err != nil {
		return j.printer.fail(err)
	}
	token, err := action.Mint(ctx, config, env)
	if err != nil {
		return j.printer.fail(err)
	}
	text, err := formatToken(format, config, token)
	if err == nil {
		_, err = io.WriteString(limit.NewWriter(c.Stdout, ctx.Done()), text)
	}
	if err != nil {
		return j.printer.fail(action.Abandon(ctx, config, env, token, fmt.Errorf("printing the token: %w", err)))
	}
	return ExitSuccess
}

// newQuietJob prepares a job that leaves standard output alone. No later stage takes the token back.
func (c *Command) newQuietJob(ctx context.Context, system ci.System) *job {
	return c.newJobOn(limit.NewWriter(c.Stderr, ctx.Done()), system)
}
