package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/limit"
)

// source says where the token to revoke stands. The zero value is standard input.
type source struct{ variable, file string }

// revokeGiven takes back a token that another process minted, and proves it.
func (c *Command) revokeGiven(ctx context.Context, args []string) int {
	flags, from := newRevokeFlags()
	if status, done := c.parse(flags.FlagSet, args, revokeUsage); done {
		return status
	}
	switch {
	case from.variable != "" && from.file != "":
		return c.misuse("frogmint revoke", "--token-env and --token-file: one token is revoked at a time")
	case flags.NArg() > 1 || flags.NArg() == 1 && (flags.Arg(0) != "-" || *from != source{}):
		// The argument may be the token itself: it isn't repeated.
		return c.misuse("frogmint revoke", "no argument is expected but - for standard input; a token must not be one, since arguments are shown to everyone")
	}
	system, err := ci.Detect(c.getenv)
	if err != nil {
		return c.newJob(ctx, ci.Generic()).printer.fail(err)
	}
	j := c.newJob(ctx, system)
	token, err := c.given(ctx, *from)
	if err != nil {
		return j.printer.fail(err)
	}
	j.printer.secrets.Add(token)
	held, err := action.LoadHeld(ctx, action.Layers(flags.values, c.LookupEnv), c.LookupEnv, token)
	if err != nil {
		return j.printer.fail(err)
	}
	env, err := c.envOf(&held, j.printer)
	if err != nil {
		return j.printer.fail(err)
	}
	ctx, cancel := limit.Patient(ctx, postGrace)
	defer cancel()
	report := action.Revoke(ctx, held, env)
	if report.TokenID == "" {
		report.TokenID = "without an id"
	}
	return j.printer.report(report, held.FailOnRevoke)
}

// envOf is the way to the token's platform.
func (c *Command) envOf(held *action.Held, log *printer) (action.Env, error) {
	proxy, err := c.proxy(&http.Request{URL: held.URL})
	if err != nil {
		return action.Env{}, err
	}
	if proxy != nil {
		held.Proxy = proxy.String()
		password, _ := proxy.User.Password()
		log.secrets.Add(action.NewSecret(password))
	}
	client, err := newClient(proxy, held.RootsPEM)
	return action.Env{HTTP: client, Now: c.Now, Agent: "frogmint/" + Version(), Log: log}, err
}

// newRevokeFlags has the inputs that a revocation uses, and no others: one that is ignored would mislead.
func newRevokeFlags() (*inputFlags, *source) {
	f := &inputFlags{FlagSet: flag.NewFlagSet("frogmint revoke", flag.ContinueOnError), values: map[string]string{}}
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	for _, input := range action.Inputs() {
		if slices.Contains([]string{"url", "on-revoke-failure", "ca-cert", "allow-http", "timeout"}, input.Name) {
			f.Var(&inputValue{f.values, input.Name, input.Switch}, input.Name, "")
		}
	}
	from := new(source)
	f.StringVar(&from.variable, "token-env", "", "")
	f.StringVar(&from.file, "token-file", "", "")
	addReach(f.FlagSet) // both false here
	return f, from
}

// given reads the token. An empty place is an error: the author of the pipeline meant a token to be there, and it lives.
func (c *Command) given(ctx context.Context, from source) (action.Secret, error) {
	var text, where string
	var err error
	switch {
	case from.variable != "":
		where, text = "--token-env "+safeName(from.variable), c.getenv(from.variable)
	case from.file != "":
		where = "--token-file"
		text, err = readToken(ctx, func() (io.ReadCloser, error) { return os.Open(from.file) })
	default:
		where = "standard input"
		text, err = readToken(ctx, func() (io.ReadCloser, error) { return io.NopCloser(c.Stdin), nil })
	}
	var alive *action.LeftAlive
	switch text = strings.TrimSpace(text); {
	case errors.As(err, &alive):
		return action.Secret{}, err
	case err != nil:
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err // the path may be the token itself, given by mistake
		}
		return action.Secret{}, &action.InputError{Input: where, What: err.Error(), Do: "hand over one token, and nothing else"}
	case text == "":
		return action.Secret{}, &action.InputError{
			Input: where, What: "there is no token", Do: "check that the step which mints comes before this one and hands its access-token over",
		}
	}
	return action.NewSecret(text), nil
}

// safeName is the name of a variable for people; it isn't repeated when it may be the token itself, given by mistake.
func safeName(name string) string {
	if regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,39}$`).MatchString(name) {
		return name
	}
	return "NAME"
}

// readToken reads a token from a stream that may never end: a signal ends the wait.
func readToken(ctx context.Context, open func() (io.ReadCloser, error)) (string, error) {
	text, err := limit.ReadWithin(ctx, open, limit.Token, "token")
	if err != nil && ctx.Err() != nil {
		err = &action.LeftAlive{Tokens: []string{"the token that was to be revoked"}, Err: fmt.Errorf("waiting for the token: %w", context.Cause(ctx))}
	}
	return string(text), err
}
