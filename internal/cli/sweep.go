package cli

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
)

const sweepUsage = `Usage:
    frogmint revoke --job [flags]    take back what this job left, found by the job's identity in JFrog's list
    frogmint revoke --run [flags]    the same for every job and attempt of this run

For jobs that were cancelled or killed. It needs credentials that may list and revoke: an admin's, or those of the
tokens' own user. Only stored tokens are listed. Exit status: 0 when nothing listed is left, 3 when a token is.

Inputs, as flags:
`

// sweepReach reports whether the arguments of revoke ask for a sweep, and how far it goes. The two words are switches like
// all others; what is wrong with the value of one is for the sweep's own flags to say.
func sweepReach(args []string) (action.Reach, bool) {
	job, run := false, false
	for _, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		on, err := strconv.ParseBool(value)
		on = on || !given || err != nil
		switch name {
		case "--job", "-job":
			job = on
		case "--run", "-run":
			run = on
		}
	}
	if run {
		return action.ThisRun, true
	}
	return action.ThisJob, job
}

// addReach makes the two words flags. Their values have been read by sweepReach.
func addReach(flags *flag.FlagSet) {
	flags.Bool("job", false, "")
	flags.Bool("run", false, "")
}

// sweep takes back what a job or a run left.
func (c *Command) sweep(ctx context.Context, args []string, reach action.Reach) int {
	flags := newInputFlags("revoke")
	addReach(flags.FlagSet)
	if status, done := c.parse(flags.FlagSet, args, sweepUsage+inputsUsage()); done {
		return status
	}
	if flags.NArg() > 0 {
		return c.misuse("frogmint revoke --job", "no argument is expected")
	}
	system, err := ci.Detect(c.getenv)
	if err != nil {
		return c.newQuietJob(ctx, ci.Generic()).printer.fail(err)
	}
	j := c.newJob(ctx, system)
	config, env, err := c.prepare(ctx, j, flags.values)
	if err != nil {
		return j.printer.fail(err)
	}
	swept, err := action.Sweep(ctx, config, env, reach)
	return j.tellSwept(swept, err)
}

func (j *job) tellSwept(swept []action.Swept, err error) int {
	left := 0
	for _, token := range swept {
		line := fmt.Sprintf("token %s (%s): %s", token.TokenID, token.Description, token)
		if token.Err == nil {
			j.printer.Info(line)
			continue
		}
		left++
		j.printer.Warn(line)
	}
	j.printer.Info(fmt.Sprintf("%d token(s) of this job were listed, %d are left", len(swept), left))
	switch {
	case err != nil && left > 0:
		_ = j.printer.fail(err)
		return ExitLeftAlive
	case err != nil:
		return j.printer.fail(err)
	case left > 0:
		return ExitLeftAlive
	}
	return ExitSuccess
}
