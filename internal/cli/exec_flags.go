package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// execRequest is what the command line of exec asks for.
type execRequest struct {
	inputs    map[string]string
	variables []variable
	scrub     bool
	tokenFile tokenFile
	command   []string
}

// variable is one --env: a variable of the command that holds an output.
type variable struct{ name, output string }

// marker is set for the command: exec below exec would mint with the job's own token, or find no credentials.
const marker = "FROGMINT_EXEC"

// parseExec reads the arguments. done is true when there is nothing more to do.
func (c *Command) parseExec(args []string) (request execRequest, status int, done bool) {
	flags := newInputFlags("exec")
	var variables []string
	flags.Func("env", "", func(text string) error { variables = append(variables, text); return nil })
	flags.BoolVar(&request.scrub, "scrub-id-token", false, "")
	flags.StringVar((*string)(&request.tokenFile), "token-file", "", "")
	if status, done := c.parse(flags.FlagSet, args, execUsage+inputsUsage()); done {
		return request, status, true
	}
	request.inputs, request.command = flags.values, flags.Args()
	err := request.checkArguments(args)
	if err == nil {
		err = request.addVariables(variables)
	}
	if err != nil {
		return request, c.misuse("frogmint exec", err.Error()), true
	}
	if c.getenv(marker) != "" {
		_, _ = fmt.Fprintf(c.Stderr, "frogmint: error: %s is set: this runs below frogmint exec already\n"+
			"frogmint: hint: run the command by itself, with the token that is in JF_ACCESS_TOKEN; where another token is meant, unset %s\n", marker, marker)
		return request, ExitUsage, true
	}
	return request, ExitSuccess, false
}

// checkArguments insists on the two dashes: without them, --revoke false would run a command called false.
func (r *execRequest) checkArguments(args []string) error {
	dashes := len(args) - len(r.command) - 1
	switch {
	case len(r.command) == 0 || r.command[0] == "":
		return errors.New("there is no command: write it after --")
	case dashes < 0 || args[dashes] != "--":
		// The word that is in the wrong place isn't repeated: it may be half of a password.
		return errors.New("the command stands after --, and other words stand before it; a switch takes its value after =, as in --revoke=false")
	}
	for name, value := range r.inputs {
		if value == "--" {
			return fmt.Errorf("--%s: its value is missing", name)
		}
	}
	for _, name := range []string{"export-env", "job-summary"} {
		if _, set := r.inputs[name]; set {
			return fmt.Errorf("--%s: it has no effect in exec", name)
		}
	}
	return nil
}

// shorten bounds a word of the command line for an error.
func shorten(word string) string {
	if len(word) > 80 {
		word = strings.ToValidUTF8(word[:77], "") + "..."
	}
	return word
}

// addVariables reads each NAME=OUTPUT. What isn't understood is not repeated: docker's --env takes values, and this may be one.
func (r *execRequest) addVariables(texts []string) error {
	outputs := make([]string, 0, 10)
	for _, info := range action.OutputInfos() {
		outputs = append(outputs, info.Name)
	}
	for _, text := range texts {
		name, output, _ := strings.Cut(text, "=")
		switch {
		case !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(name):
			return errors.New("--env takes NAME=OUTPUT, where NAME is the name of a variable")
		case name == marker:
			return fmt.Errorf("--env %s: frogmint sets it itself", marker)
		case !slices.Contains(outputs, output):
			return fmt.Errorf("--env %s: it takes the name of an output, one of %s", shorten(name), strings.Join(outputs, ", "))
		case slices.ContainsFunc(r.variables, func(v variable) bool { return v.name == name }):
			return fmt.Errorf("--env %s: it is given twice", shorten(name))
		}
		r.variables = append(r.variables, variable{name, output})
	}
	return nil
}

// check finds a variable that no token could fill, while there is none yet.
func (r *execRequest) check(config action.Config) error {
	for _, v := range r.variables {
		input := ""
		switch {
		case v.output == "reference-token" && !config.Reference:
			input = "reference"
		case v.output == "refresh-token" && !config.Refreshable:
			input = "refreshable"
		}
		if input != "" {
			return &action.InputError{Input: "--env " + v.name, What: "there will be no " + v.output, Do: "ask for one with --" + input}
		}
	}
	return nil
}
