package cli

import (
	"fmt"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/redact"
)

// creatorOf returns the creator's credentials. They are long-lived and mightier than the job's token: a command that gets
// the one must not get the others.
func creatorOf(config action.Config) redact.Credentials {
	return redact.Credentials{Token: config.Credentials.Token, User: config.Credentials.User, Password: config.Credentials.Password}
}

// creatorVariables names the variables in which a creator's credentials are handed over, and the one that decrypts those in
// jf's configuration.
func creatorVariables() []string {
	names := []string{"JFROG_CLI_ENCRYPTION_KEY"}
	for _, input := range inputs.List() {
		if input.Secret || input.Name == "user" {
			names = append(names, input.Variable(), input.ActionVariable(), input.JFrog)
		}
	}
	return names
}

// checkCommandLine refuses a command, and variables for it, that hold the creator's credentials: the caller's shell has put
// them there where the job's token was meant, and every process of the machine can read the arguments of another.
func checkCommandLine(creator redact.Credentials, command []string, variables []variable) error {
	place := ""
	for i, argument := range command {
		if creator.In(argument) {
			place = fmt.Sprintf("word %d of the command", i+1)
		}
	}
	for _, v := range variables {
		if creator.In(v.template.text) {
			place = "--env " + v.name
		}
	}
	if place == "" {
		return nil
	}
	return &action.ConfigError{
		Field: place, Reason: "it holds the creator's credentials: the shell has put them there, before there is a token of the job's own",
		Fix: "let a shell below frogmint exec expand the variable: -- sh -c '... $JF_ACCESS_TOKEN ...', in single quotes",
	}
}
