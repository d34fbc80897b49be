package ghrunner

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// node is one entry of a YAML mapping: a scalar or a mapping of its own.
type node struct {
	key      string
	scalar   string
	children []node
}

// child returns the entry named key, or an empty one.
func (n node) child(key string) node {
	for _, c := range n.children {
		if c.key == key {
			return c
		}
	}
	return node{}
}

// mapping reads the part of YAML that an action.yml needs: mappings of mappings and scalars, plain, quoted or as a
// block, and the empty list. Anything else is an error, never a guess. A YAML library would be one more module in the
// product's go.mod for forty lines of file.
type mapping struct {
	lines []string
	at    int
}

func parseMapping(text string) (node, error) {
	m := &mapping{lines: strings.Split(text, "\n")}
	children, err := m.entries(0)
	if err == nil && m.at < len(m.lines) {
		err = errors.New("unexpected indentation")
	}
	if err != nil {
		return node{}, fmt.Errorf("line %d: %w", m.at+1, err)
	}
	return node{children: children}, nil
}

// indent returns how deep the next line with content stands, or -1 at the end.
func (m *mapping) indent() int {
	for ; m.at < len(m.lines); m.at++ {
		line := m.lines[m.at]
		if text := strings.TrimLeft(line, " "); text != "" && text[0] != '#' && text != "---" {
			return len(line) - len(text)
		}
	}
	return -1
}

// entries reads the entries that stand at exactly this depth.
func (m *mapping) entries(depth int) ([]node, error) {
	var out []node
	for m.indent() == depth {
		key, rest, ok := strings.Cut(m.lines[m.at][depth:], ":")
		if !ok || strings.HasPrefix(key, "-") || strings.ContainsAny(key, " \t\"'{[?") {
			return nil, fmt.Errorf("not a mapping's entry: %q", m.lines[m.at])
		}
		m.at++
		n := node{key: key}
		var err error
		if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
			n.scalar, err = m.scalar(rest, depth)
		} else if deeper := m.indent(); deeper > depth {
			n.children, err = m.entries(deeper)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		out = append(out, n)
	}
	return out, nil
}

// scalar reads the value that begins with text on the line before the current one.
func (m *mapping) scalar(text string, depth int) (string, error) {
	switch text[0] {
	case '|', '>':
		return m.block(text, depth)
	case '"':
		var s string
		err := json.Unmarshal([]byte(m.folded(text, depth)), &s)
		return s, err
	case '\'':
		text = m.folded(text, depth)
		if len(text) < 2 || !strings.HasSuffix(text, "'") {
			return "", fmt.Errorf("unclosed quote: %s", text)
		}
		return strings.ReplaceAll(text[1:len(text)-1], "''", "'"), nil
	case '[', '{', '&', '*', '!', '%', '@', '`':
		if text == "[]" {
			return "", nil
		}
		return "", fmt.Errorf("not read here: %s", text)
	}
	return m.folded(text, depth), nil
}

// folded joins text with the deeper lines that follow it, comments cut off.
func (m *mapping) folded(text string, depth int) string {
	text, _, _ = strings.Cut(text, " #")
	parts := []string{strings.TrimSpace(text)}
	for m.indent() > depth {
		part, _, _ := strings.Cut(m.lines[m.at], " #")
		parts = append(parts, strings.TrimSpace(part))
		m.at++
	}
	return strings.Join(parts, " ")
}

// block reads a literal (|) or folded (>) block, in which a # is text. Empty lines are left out: no default needs them.
func (m *mapping) block(header string, depth int) (string, error) {
	joint := map[byte]string{'|': "\n", '>': " "}[header[0]]
	var parts []string
	for ; m.at < len(m.lines); m.at++ {
		line := m.lines[m.at]
		text := strings.TrimSpace(line)
		if text != "" && len(line)-len(strings.TrimLeft(line, " ")) <= depth {
			break
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	switch header[1:] {
	case "-":
		return strings.Join(parts, joint), nil
	case "":
		return strings.Join(parts, joint) + "\n", nil
	}
	return "", fmt.Errorf("block header not read here: %s", header)
}
