package ghrunner

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Action is what the runner takes from a container action's action.yml.
type Action struct {
	// Inputs are the declared inputs and their defaults, in the file's order.
	Inputs []Pair
	// Outputs are the names of the declared outputs.
	Outputs []string
	// Image is the Dockerfile or the docker:// reference.
	Image string
	// Entrypoint and PostEntrypoint are the programs of the main and the post step.
	Entrypoint, PostEntrypoint string
	// Env is set in the container where nothing else has set it.
	Env []Pair
}

// definition is the part of an action.yml that counts here. What has to keep its order stays a node.
type definition struct {
	Inputs  yaml.Node `yaml:"inputs"`
	Outputs yaml.Node `yaml:"outputs"`
	Runs    struct {
		Using          string    `yaml:"using"`
		Image          string    `yaml:"image"`
		Entrypoint     string    `yaml:"entrypoint"`
		PostEntrypoint string    `yaml:"post-entrypoint"`
		Args           []string  `yaml:"args"`
		Env            yaml.Node `yaml:"env"`
	} `yaml:"runs"`
}

// ParseAction reads an action.yml. What this harness can't play as the runner would is an error.
func ParseAction(text string) (Action, error) {
	var d definition
	if err := yaml.Unmarshal([]byte(text), &d); err != nil {
		return Action{}, err
	}
	a := Action{Image: d.Runs.Image, Entrypoint: d.Runs.Entrypoint, PostEntrypoint: d.Runs.PostEntrypoint}
	for name, input := range entries(d.Inputs) {
		var in struct{ Default string }
		if err := input.Decode(&in); err != nil {
			return Action{}, fmt.Errorf("input %s: %w", name, err)
		}
		a.Inputs = append(a.Inputs, Pair{name, in.Default})
	}
	for name := range entries(d.Outputs) {
		a.Outputs = append(a.Outputs, name)
	}
	for name, value := range entries(d.Runs.Env) {
		a.Env = append(a.Env, Pair{name, value.Value})
	}
	return a, a.check(d)
}

// entries yields a mapping's keys and values in the file's order.
func entries(mapping yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		for pair := range slices.Chunk(mapping.Content, 2) {
			if !yield(pair[0].Value, pair[1]) {
				return
			}
		}
	}
}

func (a Action) check(d definition) error {
	if d.Runs.Using != "docker" {
		return fmt.Errorf("runs.using is %q, not docker", d.Runs.Using)
	}
	if a.Image == "" || a.Entrypoint == "" {
		return errors.New("runs.image and runs.entrypoint must be set")
	}
	if d.Runs.Args == nil || len(d.Runs.Args) > 0 {
		return errors.New("runs.args must be there and empty: without it a step's own args are taken, with it they're logged")
	}
	for _, p := range slices.Concat(a.Inputs, a.Env) {
		if strings.Contains(p.Value, "${{") {
			return fmt.Errorf("%s: expressions are not evaluated here", p.Name)
		}
	}
	return nil
}

// inputs returns what a step gives, in its order, and then the declared inputs that it doesn't give, with their
// defaults. Names are compared without regard to case, as the runner compares them.
func (a Action) inputs(with []Pair) []Pair {
	out := append([]Pair(nil), with...)
	for _, in := range a.Inputs {
		if !hasName(with, in.Name) {
			out = append(out, in)
		}
	}
	return out
}

func hasName(pairs []Pair, name string) bool {
	for _, p := range pairs {
		if strings.EqualFold(p.Name, name) {
			return true
		}
	}
	return false
}
