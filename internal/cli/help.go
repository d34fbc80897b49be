package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/inputs"
)

// help is the page of frogmint itself.
func (c *Command) help() string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	for _, s := range c.subcommands() {
		b.WriteString("    frogmint " + s.summary + "\n")
	}
	b.WriteString(`
Every input is a flag (--groups), an action's input (groups:) and a variable (FROGMINT_GROUPS); frogmint help inputs
explains them. Exit status: 0 done; 1 the service said no or can't be reached; 2 wrong usage or configuration; 3 a token
may still be alive.

Example:
    $ export JF_URL=https://acme.jfrog.io
    $ frogmint exec --oidc-provider-name gitlab -- jf rt upload dist.zip libs-local/
`)
	return b.String()
}

// maxExplained is how many inputs the page of a subcommand explains: with more it wouldn't fit on a screen.
const maxExplained = 20

// inputsHelp lists inputs as flags, for the page of a subcommand.
func inputsHelp(names []string) string {
	var b strings.Builder
	if len(names) > maxExplained {
		b.WriteString("\nInputs, as flags, which frogmint help inputs explains:\n   ")
		width := 3
		for _, name := range names {
			if width += len(name) + 3; width > 116 {
				b.WriteString("\n   ")
				width = len(name) + 6
			}
			b.WriteString(" --" + name)
		}
		return b.String() + "\n"
	}
	b.WriteString("\nInputs, as flags:\n")
	b.WriteString(explain(names))
	return b.String()
}

// explain has a line for each of these inputs.
func explain(names []string) string {
	var b strings.Builder
	for _, input := range inputs.List() {
		if !slices.Contains(names, input.Name) {
			continue
		}
		fmt.Fprintf(&b, "    --%-24s %s", input.Name, input.Help)
		if input.Default != "" {
			fmt.Fprintf(&b, " (default %s)", input.Default)
		}
		if input.JFrog != "" {
			fmt.Fprintf(&b, " (or %s)", input.JFrog)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// allInputs are the names of all inputs but those that a subcommand has no use for.
func allInputs(without ...string) []string {
	var names []string
	for _, input := range inputs.List() {
		if !slices.Contains(without, input.Name) {
			names = append(names, input.Name)
		}
	}
	return names
}
