package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// What Strict fills in where the caller leaves it open, in seconds.
const (
	adminLife   = 60 // enough to mint one token
	defaultLife = 3600
)

// system is a CI system, by a claim that only its ID tokens have. Of each list of alternatives the first counts whose
// claims the job has all.
type system struct {
	mark  string
	who   [][]string // whose repository: ids, which nobody can take over, before names
	where [][]string // the environment, or the branch or tag
}

func systems() []system {
	return []system{
		{"repository_owner", [][]string{{"repository", "repository_owner_id"}, {"repository"}}, [][]string{{"environment"}, {"ref"}}},      // GitHub
		{"namespace_path", [][]string{{"project_id", "namespace_id"}, {"project_path"}}, [][]string{{"environment"}, {"ref", "ref_type"}}}, // GitLab
		{"pipeline_slug", [][]string{{"organization_id", "pipeline_id"}, {"organization_slug", "pipeline_slug"}}, [][]string{{"build_branch"}}},
		{"rpo_id", [][]string{{"org_id", "prj_id", "def_id"}}, [][]string{{"rpo_ref"}}},
		{"oidc.circleci.com/project-id", [][]string{{"oidc.circleci.com/org-id", "oidc.circleci.com/project-id"}}, [][]string{{"oidc.circleci.com/vcs-ref"}}},
		{"repositoryUuid", [][]string{{"workspaceUuid", "repositoryUuid"}}, [][]string{{"deploymentEnvironmentUuid"}, {"branchName"}}},
		{"sub", [][]string{{"sub"}}, nil},
	}
}

// Fleeting reports whether a claim differs in every run, so that no mapping can bind it.
func Fleeting(claim string) bool {
	return slices.Contains([]string{
		"exp", "iat", "nbf", "jti", "sha", "run_id", "run_number", "run_attempt", "check_run_id", "job_id", "build_number", "build_commit", "stepUuid", "pipelineUuid",
	}, claim)
}

// Strict writes the mapping that matches this very job and as few others as its claims allow: repository, and environment
// or branch. The repository is bound by ids alone where GitHub's subject is the immutable one, and else by its name and the
// owner's id. With bind it has these claims only; repository and repository_owner among them bring the ids likewise. The
// spec's open members are filled in: a user named like the mapping, the group readers, any audience, an hour or, for an
// administrator's, 60 s. The name comes from the claims; provider and project are the caller's to set. The error names a
// claim that can't be bound.
func Strict(claims map[string]any, bind []string, spec TokenSpec) (Mapping, error) {
	bound := boundNames(claims, bind)
	m := Mapping{Claims: map[string]any{}, TokenSpec: spec, Priority: 1}
	for _, name := range bound {
		value, err := bindable(name, claims[name])
		if err != nil {
			return Mapping{}, err
		}
		m.Claims[name] = value
	}
	if len(m.Claims) == 0 {
		return Mapping{}, errors.New("the ID token has no claim that says whose job it is")
	}
	m.describe(claims, bound)
	m.fill()
	return m, nil
}

// boundNames are the claims that bind a job strictly, or those of bind with the ids that belong to them.
func boundNames(claims map[string]any, bind []string) []string {
	who, where := binding(claims)
	if len(bind) == 0 {
		return slices.Concat(who, where)
	}
	var bound []string
	for _, name := range bind {
		bound = append(bound, withIDs(name, who, claims)...)
	}
	return bound
}

// binding chooses the claims that bind a job strictly.
func binding(claims map[string]any) (who, where []string) {
	at := slices.IndexFunc(systems(), func(s system) bool { return textOf(claims[s.mark]) != "" })
	if at < 0 {
		return nil, nil
	}
	ci := systems()[at]
	who, where = firstOf(append(ci.who, []string{"sub"}), claims), firstOf(ci.where, claims)
	if who == nil {
		return nil, nil // a place without its owner would be anybody's
	}
	if s, ok := parseSubject(textOf(claims["sub"])); ok && s.hasIDs() && textOf(claims["repository_id"]) != "" {
		who = []string{"repository_id", "repository_owner_id"}
	}
	if textOf(claims["event_name"]) == "pull_request" && textOf(claims["environment"]) == "" {
		where = firstOf([][]string{{"event_name", "base_ref"}, {"event_name"}}, claims) // its ref is the pull request's own
	}
	return who, where
}

// withIDs are the claims to bind for one that was asked for.
func withIDs(name string, who []string, claims map[string]any) []string {
	const id = "repository_owner_id"
	switch {
	case name == "repository" && len(who) > 0:
		return who
	case name == "repository_owner" && slices.Contains(who, "repository_id"):
		return []string{id}
	case name == "repository_owner" && textOf(claims[id]) != "":
		return []string{name, id}
	}
	return []string{name}
}

func firstOf(alternatives [][]string, claims map[string]any) []string {
	at := slices.IndexFunc(alternatives, func(names []string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return textOf(claims[name]) == "" })
	})
	if at < 0 {
		return nil
	}
	return alternatives[at]
}

// textOf is a claim's value where it is a single one.
func textOf(value any) string {
	if values := texts(value); len(values) == 1 {
		return values[0]
	}
	return ""
}

// bindable returns a claim's value as a mapping may have it.
func bindable(name string, value any) (any, error) {
	text := textOf(value)
	switch {
	case value == nil:
		return nil, fmt.Errorf("the ID token has no claim %s", shown(name))
	case Fleeting(name):
		return nil, fmt.Errorf("claim %s differs in every run", shown(name))
	case text == "":
		return nil, fmt.Errorf("claim %s has no single value", shown(name))
	case strings.Contains(text, "*"):
		return nil, fmt.Errorf("claim %s holds a *, which JFrog takes for a wildcard", shown(name))
	}
	return text, nil
}

// describe names the mapping after the job, in the letters that JFrog's Terraform provider takes.
func (m *Mapping) describe(claims map[string]any, bound []string) {
	var parts []string
	for _, name := range []string{"repository", "project_path", "pipeline_slug", "sub"} {
		if text := textOf(claims[name]); text != "" {
			parts = append(parts, text)
			break
		}
	}
	names := []string{shown(strings.Join(parts, ""))}
	for _, name := range bound {
		switch text := textOf(claims[name]); name {
		case "environment", "ref", "event_name", "build_branch", "branchName":
			parts, names = append(parts, shortRef(text)), append(names, name+" "+shown(text))
		case "job_workflow_ref", "workflow_ref":
			parts, names = []string{text}, append(names, name+" "+shown(text))
		}
	}
	slug := replaceRuns(strings.ToLower(strings.Join(parts, "-")), '-', func(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' })
	const longest = 80
	m.Name = cmp.Or(strings.Trim(slug[:min(len(slug), longest)], "-"), "job")
	m.Description = strings.Join(names, ", ")
}

func (m *Mapping) fill() {
	spec := &m.TokenSpec
	if spec.UsernamePattern == "" {
		spec.Username = cmp.Or(spec.Username, m.Name)
	}
	if spec.GroupsPattern == "" {
		spec.Scope = cmp.Or(spec.Scope, jfrog.GroupScope([]string{defaultGroup}))
	}
	life := int64(defaultLife)
	if spec.isAdmin() {
		life = adminLife
	}
	spec.Audience, spec.ExpiresIn = cmp.Or(spec.Audience, anyAudience), cmp.Or(spec.ExpiresIn, life)
}
