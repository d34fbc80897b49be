package ci

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/redact"
)

// idTokenVariable is the variable for a pipeline's ID token where the CI leaves its name to the author of the pipeline.
const idTokenVariable = "JFROG_ID_TOKEN" //nolint:gosec // a name, not a credential

// firstSet returns the value of the first of these variables that is set.
func firstSet(env Env, names ...string) string {
	for _, name := range names {
		if value := env(name); value != "" {
			return value
		}
	}
	return ""
}

// numbered names a run by what counts it and its number. By the number alone, frogmint revoke --run took back the tokens
// of another pipeline's run with the same one.
func numbered(env Env, counter, number string) string {
	if env(counter) == "" || env(number) == "" {
		return env(number)
	}
	return env(counter) + "/" + env(number)
}

// hasVariable is HasIDToken of a CI that pushes its token into one of these variables.
func hasVariable(names ...string) func(Env) bool {
	return func(env Env) bool { return firstSet(env, names...) != "" }
}

// idTokenFromVariable is IDToken of such a CI: the first of the variables that is set.
func idTokenFromVariable(hint string, names ...string) func(context.Context, Host, string) (redact.Secret, error) {
	return func(_ context.Context, host Host, _ string) (redact.Secret, error) {
		value := strings.TrimSpace(firstSet(host.Env, names...))
		if value == "" {
			return redact.Secret{}, &Problem{
				What: "reading the job's ID token: " + strings.Join(names, " and ") + " not set", Do: hint,
			}
		}
		return redact.NewSecret(value), nil
	}
}

// withoutUser takes the user, the password and the query's values out of the address of a repository. Where a password
// isn't escaped the address is no URL, or one that holds the password elsewhere: all before the last @ goes then.
func withoutUser(repository string) string {
	if address, err := url.Parse(repository); err == nil && (address.User != nil || !strings.Contains(repository, "@")) {
		return redact.URL(address)
	}
	scheme, rest, found := strings.Cut(repository, "://")
	if !found {
		scheme, rest = "", repository
	} else {
		scheme += "://"
	}
	return scheme + rest[strings.LastIndex(rest, "@")+1:]
}

// isName reports whether name can name a variable: ASCII letters, digits and underscores, no digit at the start. also is
// one more character that may stand after the first.
func isName(name string, also rune) bool {
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		inside := i > 0 && ('0' <= r && r <= '9' || r == also)
		if !letter && !inside {
			return false
		}
	}
	return name != ""
}

// checkVariable refuses what would be another variable, or a command, to whoever reads variables line by line.
func checkVariable(name, value string) error {
	switch {
	case !isName(name, '_'):
		return fmt.Errorf("%q is no name for a variable", redact.Text(name, 80))
	case strings.ContainsAny(value, "\r\n\x00"):
		return fmt.Errorf("the value of %s holds a line break or a NUL", name)
	case !utf8.ValidString(value):
		return fmt.Errorf("the value of %s is not UTF-8", name)
	}
	return nil
}

func checkVariables(variables []Output) error {
	for _, variable := range variables {
		if err := checkVariable(variable.Name, variable.Value); err != nil {
			return err
		}
	}
	return nil
}

// asVariables renames outputs as variables of a shell. Their prefix is none of frogmint's own inputs: a second frogmint
// in the job must not take the first one's token for its own access-token.
func asVariables(outputs []Output) []Output {
	variables := make([]Output, len(outputs))
	for i, output := range outputs {
		name := strings.ToUpper(strings.ReplaceAll(output.Name, "-", "_"))
		variables[i] = Output{Name: "FROGMINT_OUT_" + name, Value: output.Value, Secret: output.Secret}
	}
	return variables
}

// shellLines sets variables in a POSIX shell. Tracing goes off first: a step that runs with -x would print each value
// as it is set, and again at each use.
func shellLines(variables []Output) (string, error) {
	if err := checkVariables(variables); err != nil {
		return "", err
	}
	var lines strings.Builder
	lines.WriteString("{ set +x; } 2>/dev/null\n")
	for _, variable := range variables {
		lines.WriteString("export " + variable.Name + "=" + shellQuote(variable.Value) + "\n")
	}
	return lines.String(), nil
}

// shellQuote makes one word of a POSIX shell, in which nothing is expanded.
func shellQuote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
