package examples_test

import (
	"slices"
	"strings"
	"testing"
)

// readJenkinsfile reads a declarative pipeline: its blocks, by the names that Jenkins documents, and their strings.
func (s *settings) readJenkinsfile(t *testing.T, text string) {
	t.Helper()
	known := map[string]string{
		"": "pipeline", "pipeline": "agent environment stages", "stages": "stage", "stage": "steps", "steps": "withCredentials sh",
		"withCredentials": "sh", "agent": "", "environment": "",
	}
	var blocks []string
	for line := range strings.Lines(text) {
		code := strings.TrimSpace(line)
		if code == "" || strings.HasPrefix(code, "//") {
			continue
		}
		parent := ""
		if len(blocks) > 0 {
			parent = blocks[len(blocks)-1]
		}
		head, rest := code, ""
		if end := strings.IndexAny(code, " ({"); end >= 0 {
			head, rest = code[:end], code[end:]
		}
		switch {
		case code == "}":
			if len(blocks) == 0 {
				t.Fatal("a brace closes nothing")
			}
			blocks = blocks[:len(blocks)-1]
			continue
		case parent == "environment":
			name, value, ok := strings.Cut(code, " = ")
			s.env[name] = literal(t, value)
			if !ok {
				t.Errorf("%q sets no variable", code)
			}
			continue
		case !slices.Contains(strings.Fields(known[parent]), head):
			t.Errorf("%q isn't known within %q", head, parent)
		}
		switch {
		case head == "sh":
			s.command(literal(t, strings.TrimSpace(rest)))
		case strings.HasSuffix(code, "{"):
			blocks = append(blocks, head)
		case strings.Count(code, "{") != strings.Count(code, "}"):
			t.Errorf("braces differ in %q", code)
		}
		if strings.Count(code, "(") != strings.Count(code, ")") || strings.Count(code, "[") != strings.Count(code, "]") {
			t.Errorf("brackets differ in %q", code)
		}
	}
	if len(blocks) > 0 {
		t.Errorf("never closed: %q", blocks)
	}
}

// literal reads a string that Groovy doesn't interpolate: a token must not become a part of the script's text.
func literal(t *testing.T, text string) string {
	t.Helper()
	inner, ok := strings.CutPrefix(text, "'")
	inner, closed := strings.CutSuffix(inner, "'")
	if !ok || !closed || strings.Contains(inner, "'") {
		t.Errorf("%s is no string in single quotes", text)
	}
	return inner
}
