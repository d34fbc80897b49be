package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/redact"
)

// flagSet has the flags of one subcommand: its own, and one for each input that it takes. What an input's text means is
// for package inputs to say, in the same words as for a variable.
type flagSet struct {
	*flag.FlagSet
	values map[string]string // the inputs that were set
	help   string
}

func newFlags(command, help string, names []string) *flagSet {
	f := &flagSet{FlagSet: flag.NewFlagSet("frogmint "+command, flag.ContinueOnError), values: map[string]string{}, help: help}
	f.SetOutput(io.Discard) // errors are printed once, by the rules of printer.go
	f.Usage = func() {}
	for _, input := range inputs.List() {
		if slices.Contains(names, input.Name) {
			f.Var(&inputFlag{f.values, input.Name, input.Flag}, input.Name, input.Help)
		}
	}
	return f
}

// inputFlag is the flag of one input. A boolean one may stand without a value: --refreshable.
type inputFlag struct {
	values map[string]string
	name   string
	isBool bool
}

// String is asked by the flag package only, for a default that isn't printed.
func (v *inputFlag) String() string { return "" }

// Set takes the flag's text as it is.
func (v *inputFlag) Set(text string) error {
	v.values[v.name] = text
	return nil
}

// IsBoolFlag makes the flag package accept a boolean flag without a value.
func (v *inputFlag) IsBoolFlag() bool { return v.isBool }

// parse reads the arguments. done is true when there is nothing more to do: help was asked for, or the flags are wrong.
func (c *Command) parse(ctx context.Context, flags *flagSet, args []string) (status int, done bool) {
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(c.Stdout, flags.help)
		return ExitSuccess, true
	case err != nil:
		return c.misuse(flags.Name(), withoutValue(err.Error())), true
	}
	if err := c.readSecretFlags(ctx, flags.values); err != nil {
		return c.misuse(flags.Name(), err.Error()), true
	}
	return ExitSuccess, false
}

// parseAlone is parse for a subcommand that takes no arguments behind its flags.
func (c *Command) parseAlone(ctx context.Context, flags *flagSet, args []string) (status int, done bool) {
	if status, done := c.parse(ctx, flags, args); done {
		return status, true
	}
	if flags.NArg() > 0 {
		return c.misuse(flags.Name(), "no argument is expected; inputs are flags, such as --username NAME"), true
	}
	return ExitSuccess, false
}

// readSecretFlags reads the value of a secret's flag from standard input where the flag is "-", and warns of one that is
// in the arguments: every process of the machine can read them.
func (c *Command) readSecretFlags(ctx context.Context, values map[string]string) error {
	read := ""
	for _, input := range inputs.List() {
		value, set := values[input.Name]
		switch {
		case !set || !input.Secret:
		case value != "-":
			_, _ = fmt.Fprintf(c.Stderr, "frogmint: warning: every process of this machine can read the value of --%s: "+
				"set %s, or write --%s - and give it on standard input\n", input.Name, input.Variable(), input.Name)
		case read != "":
			return fmt.Errorf("--%s and --%s both read standard input", read, input.Name)
		default:
			read = input.Name
			text, err := c.readSecret(ctx)
			if err != nil {
				return fmt.Errorf("reading --%s from standard input: %v", input.Name, err)
			}
			values[input.Name] = text
		}
	}
	return nil
}

func (c *Command) readSecret(ctx context.Context) (string, error) {
	open := func() (io.ReadCloser, error) { return io.NopCloser(c.Stdin), nil }
	text, err := httpapi.ReadStream(ctx, open, httpapi.MaxToken, "token")
	return strings.TrimRight(string(text), "\r\n"), err
}

// withoutValue takes the value of a flag out of the flag package's complaint about it: it may be a secret, given in the
// wrong way. A value is behind the flag's =, or quoted before its name.
func withoutValue(complaint string) string {
	for _, what := range []string{"invalid boolean value ", "invalid value "} {
		rest, ok := strings.CutPrefix(complaint, what)
		if !ok {
			continue
		}
		value, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return strings.TrimSpace(what)
		}
		return strings.TrimSpace(what) + rest[len(value):]
	}
	name, _, _ := strings.Cut(complaint, "=")
	return name
}

// misuse reports wrong usage of a subcommand. A part of the command line in it may come from anywhere.
func (c *Command) misuse(command, what string) int {
	_, _ = fmt.Fprintf(c.Stderr, "frogmint: error: %s\nfrogmint: hint: run %s -h\n", redact.Text(what, 300), command)
	return ExitUsage
}

// newSecret keeps package action's name for it out of the files that only add secrets to the printer.
func newSecret(value string) action.Secret { return action.NewSecret(value) }
