package action

import (
	"strings"

	"github.com/sethvargo/go-envconfig"
)

// Layer is one place that inputs come from. An input that is set to nothing but white space is unset.
type Layer struct {
	name   string
	spell  func(Input) string
	lookup func(Input) string
}

// Layers returns the places in their order: a flag beats the action's input, that the FROGMINT_ variable, that the JFrog
// variable. flags holds what the command line set, by input name, and may be nil.
func Layers(flags map[string]string, lookup func(string) (string, bool)) []Layer {
	value := func(name string) string {
		if name == "" {
			return ""
		}
		v, _ := lookup(name)
		return v
	}
	return []Layer{
		{"flags", func(i Input) string { return "--" + i.Name }, func(i Input) string { return flags[i.Name] }},
		{"inputs", func(i Input) string { return "input " + i.Name }, func(i Input) string { return value(i.ActionVariable()) }},
		{"FROGMINT_ variables", Input.Variable, func(i Input) string { return value(i.Variable()) }},
		{"JFrog variables", func(i Input) string { return i.JFrog }, func(i Input) string { return value(i.JFrog) }},
	}
}

// get returns the input's value in this layer, with white space around it removed: a secret pasted with its line break
// is still that secret.
func (l Layer) get(input Input) (string, bool) {
	value := l.lookup(input)
	trimmed := strings.TrimSpace(value)
	if input.Name == "password" && trimmed != "" {
		trimmed = strings.TrimRight(value, "\r\n") // other white space may be a part of it
	}
	return trimmed, trimmed != ""
}

// sources finds inputs in layers, and how the user wrote what was found.
type sources struct {
	layers []Layer
	inputs map[string]Input
}

var _ envconfig.Lookuper = sources{}

func newSources(layers []Layer) sources {
	s := sources{layers: layers, inputs: map[string]Input{}}
	for _, input := range Inputs() {
		s.inputs[input.Name] = input
	}
	return s
}

// Lookup serves go-envconfig, whose keys can't hold dashes.
func (s sources) Lookup(key string) (string, bool) {
	value, _, ok := s.find(strings.ToLower(strings.ReplaceAll(key, "_", "-")))
	return value, ok
}

// find returns the value of the first layer that has the input, and how it is spelled there.
func (s sources) find(name string) (value, spelled string, ok bool) {
	input := s.inputs[name]
	for _, layer := range s.layers {
		if value, ok := layer.get(input); ok {
			return value, layer.spell(input), true
		}
	}
	return "", s.defaultSpelling(input), false
}

// defaultSpelling names an input that was set nowhere.
func (s sources) defaultSpelling(input Input) string { return "input " + input.Name }
