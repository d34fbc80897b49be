package cli

import (
	"runtime"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
)

// environment returns the command's variables. The creator's credentials are not among them, under whatever name.
func (e *execution) environment(token action.Token) ([]string, error) {
	set, err := e.variables(token)
	if err != nil {
		return nil, err
	}
	replaced := creatorVariables()
	for _, v := range set {
		replaced = append(replaced, v.Name)
	}
	var environ, withheld []string
	creator, idToken := creatorOf(e.in.Config), e.request.sources.Text("id-token-env")
	for _, entry := range e.command.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case slices.ContainsFunc(replaced, func(other string) bool { return sameName(name, other) }):
		case e.request.scrubIDToken && (ci.GivesIDToken(name) || sameName(name, idToken)):
		case creator.In(value):
			withheld = append(withheld, name)
		default:
			environ = append(environ, entry)
		}
	}
	if len(withheld) > 0 {
		slices.Sort(withheld)
		e.printer.Info("not handed on to the command, since they hold the creator's credentials: " + strings.Join(withheld, ", "))
	}
	for _, v := range set {
		environ = append(environ, v.Name+"="+v.Value)
	}
	return environ, nil
}

// variables are those that frogmint sets. One of --env replaces one of JFrog's of the same name.
func (e *execution) variables(token action.Token) ([]ci.Output, error) {
	set := slices.DeleteFunc(jfrogVariables(token), func(v ci.Output) bool { return v.Value == "" })
	set = append(set, ci.Output{Name: execMarker, Value: "1"})
	set = append(set, loginVariables(e.login)...)
	for _, v := range e.request.variables {
		value, secret, missing := v.template.fill(token)
		if missing != "" {
			e.printer.Warn("variable " + v.name + " is not set: the token has no " + missing)
			continue
		}
		if secret {
			if err := e.runner.Mask(newSecret(value)); err != nil {
				return nil, err
			}
		}
		set = slices.DeleteFunc(set, func(other ci.Output) bool { return other.Name == v.name })
		set = append(set, ci.Output{Name: v.name, Value: value})
	}
	return set, nil
}

// sameName compares the names of variables, which Windows takes in any case.
func sameName(a, b string) bool {
	return a != "" && (a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b))
}
