package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// template is a text in which {NAME} stands for an output of a token. Braces around anything else, as in JSON, stand for
// themselves.
type template struct {
	text    string
	outputs []string
}

func placeholder() *regexp.Regexp { return regexp.MustCompile(`\{([a-z]+(?:-[a-z]+)*)\}`) }

// parseTemplate reads a template, or the bare name of an output. The error doesn't repeat the text, which may be a secret.
func parseTemplate(text string) (template, error) {
	if slices.Contains(outputNames(), text) {
		text = "{" + text + "}"
	}
	t := template{text: text}
	for _, match := range placeholder().FindAllStringSubmatch(text, -1) {
		t.outputs = append(t.outputs, match[1])
	}
	unknown := func(output string) bool { return !slices.Contains(outputNames(), output) }
	if len(t.outputs) == 0 || slices.ContainsFunc(t.outputs, unknown) {
		return template{}, fmt.Errorf("it takes the name of an output, or a text with such names in braces: one of %s", strings.Join(outputNames(), ", "))
	}
	return t, nil
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
	fill := func(match string) string { return outputs[strings.Trim(match, "{}")].Value }
	return placeholder().ReplaceAllStringFunc(t.text, fill), secret, ""
}
