package mapping_test

import (
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/mapping"
)

func named(name string, priority int64, claims map[string]any) mapping.Mapping {
	m := bound(claims)
	m.Name, m.Priority = name, priority
	return m
}

func TestChoose_FollowsJFrogsOrder(t *testing.T) {
	t.Parallel()
	all := map[string]any{}
	project := named("project", 9, all)
	project.Project = "blue"
	mappings := []mapping.Mapping{
		named("none", 0, all), named("second", 2, all), named("first", 1, map[string]any{"ref": "refs/heads/main"}), project,
	}
	for _, tt := range []struct {
		job  mapping.Job
		want string
	}{
		{mapping.Job{Claims: githubJob(nil)}, "first"},
		{mapping.Job{Claims: githubJob(map[string]any{"ref": "refs/heads/x"})}, "second"},
		{mapping.Job{Claims: githubJob(nil), Project: "blue"}, "project"},
		{mapping.Job{Claims: githubJob(nil), Project: "blue", Release: "7.93.1"}, "first"},
		{mapping.Job{Claims: githubJob(nil), Project: "red"}, "first"},
		{mapping.Job{Claims: githubJob(nil), Mapping: "none"}, "none"},
		{mapping.Job{Claims: githubJob(nil), Mapping: "project"}, ""},
		{mapping.Job{Claims: githubJob(nil), Mapping: "nobody"}, ""},
	} {
		choice := mapping.Choose(mappings, tt.job)
		if choice.Mapping != tt.want || choice.Refused() != (tt.want == "") || choice.Problem != "" {
			t.Errorf("%+v: got %q, %q, want %q", tt.job, choice.Mapping, choice.Problem, tt.want)
		}
		if len(choice.Results()) != len(mappings) {
			t.Errorf("%d results", len(choice.Results()))
		}
	}
	if mappings[0].Name != "none" {
		t.Error("the caller's list was changed")
	}
}

func TestChoose_SaysWhatIsUnclear(t *testing.T) {
	t.Parallel()
	other := named("other", 1, nil)
	other.Provider = "gitlab"
	tie := mapping.Choose([]mapping.Mapping{named("a", 1, nil), named("b", 1, nil)}, mapping.Job{Claims: githubJob(nil)})
	if tie.Mapping != "a" || !strings.Contains(tie.Problem, `mapping "b" matches, too, and has the same priority`) {
		t.Errorf("%+v", tie)
	}
	two := mapping.Choose([]mapping.Mapping{named("a", 1, nil), other}, mapping.Job{Claims: githubJob(nil)})
	if two.Mapping != "" || !strings.Contains(two.Problem, "several providers") {
		t.Errorf("%+v", two)
	}
	if one := mapping.Choose([]mapping.Mapping{named("a", 1, nil), other}, mapping.Job{Claims: githubJob(nil), Provider: "gitlab"}); one.Mapping != "other" || one.Problem != "" {
		t.Errorf("%+v", one)
	}
}

