package ghrunner

import (
	"slices"
	"strings"
)

// Env is a step's environment. It keeps the order in which names first appeared, because the runner's docker arguments
// do. The zero value is empty and ready to use.
type Env struct {
	names  []string
	values map[string]string
}

// Pair is one name and its value, as it stood in a command file or in a workflow.
type Pair struct {
	Name, Value string
}

// Set gives name a value; the last one counts.
func (e *Env) Set(name, value string) {
	if e.values == nil {
		e.values = make(map[string]string)
	}
	if _, ok := e.values[name]; !ok {
		e.names = append(e.names, name)
	}
	e.values[name] = value
}

// SetAll sets each pair in turn.
func (e *Env) SetAll(pairs []Pair) {
	for _, p := range pairs {
		e.Set(p.Name, p.Value)
	}
}

// Get returns name's value, and whether it is set at all.
func (e *Env) Get(name string) (value string, ok bool) {
	value, ok = e.values[name]
	return value, ok
}

// Names returns the names in the order of their first appearance.
func (e *Env) Names() []string { return slices.Clone(e.names) }

// Environ returns NAME=VALUE strings for a process.
func (e *Env) Environ() []string {
	out := make([]string, 0, len(e.names))
	for _, name := range e.names {
		out = append(out, name+"="+e.values[name])
	}
	return out
}

// Translate rewrites each value that is a mounted host directory, or lies below one, to where the container has it.
func (e *Env) Translate(mounts []Mount) {
	for _, name := range e.names {
		e.values[name] = translate(e.values[name], mounts)
	}
}

// translate tries the mappings last mounted first, as the runner does: the temporary directory holds most of the others,
// so it must come last.
func translate(value string, mounts []Mount) string {
	for _, m := range slices.Backward(mounts) {
		if m.Host == dockerSocket {
			continue
		}
		if value == m.Host || strings.HasPrefix(value, m.Host+"/") {
			return m.Container + strings.TrimPrefix(value, m.Host)
		}
	}
	return value
}
