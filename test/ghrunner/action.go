package ghrunner

import (
	"errors"
	"fmt"
	"strings"
)

// Action is what the runner takes from a container action's action.yml.
type Action struct {
	// Inputs are the declared inputs and their defaults, in the file's order.
	Inputs []Pair
	// Outputs are the names of the declared outputs.
	Outputs []string
	// Image is the Dockerfile or the docker:// reference.
	Image string
	// Entrypoint and PostEntrypoint are the programs of the main and the post stage.
	Entrypoint, PostEntrypoint string
	// Env is set in the container where nothing else has set it.
	Env []Pair
}

// ParseAction reads an action.yml. What this harness can't play as the runner would is an error.
func ParseAction(text string) (Action, error) {
	root, err := parseMapping(text)
	if err != nil {
		return Action{}, err
	}
	runs := root.child("runs")
	a := Action{
		Image:          runs.child("image").scalar,
		Entrypoint:     runs.child("entrypoint").scalar,
		PostEntrypoint: runs.child("post-entrypoint").scalar,
	}
	for _, in := range root.child("inputs").children {
		a.Inputs = append(a.Inputs, Pair{in.key, in.child("default").scalar})
	}
	for _, out := range root.child("outputs").children {
		a.Outputs = append(a.Outputs, out.key)
	}
	for _, env := range runs.child("env").children {
		a.Env = append(a.Env, Pair{env.key, env.scalar})
	}
	return a, a.check(runs)
}

func (a Action) check(runs node) error {
	if using := runs.child("using").scalar; using != "docker" {
		return fmt.Errorf("runs.using is %q, not docker", using)
	}
	if a.Image == "" || a.Entrypoint == "" {
		return errors.New("runs.image and runs.entrypoint must be set")
	}
	if args := runs.child("args"); args.key == "" || args.scalar != "" || args.children != nil {
		return errors.New("runs.args must be there and empty: without it a step's own args are taken, with it they're logged")
	}
	for _, p := range append(a.Inputs, a.Env...) {
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