// A mapping whose pattern fails is taken all the same, and the request fails: JFrog tries no other.
func TestChoose_AppliesPatterns(t *testing.T) {
	t.Parallel()
	claims := githubJob(map[string]any{"mail": "Jo@acme.example", "groups": "dev,ops", "teams": []any{"a", "b"}})
	for name, tt := range map[string]struct {
		spec    mapping.TokenSpec
		release string
		want    mapping.Token
		problem string
	}{
		"plain":         {mapping.TokenSpec{UsernamePattern: "{{actor}}"}, "", mapping.Token{Username: "octocat", Scope: "applied-permissions/user", Audience: "*@*"}, ""},
		"added":         {mapping.TokenSpec{UsernamePattern: "{{actor}} | $0@acme"}, "", mapping.Token{Username: "octocat@acme", Scope: "applied-permissions/user", Audience: "*@*"}, ""},
		"taken off":     {mapping.TokenSpec{UsernamePattern: "({{ mail }})@acme.example|$1"}, "", mapping.Token{Username: "jo", Scope: "applied-permissions/user", Audience: "*@*"}, ""},
		"no such group": {mapping.TokenSpec{UsernamePattern: "{{actor}}|$0$7$"}, "", mapping.Token{Username: "octocat$", Scope: "applied-permissions/user", Audience: "*@*"}, ""},
		"groups":        {mapping.TokenSpec{Username: "U", GroupsPattern: "{{groups}} | jf-$0", ExpiresIn: 9}, "", mapping.Token{Username: "u", Scope: `applied-permissions/groups:"jf-dev","jf-ops"`, Audience: "*@*", ExpiresIn: 9}, ""},
		"list":          {mapping.TokenSpec{GroupsPattern: "{{teams}}", Audience: "jfrt@*"}, "", mapping.Token{Username: "github/m", Scope: `applied-permissions/groups:"a","b"`, Audience: "jfrt@*"}, ""},
		"before 7.95":   {mapping.TokenSpec{Username: "u", UsernamePattern: "{{actor}}"}, "7.94.1", mapping.Token{Username: "u", Scope: "applied-permissions/user", Audience: "*@*"}, ""},
		"missing":       {mapping.TokenSpec{UsernamePattern: "{{nobody}}"}, "", mapping.Token{}, "username_pattern: the ID token has no claim nobody"},
		"no match":      {mapping.TokenSpec{UsernamePattern: "jf{{actor}}"}, "", mapping.Token{}, "claim actor doesn't match"},
		"no claim":      {mapping.TokenSpec{GroupsPattern: "all"}, "", mapping.Token{}, "groups_pattern: it doesn't name exactly one claim"},
		"two claims":    {mapping.TokenSpec{UsernamePattern: "{{actor}}-{{mail}}"}, "", mapping.Token{}, "exactly one claim"},
		"unreadable":    {mapping.TokenSpec{UsernamePattern: "(?=x){{actor}}"}, "", mapping.Token{}, "can't be read here"},
	} {
		m := bound(nil)
		m.TokenSpec = tt.spec
		choice := mapping.Choose([]mapping.Mapping{m, named("next", 2, nil)}, mapping.Job{Claims: claims, Release: tt.release})
		if choice.Mapping != "m" || choice.Token != tt.want || !strings.Contains(choice.Problem, tt.problem) || tt.problem == "" && choice.Problem != "" {
			t.Errorf("%s: %+v, want %+v %q", name, choice, tt.want, tt.problem)
		}
	}
}

func TestNearest_PrefersTheFewestDifferences(t *testing.T) {
	t.Parallel()
	far := named("far", 1, map[string]any{"ref": "refs/tags/v1", "repository": "a/b", "environment": "x"})
	plain := named("plain", 1, map[string]any{"event_name": "schedule", "ref": "refs/heads/main"})
	near := named("near", 3, map[string]any{"ref": "main", "repository": "octo-org/octo-repo"})
	project := named("project", 1, map[string]any{"ref": "refs/heads/x"})
	project.Project = "blue"
	results := mapping.Choose([]mapping.Mapping{far, project, plain, near}, mapping.Job{Claims: githubJob(nil)}).Results()
	if got, ok := mapping.Nearest(results); !ok || got.Mapping.Name != "near" {
		t.Errorf("nearest %v", got.Lines())
	}
	if _, ok := mapping.Nearest(nil); ok {
		t.Error("something is nearest of nothing")
	}
	// All match, and none is tried: the exchange names another mapping.
	job := mapping.Job{Claims: githubJob(nil), Mapping: "typo"}
	if got, _ := mapping.Nearest(mapping.Choose([]mapping.Mapping{far, named("right", 1, map[string]any{"ref": "refs/heads/main"})}, job).Results()); got.Mapping.Name != "right" || got.Skipped == "" {
		t.Errorf("nearest %v", got.Lines())
	}
}
