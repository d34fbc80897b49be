package ghrunner

import (
	"slices"
	"strings"
	"unicode"
)

// Command is a workflow command that a step printed.
type Command struct {
	Name       string
	Properties map[string]string
	Data       string
}

// registered are the commands that the runner knows; a line that names another one is plain text.
var registered = []string{
	"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
	"remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}

var (
	dataEscapes     = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%")
	propertyEscapes = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	legacyEscapes   = strings.NewReplacer("%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%25", "%")
)

// ParseCommand reads a line as the runner does: `::name key=value,…::data` at the line's start, blanks apart, or else
// the older `##[name key=value;…]data` anywhere in it. The names in extra count as registered too.
func ParseCommand(line string, extra ...string) (Command, bool) {
	if c, ok := parseV2(line, extra); ok {
		return c, true
	}
	return parseLegacy(line, extra)
}

func parseV2(line string, extra []string) (Command, bool) {
	body, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	if !ok {
		return Command{}, false
	}
	info, data, ok := strings.Cut(body, "::")
	if !ok {
		return Command{}, false
	}
	return newCommand(info, ",", data, propertyEscapes, dataEscapes, extra)
}

func parseLegacy(line string, extra []string) (Command, bool) {
	_, body, ok := strings.Cut(line, "##[")
	if !ok {
		return Command{}, false
	}
	info, data, ok := strings.Cut(body, "]")
	if !ok {
		return Command{}, false
	}
	return newCommand(info, ";", data, legacyEscapes, legacyEscapes, extra)
}

func newCommand(info, separator, data string, property, value *strings.Replacer, extra []string) (Command, bool) {
	name, properties, _ := strings.Cut(info, " ")
	known := func(s string) bool { return strings.EqualFold(s, name) }
	if !slices.ContainsFunc(registered, known) && !slices.ContainsFunc(extra, known) {
		return Command{}, false
	}
	c := Command{Name: strings.ToLower(name), Properties: make(map[string]string), Data: value.Replace(data)}
	for p := range strings.SplitSeq(strings.TrimSpace(properties), separator) {
		if k, v, ok := strings.Cut(p, "="); ok && k != "" && v != "" {
			c.Properties[strings.ToLower(k)] = property.Replace(v)
		}
	}
	return c, true
}
