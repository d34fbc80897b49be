package cli

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/action"
)

const usage = `Usage:
    frogmint mint   [flags]             mint a token; export it the CI's own way, or print it (--format token|json|env)
    frogmint revoke [flags]             revoke a token from stdin, --token-env or --token-file, and prove it
    frogmint exec   [flags] -- cmd ...  mint, run cmd with JF_URL, JF_USER and JF_ACCESS_TOKEN, revoke when it ends
    frogmint doctor [flags]             say what would happen and what is wrong, and mint nothing
    frogmint version

Every input is a flag (--groups), an action's input (groups:) and a variable (FROGMINT_GROUPS); frogmint mint -h lists
them. Exit status: 0 done; 1 the service said no or can't be reached; 2 wrong usage or configuration; 3 a token may
still be alive.

Example:
    $ export JF_URL=https://acme.jfrog.io
    $ frogmint exec --oidc-provider-name gitlab --groups CI -- jf rt upload 'dist/*' libs-local/
`

const mintUsage = `Usage:
    frogmint mint [flags]

Mints a token and exports it the CI's own way. Nothing takes it back by itself: end the job with frogmint revoke.

    --format token|json|env    print the token instead; the log then goes to standard error

Inputs, as flags:
`

// inputsUsage lists the inputs for the help of a subcommand.
func inputsUsage() string {
	var b strings.Builder
	for _, input := range action.Inputs() {
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
