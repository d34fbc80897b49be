package login

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// client is one entry of what can be logged in.
type client struct {
	name  string
	also  string // other programs that read the same, for people
	takes repositoryUse
	many  bool // it can have several repositories, and tells them apart by their keys
	login func(p *plan, repository string)
}

// repositoryUse is whether CLIENT=REPOSITORY makes sense.
type repositoryUse int

const (
	optional repositoryUse = iota
	required               // it finds credentials by repository, or would send them to another's
	never
)

// clients lists all of them in the order of the documentation.
func clients() []client {
	return []client{
		{name: "npm", also: "pnpm, yarn 1", login: npm},
		{name: "docker", also: "podman, skopeo, crane, buildx", takes: never, login: docker},
		{name: "pip", login: pip},
		{name: "twine", takes: required, login: twine},
		{name: "uv", login: uv},
		{name: "poetry", takes: required, many: true, login: poetry},
		{name: "maven", takes: required, many: true, login: maven},
		{name: "gradle", login: gradle},
		{name: "go", login: golang},
		{name: "helm", many: true, login: helm},
		{name: "cargo", takes: required, many: true, login: cargo},
		{name: "nuget", also: "dotnet", takes: required, many: true, login: nuget},
		{name: "conan", takes: required, many: true, login: conan},
		{name: "terraform", also: "tofu", takes: never, login: terraform},
		{name: "git", also: "git-lfs", login: git},
		{name: "curl", takes: never, login: curl},
		{name: "bazel", takes: never, login: bazel},
		{name: "jf", takes: never, login: jf},
	}
}

// ProblemError is something that keeps a login from working. Its text is about the input login.
type ProblemError struct{ Reason, Fix string }

var _ error = (*ProblemError)(nil)

// Error says what is wrong.
func (p *ProblemError) Error() string { return p.Reason }

// Hint tells what to change.
func (p *ProblemError) Hint() string { return p.Fix }

func problem(fix, reason string, args ...any) error {
	return &ProblemError{Reason: fmt.Sprintf(reason, args...), Fix: fix}
}

// entry is one item of the list.
type entry struct {
	client
	repository string
}

// String is the item of the list.
func (e entry) String() string {
	if e.repository == "" {
		return e.name
	}
	return e.name + "=" + e.repository
}

// excludes reports whether another entry can't stand in the same list.
func (e entry) excludes(other entry) bool {
	return e.name == other.name && (!e.many || e.repository == other.repository || e.repository == "" || other.repository == "")
}

// parse reads a list such as docker, npm=npm-virtual, separated by commas or lines. The error joins a *ProblemError for each item
// that can't be used.
func parse(list string) ([]entry, error) {
	var entries []entry
	var problems []error
	for _, item := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '\n' }) {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		one, err := parseItem(item)
		if at := slices.IndexFunc(entries, one.excludes); err == nil && at >= 0 {
			err = twice(entries[at], one)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		entries = append(entries, one)
	}
	if len(entries)+len(problems) == 0 {
		problems = append(problems, problem("name a client, or leave the input out", "it names no client"))
	}
	return entries, errors.Join(problems...)
}

// twice is the error for two entries that exclude each other.
func twice(first, second entry) error {
	const fix = "name it once; where it needs several repositories, put them behind one virtual repository"
	if first.repository == second.repository {
		return problem(fix, "%s is given twice", second)
	}
	return problem(fix, "%s is given twice, as %s and %s", second.name, first, second)
}

// countClients counts those with several repositories once.
func countClients(entries []entry) (count int) {
	for i, e := range entries {
		if !slices.ContainsFunc(entries[:i], func(other entry) bool { return other.name == e.name }) {
			count++
		}
	}
	return count
}

func parseItem(item string) (entry, error) {
	name, repository, named := strings.Cut(item, "=")
	name, repository = strings.TrimSpace(name), strings.TrimSpace(repository)
	known := clients()
	at := slices.IndexFunc(known, func(c client) bool { return c.name == name })
	switch {
	case at < 0:
		return entry{}, problem("the clients are "+names(known), "unknown client %q", redact.Text(name, 40))
	case named && known[at].takes == never:
		return entry{}, problem("write "+name, "%s takes no repository", name)
	case named && !isKey(repository):
		return entry{}, problem("a repository's key has letters, digits, dots, dashes and underscores, 64 at most",
			"%s: %q is not the key of a repository", name, redact.Text(repository, 80))
	case !named && known[at].takes == required:
		return entry{}, problem("write "+name+"=REPOSITORY", "%s needs a repository", name)
	}
	return entry{known[at], repository}, nil
}

func names(known []client) string {
	all := make([]string, len(known))
	for i, c := range known {
		if all[i] = c.name; c.also != "" {
			all[i] += " (also for " + c.also + ")"
		}
	}
	return strings.Join(all, ", ")
}

// isKey reports whether a text can be a repository's key. JFrog takes a few characters more, and all of them would be
// something else to one client or another: a key stands in URLs, INI, XML, YAML and the names of variables.
func isKey(text string) bool {
	other := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}
	return text != "" && len(text) <= 64 && !strings.ContainsFunc(text, other) && text[0] != '.' && text[0] != '-'
}
