package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

func execHelp() string {
	return `Usage:
    frogmint exec [flags] -- COMMAND [ARGUMENT...]

Mints a token, runs the command with JF_URL, JF_USER and JF_ACCESS_TOKEN, and revokes the token when the command has
ended. jf finds the token in a configuration of its own (JFROG_CLI_HOME_DIR). The creator's own credentials are not
handed on to the command. The log goes to standard error. The clients docker, go, cargo, git and bazel of --login ask
credential helpers, which give them the token in use: it is renewed then, too.

    --env NAME=TEMPLATE   set another variable to an output, or to a text with outputs in braces, such as
                          NPM_TOKEN=access-token or CARGO_REGISTRIES_ACME_TOKEN='Bearer {access-token}'; may be repeated
    --token-file FILE     also keep the token in a file (mode 0600), for jobs that outlive it: it is renewed in time, the
                          one before it is revoked a minute later, and the file is removed in the end. The variables of
                          the command keep the first token
    --scrub-id-token      don't hand on the job's ID token, nor what the CI gives one for

INT, TERM, HUP and QUIT are handed on; the command then has 2 seconds, and the revocation what is left of 4.2 (0.4 and
2.3 after a TERM of GitHub or Azure, which kill soon). The death of the process that started frogmint counts as TERM.

Exit status: the command's own, or 128 and the signal that ended it; 126 it can't be run; 127 it was not found; 125
frogmint's own failure around it; without it 1, 2 and 3 as in frogmint help. A token that lives on changes the exit
status only with --on-revoke-failure fail, and only that of a command that succeeded: to 3.

Example:
    $ frogmint exec --groups CI --env NPM_TOKEN=access-token -- npm publish
` + inputsHelp(execInputs())
}

func execInputs() []string { return allInputs("export-env", "job-summary") }

// execRequest is what the command line of exec asks for.
type execRequest struct {
	sources      inputs.Sources
	variables    []variable
	scrubIDToken bool
	tokenFile    login.TokenFile // empty for none
	command      []string
}

// execMarker is set for the command: exec below exec would mint with the job's own token, or find no credentials.
const execMarker = "FROGMINT_EXEC"

// parseExec reads the arguments. done is true when there is nothing more to do.
func (c *Command) parseExec(ctx context.Context, args []string) (request execRequest, status int, done bool) {
	flags := newFlags("exec", execHelp(), execInputs())
	var variables []string
	flags.Func("env", "", func(text string) error { variables = append(variables, text); return nil })
	flags.BoolVar(&request.scrubIDToken, "scrub-id-token", false, "")
	flags.StringVar((*string)(&request.tokenFile), "token-file", "", "")
	if status, done := c.parse(ctx, flags, args); done {
		return request, status, true
	}
	request.sources, request.command = inputs.CommandSources(flags.values, c.LookupEnv), flags.Args()
	err := request.checkArguments(args, flags.values)
	for _, text := range variables {
		err = cmp.Or(err, request.addVariable(text))
	}
	if err != nil {
		return request, c.misuse("frogmint exec", err.Error()), true
	}
	if c.getenv(execMarker) != "" {
		_, _ = fmt.Fprintf(c.Stderr, "frogmint: error: %s is set: this runs below frogmint exec already\n"+
			"frogmint: hint: run the command by itself, with the token that is in JF_ACCESS_TOKEN; where another token is meant, unset %s\n", execMarker, execMarker)
		return request, ExitUsage, true
	}
	return request, ExitSuccess, false
}

// checkArguments insists on the two dashes: without them, --revoke false would run a command called false.
func (r *execRequest) checkArguments(args []string, values map[string]string) error {
	dashes := len(args) - len(r.command) - 1
	switch {
	case len(r.command) == 0 || r.command[0] == "":
		return errors.New("there is no command: write it after --")
	case dashes < 0 || args[dashes] != "--":
		// The word that is in the wrong place isn't repeated: it may be half of a password.
		return errors.New("the command stands after --, and other words stand before it; a switch takes its value after =, as in --revoke=false")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] == "--" {
			return fmt.Errorf("--%s: its value is missing", name)
		}
	}
	return nil
}

// variable is one --env: a variable of the command, made from outputs.
type variable struct {
	name     string
	template template
}

func isVariableName(name string) bool {
	other := func(r rune) bool {
		return r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}
	return name != "" && (name[0] < '0' || name[0] > '9') && !strings.ContainsFunc(name, other)
}

// addVariable reads NAME=TEMPLATE. What isn't understood is not repeated: docker's --env takes values, and this may be one.
func (r *execRequest) addVariable(text string) error {
	name, value, _ := strings.Cut(text, "=")
	switch {
	case !isVariableName(name):
		return errors.New("--env takes NAME=TEMPLATE, where NAME is the name of a variable")
	case name == execMarker:
		return fmt.Errorf("--env %s: frogmint sets it itself", execMarker)
	case slices.ContainsFunc(r.variables, func(v variable) bool { return v.name == name }):
		return fmt.Errorf("--env %s: it is given twice", name)
	}
	template, err := parseTemplate(value)
	if err != nil {
		return fmt.Errorf("--env %s: %w", name, err)
	}
	r.variables = append(r.variables, variable{name, template})
	return nil
}

// checkLogin finds a variable that a client needs to be another.
func (r *execRequest) checkLogin(l *login.Login) error {
	var problems []error
	for _, v := range r.variables {
		if client := l.ClientOf(v.name); client != "" {
			problems = append(problems, &action.ConfigError{
				Field: "--env " + v.name, Reason: "frogmint sets this variable itself, for " + client, Fix: "leave that --env out",
			})
		}
	}
	return errors.Join(problems...)
}

// check finds what can't work, while there is no token yet.
func (r *execRequest) check(config action.Config) error {
	problems := []error{checkCommandLine(creatorOf(config), r.command, r.variables)}
	if r.tokenFile != "" {
		if err := r.tokenFile.Check(); err != nil {
			problems = append(problems, &action.ConfigError{
				Field: "--token-file", Reason: redact.Text(err.Error(), 200), Fix: "name a file in a directory that this job may write to",
			})
		}
	}
	for _, v := range r.variables {
		if output, input := v.template.lacks(config); output != "" {
			problems = append(problems, &action.ConfigError{Field: "--env " + v.name, Reason: "there will be no " + output, Fix: "ask for one with --" + input})
		}
	}
	return errors.Join(problems...)
}
