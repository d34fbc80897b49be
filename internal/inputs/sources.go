package inputs

import (
	"slices"
	"strings"
)

// Lookup looks up an environment variable, as os.LookupEnv does.
type Lookup = func(name string) (string, bool)

// Sources are the places that inputs come from.
type Sources struct {
	places []func(Input) string // how the input is written there; the place that wins comes first
	lookup Lookup
	inputs []Input
	action bool                           // whether a post step comes later
	hides  func(name string, at int) bool // what must not be found; nil hides nothing
}

// CommandSources are those of a command: a flag beats the action's input, that the FROGMINT_ variable, that the JFrog
// variable. flags holds what the command line set, by input name. lookup also serves id-token-env and jf's configuration.
func CommandSources(flags map[string]string, lookup Lookup) Sources {
	withFlags := func(name string) (string, bool) {
		if flag, ok := strings.CutPrefix(name, "--"); ok {
			text, ok := flags[flag]
			return text, ok
		}
		return lookup(name)
	}
	places := []func(Input) string{flagName, Input.ActionVariable, Input.Variable, jfrogVariable}
	return Sources{places: places, lookup: withFlags, inputs: List()}
}

// ActionSources are those of an action's own steps: the action's inputs, and the JFrog variables for url, project and
// credentials. FROGMINT_ variables are not read: a step before could have set one, and would decide what this one asks for.
func ActionSources(lookup Lookup) Sources {
	return Sources{places: []func(Input) string{Input.ActionVariable, jfrogVariable}, lookup: lookup, inputs: List(), action: true}
}

func flagName(i Input) string      { return "--" + i.Name }
func jfrogVariable(i Input) string { return i.JFrog }

// Text returns what an input was set to, trimmed; empty where it is set nowhere. Credentials may be others than those in use.
func (s Sources) Text(name string) string {
	text, _ := s.find(name)
	return text
}

// find returns the text of the first place that has the input, and which place that is; -1 for none.
func (s Sources) find(name string) (text string, at int) {
	for at := range s.places {
		if text := s.get(name, at); text != "" && (s.hides == nil || !s.hides(name, at)) {
			return text, at
		}
	}
	return "", -1
}

// get returns the input's text in one place, without the white space around it: a secret that was pasted with its line break
// is still that secret. What is nothing but white space is unset.
func (s Sources) get(name string, at int) string {
	text, _ := s.lookup(s.places[at](s.input(name)))
	if name == "password" && strings.TrimSpace(text) != "" {
		return strings.TrimRight(text, "\r\n") // other white space may be a part of it
	}
	return strings.TrimSpace(text)
}

// input describes the input of this name.
func (s Sources) input(name string) Input {
	if at := slices.IndexFunc(s.inputs, func(i Input) bool { return i.Name == name }); at >= 0 {
		return s.inputs[at]
	}
	return Input{Name: name}
}

// nameOf names an input as the user wrote it.
func (s Sources) nameOf(name string) string {
	_, at := s.find(name)
	return s.nameAt(name, at)
}

func (s Sources) nameAt(name string, at int) string {
	if input := s.input(name); at >= 0 && s.places[at](input) != input.ActionVariable() {
		return s.places[at](input)
	}
	return "input " + name
}
