package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/redact"
)

// inputFlags is a flag set with one flag for each input. It remembers which were set, and their text: what it means is
// for action.Load to say, with the same words as for a variable.
type inputFlags struct {
	*flag.FlagSet
	values map[string]string
}

func newInputFlags(command string) *inputFlags {
	f := &inputFlags{FlagSet: flag.NewFlagSet("frogmint "+command, flag.ContinueOnError), values: map[string]string{}}
	f.SetOutput(io.Discard) // errors are printed once, by the rules of print.go
	f.Usage = func() {}
	for _, input := range action.Inputs() {
		f.Var(&inputValue{f.values, input.Name, input.Switch}, input.Name, input.Help)
	}
	return f
}

// inputValue is one flag. A switch may stand without a value: --refreshable.
type inputValue struct {
	values   map[string]string
	name     string
	isSwitch bool
}

// String is asked by the flag package only, for a default that isn't printed.
func (v *inputValue) String() string { return "" }

// Set takes the flag's text as it is.
func (v *inputValue) Set(text string) error {
	v.values[v.name] = text
	return nil
}

// IsBoolFlag makes the flag package accept a switch without a value.
func (v *inputValue) IsBoolFlag() bool { return v.isSwitch }

// parse reads the arguments. done is true when there is nothing more to do: help was asked for, or the flags are wrong.
func (c *Command) parse(flags *flag.FlagSet, args []string, help string) (status int, done bool) {
	err := flags.Parse(args)
	switch {
	case err == nil:
		return ExitSuccess, false
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(c.Stdout, help)
		return ExitSuccess, true
	}
	return c.misuse(flags.Name(), withoutValue(err.Error())), true
}

// withoutValue takes the value of a flag out of the flag package's complaint about it: it may be a secret, given in the
// wrong way. A value stands behind the flag's =, or quoted in front of its name.
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
