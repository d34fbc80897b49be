package cli

import (
	"cmp"
	"runtime"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// environment returns the command's variables, and the names of those that were left out because of what they hold. The
// creator's credentials are long-lived and mightier than the token: the command doesn't get them, under whatever name.
func (e *execution) environment(token action.Token) (environment, dropped []string) {
	set, idToken := e.variables(token), e.input("id-token-env")
	replaced := creatorVariables()
	for _, v := range set {
		replaced = append(replaced, v.name)
	}
	for _, entry := range e.command.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case slices.ContainsFunc(replaced, func(other string) bool { return sameName(name, other) }):
		case e.request.scrub && (givesIDToken(name) || sameName(name, idToken)):
		case holdsCredentials(value, e.config.Creator):
			dropped = append(dropped, name)
		default:
			environment = append(environment, entry)
		}
	}
	for _, v := range set {
		environment = append(environment, v.name+"="+v.value)
	}
	return environment, dropped
}

// input returns an input's text as action.Load finds it.
func (e *execution) input(name string) string {
	for _, input := range action.Inputs() {
		if input.Name == name {
			get := e.command.getenv
			return strings.TrimSpace(cmp.Or(e.request.inputs[name], get(input.ActionVariable()), get(input.Variable())))
		}
	}
	return ""
}

type setting struct{ name, value string }

// variables are those that frogmint sets; a later one replaces an earlier one.
func (e *execution) variables(token action.Token) []setting {
	values := map[string]string{}
	for _, output := range token.Outputs() {
		values[output.Name] = output.Value
	}
	set := []setting{{marker, "1"}}
	for _, v := range jfrogVariables(token) {
		if v.Value != "" {
			set = append(set, setting{v.Name, v.Value})
		}
	}
	for _, v := range e.request.variables {
		value, ok := values[v.output]
		if !ok {
			e.job.printer.Warn("variable " + v.name + " is not set: the token has no " + v.output)
			continue
		}
		set = slices.DeleteFunc(set, func(s setting) bool { return s.name == v.name })
		set = append(set, setting{v.name, value})
	}
	return set
}

// creatorVariables names the variables in which a creator's credentials are handed over.
func creatorVariables() []string {
	var names []string
	for _, input := range action.Inputs() {
		if input.Secret || input.Name == "user" {
			names = append(names, input.Variable(), input.ActionVariable(), input.JFrog)
		}
	}
	return names
}

// holdsCredentials reports whether a variable holds the creator's token or is his password. A password may be a common
// word, so that a text which merely holds it says nothing.
func holdsCredentials(value string, creator action.Creator) bool {
	const tokenLength, passwordLength = 16, 6 // what is shorter is found by chance
	token, password := creator.Token.Reveal(), creator.Password.Reveal()
	return len(token) >= tokenLength && strings.Contains(value, token) || len(password) >= passwordLength && value == password
}

// givesIDToken reports whether a variable is an ID token of the job, or what a CI gives one for.
func givesIDToken(name string) bool {
	switch name {
	case "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", // GitHub, Forgejo
		"SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI", // Azure Pipelines
		"BITBUCKET_STEP_OIDC_TOKEN", "SEMAPHORE_OIDC_TOKEN",
		"BUILDKITE_AGENT_ACCESS_TOKEN",
		"HARNESS_WI_HANDLE", "HARNESS_WI_MINT_URL", "PLUGIN_OIDC_TOKEN_ID",
		"CI_JOB_JWT", "CI_JOB_JWT_V1", "CI_JOB_JWT_V2", // GitLab before 17.0
		"JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID":
		return true
	}
	return strings.HasSuffix(name, "_ID_TOKEN") || strings.HasPrefix(name, "CIRCLE_OIDC_TOKEN")
}

// sameName compares the names of variables, which Windows takes in any case.
func sameName(a, b string) bool {
	return a != "" && (a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b))
}

// list writes names for people.
func list(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}
