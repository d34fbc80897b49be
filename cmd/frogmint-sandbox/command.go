package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// Exit statuses.
const (
	exitOK    = 0
	exitError = 1 // the work failed
	exitUsage = 2 // wrong usage
)

const usage = `Usage:
    frogmint-sandbox serve [flags]    serve an embedded JFrog on loopback until SIGINT or SIGTERM
    frogmint-sandbox demo             play one job from its first step to its last, and say what held

Example:
    $ frogmint-sandbox serve --env-file sandbox.env &
    frogmint-sandbox ready: http://127.0.0.1:8081
    $ set -a; . ./sandbox.env
    $ curl -H "Authorization: Bearer $JF_ACCESS_TOKEN" "$JF_URL/access/api/v1/tokens/me"
`

// command is the program with its surroundings injected. All output is lower case without a period; errors go to
// stderr as "frogmint-sandbox: error: ..." with a line "frogmint-sandbox: hint: ..." where wrong usage is at fault.
type command struct {
	stdout, stderr io.Writer
	keys           *sandbox.Keys // nil: the server makes its own
}

// subcommand runs one of the program's commands and returns the exit status.
type subcommand func(ctx context.Context, args []string) int

func (c *command) subcommands() map[string]subcommand {
	return map[string]subcommand{
		"serve": c.serve,
		"demo":  c.demo,
	}
}

// main runs the program and returns its exit status.
func (c *command) main(ctx context.Context, args []string) int {
	if len(args) == 0 {
		return c.wrongUsage(errors.New("no command"))
	}
	if run, known := c.subcommands()[args[0]]; known {
		return run(ctx, args[1:])
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		_, _ = io.WriteString(c.stdout, usage)
		return exitOK
	}
	return c.wrongUsage(fmt.Errorf("unknown command %q", args[0]))
}

// parse reads flags and refuses arguments beside them. Without flags to go on with, it returns the exit status.
func (c *command) parse(flags *flag.FlagSet, args []string) (status int, ok bool) {
	flags.SetOutput(io.Discard)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(c.stdout)
		_, _ = fmt.Fprintf(c.stdout, "Usage of frogmint-sandbox %s:\n", flags.Name())
		flags.PrintDefaults()
		if flags.Lookup("fault") != nil {
			_, _ = fmt.Fprintf(c.stdout, "\n%s", sandbox.FaultHelp())
		}
		return exitOK, false
	case err != nil:
		return c.wrongUsage(err), false
	case flags.NArg() > 0:
		return c.wrongUsage(fmt.Errorf("unexpected argument %q", flags.Arg(0))), false
	}
	return exitOK, true
}

func (c *command) wrongUsage(err error) int {
	return c.wrongUsageHint(err, "frogmint-sandbox help shows the commands, frogmint-sandbox serve --help the flags")
}

func (c *command) wrongUsageHint(err error, hint string) int {
	_, _ = fmt.Fprintf(c.stderr, "frogmint-sandbox: error: %v\nfrogmint-sandbox: hint: %s\n", err, hint)
	return exitUsage
}

func (c *command) failed(err error) int {
	_, _ = fmt.Fprintf(c.stderr, "frogmint-sandbox: error: %v\n", err)
	return exitError
}
