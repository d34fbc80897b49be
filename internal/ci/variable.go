package ci

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/redact"
)

// isSet is Detect of a CI that sets variables, named as for lookUp.
func isSet(names string) func(Env) bool {
	return func(env Env) bool { return lookUp(env, names) != "" }
}

// require fails with a *ProblemError unless all of these variables are set.
func require(env Env, op, fix string, names ...string) error {
	for _, name := range names {
		if env(name) == "" {
			return &ProblemError{What: op + ": " + name + " is not set", Fix: fix}
		}
	}
	return nil
}

// isValue is Detect of a CI that sets a variable to a value, whatever its case.
func isValue(name, value string) func(Env) bool {
	return func(env Env) bool { return strings.EqualFold(env(name), value) }
}

// isTrue reads a variable as programs written in Go do, runners among them: 1, t, T, TRUE, true and True are true.
func isTrue(env Env, name string) bool {
	value, err := strconv.ParseBool(env(name))
	return err == nil && value
}

// lookUp returns what variables hold: "A or B" is the first of the two that is set, "A/B" both with a slash between, where
// both are set. A run that only its pipeline counts needs the pipeline's name: by the number alone, a sweep of one run
// revoked the tokens of another pipeline's.
func lookUp(env Env, names string) string {
	for choice := range strings.SplitSeq(names, " or ") {
		var values []string
		for name := range strings.SplitSeq(choice, "/") {
			values = append(values, env(name))
		}
		if !slices.Contains(values, "") {
			return strings.Join(values, "/")
		}
	}
	return ""
}

// withoutUser takes the user, the password and the query's values out of the address of a repository. Where a password
// isn't escaped the address is no URL, or one that holds the password elsewhere: all before the last @ goes then. A
// repository's name stays as it is.
func withoutUser(repository string) string {
	scheme, _, isURL := strings.Cut(repository, "://")
	at := strings.LastIndex(repository, "@")
	if isSCP := at >= 0 && strings.Contains(repository[at:], ":"); !isURL && !isSCP {
		return repository
	}
	if address, err := url.Parse(repository); err == nil && (address.User != nil || at < 0) {
		return redact.URL(address)
	}
	if isURL {
		return scheme + "://" + repository[at+1:]
	}
	return repository[at+1:]
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
	if !isName(name, '_') {
		return fmt.Errorf("invalid variable name %q", redact.Text(name, 80))
	}
	return checkLine(name, value)
}

// checkLine refuses a value that isn't one line of UTF-8.
func checkLine(name, value string) error {
	switch {
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

// checkExport is Check of a CI where only what Export and Setenv do can fail.
func checkExport(check func(Host) error) func(Host, Uses) error {
	return func(host Host, uses Uses) error {
		if !uses.Export && !uses.Setenv {
			return nil
		}
		return check(host)
	}
}

// exporting is Export by way of Setenv, for a CI that has variables only. The prefix is none of frogmint's own inputs: a
// second frogmint in the job must not take the first one's token for its own access-token.
func exporting(setenv func(Host, []Output) error) func(Host, []Output) error {
	return func(host Host, outputs []Output) error {
		return setenv(host, renamed(outputs, func(name string) string {
			return "FROGMINT_OUT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		}))
	}
}

func renamed(outputs []Output, rename func(string) string) []Output {
	variables := slices.Clone(outputs)
	for i := range variables {
		variables[i].Name = rename(variables[i].Name)
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
