package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// template is a text in which {NAME} stands for an output of a token. Braces around anything else, as in JSON, stand for
// themselves.
type template struct {
	text     string
	literals []string // around the outputs: one more than these
	outputs  []string
}

// parseTemplate reads a template, or the bare name of an output. The error doesn't repeat the text, which may be a secret.
func parseTemplate(text string) (template, error) {
	if slices.Contains(outputNames(), text) {
		text = "{" + text + "}"
	}
	t := splitTemplate(text)
	unknown := func(output string) bool { return !slices.Contains(outputNames(), output) }
	if len(t.outputs) == 0 || slices.ContainsFunc(t.outputs, unknown) {
		return template{}, fmt.Errorf("it takes the name of an output, or a text with such names in braces: one of %s", strings.Join(outputNames(), ", "))
	}
	return t, nil
}

func splitTemplate(text string) (t template) {
	t.text = text
	literal := 0 // where it begins
	for i := 0; i < len(text); i++ {
		name, _, closed := strings.Cut(text[i+1:], "}")
		if text[i] != '{' || !closed || !isPlaceholder(name) {
			continue
		}
		t.literals, t.outputs = append(t.literals, text[literal:i]), append(t.outputs, name)
		i += len(name) + 1
		literal = i + 1
	}
	t.literals = append(t.literals, text[literal:])
	return t
}

// isPlaceholder reports whether a text has the form of an output's name: words of small letters with dashes between them.
func isPlaceholder(name string) bool {
	for word := range strings.SplitSeq(name, "-") {
		if strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" || word == "" {
			return false
		}
	}
	return true
}

// outputNames are the outputs of a token, in the order of the documentation.
func outputNames() []string {
	return []string{
		"access-token", "reference-token", "refresh-token", "token-id", "username", "scope", "expires-in", "expires-at", "revocable", "url",
	}
}

// lacks returns an output that a token won't have, since it isn't asked for, and the input that asks for it; empty for none.
func (t template) lacks(config action.Config) (output, input string) {
	switch {
	case !config.Reference && slices.Contains(t.outputs, "reference-token"):
		return "reference-token", "reference"
	case !config.Refreshable && slices.Contains(t.outputs, "refresh-token"):
		return "refresh-token", "refreshable"
	}
	return "", ""
}

// fill puts a token's outputs into the template. secret is whether one of them is. missing is one that the token doesn't
// have; there is no value then.
func (t template) fill(token action.Token) (value string, secret bool, missing string) {
	outputs := map[string]action.Output{}
	for _, output := range token.Outputs() {
		outputs[output.Name] = output
	}
	for _, name := range t.outputs {
		if _, ok := outputs[name]; !ok {
			return "", false, name
		}
		secret = secret || outputs[name].Secret
	}
	var b strings.Builder
	for i, name := range t.outputs {
		b.WriteString(t.literals[i] + outputs[name].Value)
	}
	return b.String() + t.literals[len(t.outputs)], secret, ""
}
