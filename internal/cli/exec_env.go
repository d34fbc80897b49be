package cli

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
)

// setEnvironment makes the command's variables. The creator's credentials are long-lived and mightier than the token: the
// command doesn't get them, under whatever name.
func (e *execution) setEnvironment(token action.Token) error {
	set, err := e.variables(token)
	if err != nil {
		return err
	}
	replaced := creatorVariables()
	for _, v := range set {
		replaced = append(replaced, v.name)
	}
	var environ, withheld []string
	idToken := e.request.sources.Text("id-token-env")
	for _, entry := range e.command.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case slices.ContainsFunc(replaced, func(other string) bool { return sameName(name, other) }):
		case e.request.scrubIDToken && (givesIDToken(name) || sameName(name, idToken)):
		case holdsCredentials(value, e.in.Config.Credentials):
			withheld = append(withheld, name)
		default:
			environ = append(environ, entry)
		}
	}
	if len(withheld) > 0 {
		slices.Sort(withheld)
		e.printer.Info("not handed on to the command, since they hold the creator's credentials: " + strings.Join(withheld, ", "))
	}
	for _, v := range set {
		environ = append(environ, v.name+"="+v.value)
	}
	e.environ = environ
	return nil
}

type setting struct{ name, value string }

// variables are those that frogmint sets. One of --env replaces another of the same name.
func (e *execution) variables(token action.Token) ([]setting, error) {
	set := []setting{{execMarker, "1"}, {jfHomeVariable, e.tokens.files.jfHome}}
	for _, v := range jfrogVariables(token) {
		if v.Value != "" {
			set = append(set, setting{v.Name, v.Value})
		}
	}
	for _, v := range e.request.variables {
		value, missing, secret := v.fill(token)
		if missing != "" {
			e.printer.Warn("variable " + v.name + " is not set: the token has no " + missing)
			continue
		}
		if secret {
			if err := e.runner.Mask(newSecret(value)); err != nil {
				return nil, err
			}
		}
		set = slices.DeleteFunc(set, func(s setting) bool { return s.name == v.name })
		set = append(set, setting{v.name, value})
	}
	return set, nil
}

// fill puts a token's outputs into the template. missing is an output that the token doesn't have; secret is whether the
// value is one.
func (v variable) fill(token action.Token) (value, missing string, secret bool) {
	outputs := map[string]action.Output{}
	for _, output := range token.Outputs() {
		outputs[output.Name] = output
	}
	for _, name := range v.outputs {
		if _, ok := outputs[name]; !ok {
			return "", name, false
		}
		secret = secret || outputs[name].Secret
	}
	return placeholders().ReplaceAllStringFunc(v.template, func(match string) string { return outputs[strings.Trim(match, "{}")].Value }), "", secret
}

// creatorVariables names the variables in which a creator's credentials are handed over, and the one that opens those in
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

// checkCredentials refuses a command whose arguments hold the creator's credentials: the caller's shell has put them there
// where the job's token was meant, and every process of the machine can read them.
func (r *execRequest) checkCredentials(creator action.Credentials) error {
	refuse := func(field, what string) error {
		return &action.ConfigError{
			Field: field, Reason: what + " the creator's credentials, which the shell put there before the job's own token was made",
			Fix: "let a shell of the command's own expand the variable: -- sh -c '...$JF_ACCESS_TOKEN...', in single quotes",
		}
	}
	for i, argument := range r.command {
		if holdsCredentials(argument, creator) {
			return refuse("command", fmt.Sprintf("its word %d holds", i+1))
		}
	}
	for _, v := range r.variables {
		if holdsCredentials(v.template, creator) {
			return refuse("--env "+shorten(v.name), "the text holds")
		}
	}
	return nil
}

// holdsCredentials reports whether a text holds the creator's token, or his password in a place for passwords: as it is,
// escaped for a URL, or in base64 as in HTTP's basic authentication and the files of docker and npm.
func holdsCredentials(text string, creator action.Credentials) bool {
	unescaped := regexp.MustCompile(`%[0-9A-Fa-f]{2}`).ReplaceAllStringFunc(text, func(escape string) string {
		character, _ := url.PathUnescape(escape)
		return character
	})
	forms := []string{text, unescaped}
	for _, word := range regexp.MustCompile(`[A-Za-z0-9+/_-]{8,}`).FindAllString(text, -1) {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if decoded, err := encoding.DecodeString(word); err == nil {
				forms = append(forms, string(decoded))
			}
		}
	}
	return slices.ContainsFunc(forms, func(form string) bool {
		return holdsToken(form, creator.Token.Reveal()) || holdsPassword(form, creator.User, creator.Password.Reveal())
	})
}

// holdsToken has a bound, since a very short token would be found by chance.
func holdsToken(text, token string) bool {
	const shortest = 16
	return len(token) >= shortest && strings.Contains(text, token) || token != "" && text == token
}

// holdsPassword looks in the places for passwords only, since a password may be a common word: alone, behind = or :, and, if
// it is too long for a common word, also between blanks.
func holdsPassword(text, user, password string) bool {
	const shortest, long = 6, 10
	if len(password) < shortest {
		return false
	}
	before, behind := "=:", `"'&@`
	if len(password) >= long {
		before, behind = before+`\s`, behind+`;\s`
	}
	place := regexp.MustCompile("(^|[" + before + `]["']?)` + regexp.QuoteMeta(password) + "($|[" + behind + "])")
	return place.MatchString(text) || strings.Contains(text, user+":"+password)
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
