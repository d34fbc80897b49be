package cli

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/action"
)

const usage = `Usage:
    frogmint mint   [flags]             mint a token; export it the CI's own way, or print it (--format token|json|env)
    frogmint revoke [flags]             revoke a token from stdin, --token-env or --token-file, and prove it
    frogmint revoke --job | --run       take back what a cancelled job, or all of a run, left
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

const execUsage = `Usage:
    frogmint exec [flags] -- COMMAND [ARGUMENT...]

Mints a token, runs the command with JF_URL, JF_USER and JF_ACCESS_TOKEN, and revokes the token when the command has
ended. The creator's own credentials are not handed on to the command. The log goes to standard error.

    --env NAME=OUTPUT     set another variable to an output, such as NPM_TOKEN=access-token; may be repeated
    --token-file FILE     also keep the token in a file (mode 0600), for jobs that outlive it: it is renewed in time, the
                          one before it is revoked a minute later, and the file is removed in the end. The variables of
                          the command keep the first token
    --scrub-id-token      don't hand on the job's ID token, nor what the CI gives one for

INT, TERM, HUP and QUIT are handed on; the command then has 2 seconds, and the revocation what is left of 4.2. The death
of the process that started frogmint counts as TERM.

Exit status: the command's own, or 128 and the signal that ended it; 126 it can't be run; 127 it was not found; 125
frogmint's own failure around it; without it 1, 2 and 3 as in frogmint help. A token that lives on changes the exit
status only with --on-revoke-failure fail, and only that of a command that succeeded: to 3.

Example:
    $ frogmint exec --groups CI --env NPM_TOKEN=access-token -- npm publish

Inputs, as flags:
`

const revokeUsage = `Usage:
    frogmint revoke [flags] [-]

Revokes a token and asks with it until JFrog refuses it. The token is read from standard input unless a flag says where
it is; it can't be an argument, since arguments are shown to everyone. No credentials but the token itself are needed.

    --token-env NAME              the variable that holds the token
    --token-file FILE             the file that holds the token
    --url URL                     base URL of the platform (or JF_URL)
    --on-revoke-failure WORD      warn: exit with 0 although the token may live; fail (default fail)
    --ca-cert PEM                 certificate authorities to trust beside the system's: PEM text, or the path of a file
    --allow-http                  allow an http url to a host that isn't loopback
    --timeout TIME                budget of all of it (default 60s)

Exit status: 0 JFrog refuses the token (revoked or expired); 2 wrong usage or configuration; 3 the token may be alive.

Example:
    $ frogmint mint --format token > token
    $ frogmint revoke < token
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
