package cli

import (
	"context"
	"fmt"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
)

const doctorUsage = `Usage:
    frogmint doctor [flags]

Says where it runs, what would happen and what is wrong, and mints nothing. Exit status: 0 when nothing is wrong.

Inputs, as flags:
`

// doctor looks at everything and changes nothing, but that a file of the CI that isn't there yet may be made, empty.
func (c *Command) doctor(ctx context.Context, args []string) int {
	flags := newInputFlags("doctor")
	if status, done := c.parse(flags.FlagSet, args, doctorUsage+inputsUsage()); done {
		return status
	}
	if flags.NArg() > 0 {
		return c.misuse("frogmint doctor", "no argument is expected")
	}
	system, err := ci.Detect(c.getenv)
	if err != nil {
		return c.newQuietJob(ctx, ci.Generic()).printer.fail(err)
	}
	j := c.newJob(ctx, system)
	j.printer.Info(fmt.Sprintf("frogmint %s, in %s", Version(), system.Name))
	config, env, err := c.prepare(ctx, j, flags.values)
	if err != nil {
		return j.printer.fail(err)
	}
	worst := j.diagnose(action.Examine(ctx, config, env))
	if worst == ExitSuccess && j.exports(config) {
		j.printer.Info("nothing is wrong as far as can be seen without making a token")
	}
	return worst
}

// diagnose prints what was found and returns the worst exit status.
func (j *job) diagnose(findings []action.Finding) int {
	worst := ExitSuccess
	for _, finding := range findings {
		if finding.Wrong == nil {
			j.printer.Info(finding.What)
			continue
		}
		worst = max(worst, j.printer.fail(finding.Wrong))
	}
	return worst
}

// exports says what frogmint mint would refuse here; frogmint exec, which hands nothing to later steps, may be all that is
// wanted, so that it isn't an error.
func (j *job) exports(config action.Config) bool {
	if j.system.Export == nil {
		j.printer.Info(j.system.NoExport)
		return true
	}
	if err := exportable(j, config); err != nil {
		j.printer.complain(ci.Warning, fmt.Errorf("frogmint mint can't hand the token to later steps: %w", err))
		return false
	}
	return true
}
