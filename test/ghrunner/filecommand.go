package ghrunner

import (
	"fmt"
	"strings"
)

// ParseFileCommand reads a GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV file. The pairs stand in the file's order: whoever
// stores them lets the last one win. An error is what fails a step on the runner ("Unable to process file command"); the
// pairs before it count all the same.
func ParseFileCommand(text string) ([]Pair, error) {
	var pairs []Pair
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			pairs = append(pairs, Pair{line[:equals], line[equals+1:]})
		case heredoc >= 0:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			if name == "" || delimiter == "" {
				return pairs, fmt.Errorf("invalid format %q: name and delimiter must not be empty", line)
			}
			value, rest, err := heredocValue(text, delimiter)
			if err != nil {
				return pairs, fmt.Errorf("%s: %w", name, err)
			}
			pairs = append(pairs, Pair{name, value})
			text = rest
		default:
			return pairs, fmt.Errorf("invalid format %q", line)
		}
	}
	return pairs, nil
}

// heredocValue reads the lines up to the delimiter. Only LF ends a line on Linux: a CR stays in the value, and a
// delimiter with a CR behind it is no delimiter.
func heredocValue(text, delimiter string) (value, rest string, err error) {
	var lines []string
	for text != "" {
		line, after, ended := strings.Cut(text, "\n")
		if line == delimiter {
			return strings.Join(lines, "\n"), after, nil
		}
		if !ended {
			return "", "", fmt.Errorf("line before the end of the file lacks its newline")
		}
		lines = append(lines, line)
		text = after
	}
	return "", "", fmt.Errorf("matching delimiter not found %q", delimiter)
}
