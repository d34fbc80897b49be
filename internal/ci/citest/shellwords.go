package citest

import (
	"fmt"
	"strings"
)

// ParseExports reads lines of the form export NAME=WORD by the rules of a POSIX shell, as far as words without any
// expansion go: '…' is literal, \C is C, letters, digits and a few signs stand for themselves. Everything else, above all
// what a shell would expand or run, is an error. A line that only switches tracing off is allowed.
func ParseExports(text string) (map[string]string, error) {
	env := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line == "{ set +x; } 2>/dev/null" {
			continue
		}
		assignment, ok := strings.CutPrefix(line, "export ")
		name, word, equals := strings.Cut(assignment, "=")
		if !ok || !equals || strings.ContainsAny(name, " \t'\"\\$`;&|<>()") {
			return nil, fmt.Errorf("not an export: %q", line)
		}
		value, err := shellWord(word)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		env[name] = value
	}
	return env, nil
}

func shellWord(word string) (string, error) {
	var value strings.Builder
	for word != "" {
		switch c := word[0]; {
		case c == '\'':
			literal, rest, closed := strings.Cut(word[1:], "'")
			if !closed {
				return "", fmt.Errorf("a quote has no end")
			}
			value.WriteString(literal)
			word = rest
		case c == '\\' && len(word) > 1:
			value.WriteByte(word[1])
			word = word[2:]
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_-.:/@%+,", c) >= 0:
			value.WriteByte(c)
			word = word[1:]
		default:
			return "", fmt.Errorf("%q stands unquoted", c)
		}
	}
	return value.String(), nil
}
