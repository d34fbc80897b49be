package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/inputs"
)

func revokeHelp() string {
	return `Usage:
    frogmint revoke [flags] [-]

Revokes a token and asks with it until JFrog refuses it. The token is read from standard input unless a flag says where
it is; it can't be an argument, since arguments are shown to everyone. No credentials but the token itself are needed.

    --token-env NAME     the variable that holds the token
    --token-file FILE    the file that holds the token

A token that may be alive is a failure here, unless --on-revoke-failure is warn. Exit status: 0 JFrog refuses the token
(revoked or expired); 2 wrong usage or configuration; 3 the token may be alive.

Example:
    $ frogmint mint --groups CI --format token > token
    $ frogmint revoke < token
` + inputsHelp(inputs.RevokeInputs())
}

// tokenSource says where the token to revoke is. The zero value is standard input.
type tokenSource struct{ variable, file string }

// actionToken is the variable from which the action's revoke step reads its token. Like the other steps it reads its inputs,
// and no FROGMINT_ variable, which a step before could have set.
const actionToken = "INPUT_ACCESS-TOKEN"

// revoke revokes a token that another process minted, and proves it.
func (c *Command) revoke(ctx context.Context, args []string) int {
	flags := newFlags("revoke", revokeHelp(), inputs.RevokeInputs())
	var from tokenSource
	flags.StringVar(&from.variable, "token-env", "", "")
	flags.StringVar(&from.file, "token-file", "", "")
	if status, done := c.parse(ctx, flags, args); done {
		return status
	}
	switch {
	case from.variable != "" && from.file != "":
		return c.misuse("frogmint revoke", "--token-env and --token-file: one token is revoked at a time")
	case flags.NArg() > 1 || flags.NArg() == 1 && (flags.Arg(0) != "-" || from != tokenSource{}):
		// The argument may be the token itself: it isn't repeated.
		return c.misuse("frogmint revoke", "no argument is expected but - for standard input; a token must not be one, since arguments are shown to everyone")
	}
	sources, system := inputs.ActionSources(c.LookupEnv), ci.DetectActions(c.getenv)
	if from.variable != actionToken {
		var status int
		var ok bool
		if system, status, ok = c.detect(ctx); !ok {
			return status
		}
		sources = inputs.CommandSources(flags.values, c.LookupEnv)
	}
	r := c.newRunner(ctx, system)
	token, err := c.readToken(ctx, from)
	if err != nil {
		return r.printer.fail(err)
	}
	r.printer.secrets.Add(token)
	state, err := inputs.LoadState(ctx, sources, token)
	if err == nil {
		err = c.setProxy(&state, r)
	}
	if err != nil {
		return r.printer.fail(err)
	}
	report := c.revokeState(ctx, state, r.printer)
	if report.TokenID == "" {
		report.TokenID = "without an id"
	}
	return r.printer.report(report, state.FailOnRevoke)
}

// setProxy notes the proxy that the environment names for the token's platform.
func (c *Command) setProxy(state *action.State, r *runner) error {
	base, err := url.Parse(state.URL)
	if err != nil {
		return err
	}
	proxy, err := c.proxy(&http.Request{URL: base})
	if err != nil {
		return err
	}
	if proxy != nil {
		state.Proxy = proxy.String()
	}
	r.noteTrust(c, proxy)
	r.addSecrets(action.Credentials{})
	return nil
}

// readToken reads the token. An empty place is an error: the author of the pipeline meant a token to be there, and it
// lives.
func (c *Command) readToken(ctx context.Context, from tokenSource) (action.Secret, error) {
	var text, where string
	var err error
	switch {
	case from.variable != "":
		where, text = "--token-env "+variableName(from.variable), c.getenv(from.variable)
	case from.file != "":
		where = "--token-file"
		text, err = readStream(ctx, func() (io.ReadCloser, error) { return os.Open(from.file) })
	default:
		where = "standard input"
		text, err = readStream(ctx, func() (io.ReadCloser, error) { return io.NopCloser(c.Stdin), nil })
	}
	_, alive := errors.AsType[*action.LeftAliveError](err)
	switch text = strings.TrimSpace(text); {
	case alive:
		return action.Secret{}, err
	case err != nil:
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err // the path may be the token itself, given by mistake
		}
		return action.Secret{}, &action.ConfigError{Field: where, Reason: err.Error(), Fix: "hand over one token, and nothing else"}
	case text == "":
		return action.Secret{}, &action.ConfigError{
			Field: where, Reason: "there is no token", Fix: "check that the step which mints comes before this one and hands its access-token over",
		}
	}
	return action.NewSecret(text), nil
}

// variableName is the name of a variable for people; it isn't repeated when it may be the token itself, given by mistake.
func variableName(name string) string {
	if len(name) > 40 || strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return "NAME"
	}
	return name
}

// readStream reads a token from a stream that may never end: a signal ends the wait.
func readStream(ctx context.Context, open func() (io.ReadCloser, error)) (string, error) {
	text, err := httpapi.ReadStream(ctx, open, httpapi.MaxToken, "token")
	if err != nil && ctx.Err() != nil {
		err = &action.LeftAliveError{
			Tokens: []action.AliveToken{{Reason: "the token that was to be revoked"}}, Err: fmt.Errorf("waiting for the token: %w", context.Cause(ctx)),
		}
	}
	return string(text), err
}
