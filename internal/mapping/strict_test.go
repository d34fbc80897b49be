package mapping_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/mapping"
)

func TestStrict_BindsRepositoryAndPlace(t *testing.T) {
	t.Parallel()
	immutable := map[string]any{"sub": "repo:octo-org@65/octo-repo@74:ref:refs/heads/main"}
	for name, tt := range map[string]struct {
		claims map[string]any
		bind   []string
		want   map[string]any
		called string
	}{
		"branch":      {githubJob(nil), nil, map[string]any{"repository": "octo-org/octo-repo", "repository_owner_id": "65", "ref": "refs/heads/main"}, "octo-org-octo-repo-main"},
		"immutable":   {githubJob(immutable), nil, map[string]any{"repository_id": "74", "repository_owner_id": "65", "ref": "refs/heads/main"}, "octo-org-octo-repo-main"},
		"environment": {githubJob(map[string]any{"environment": "Prod: EU"}), nil, map[string]any{"repository": "octo-org/octo-repo", "repository_owner_id": "65", "environment": "Prod: EU"}, "octo-org-octo-repo-prod-eu"},
		"pull request": {
			githubJob(map[string]any{"event_name": "pull_request", "ref": "refs/pull/5/merge", "base_ref": "main"}), nil,
			map[string]any{"repository": "octo-org/octo-repo", "repository_owner_id": "65", "event_name": "pull_request", "base_ref": "main"}, "octo-org-octo-repo-pull-request",
		},
		"without ids": {githubJob(map[string]any{"repository_owner_id": nil}), nil, map[string]any{"repository": "octo-org/octo-repo", "ref": "refs/heads/main"}, "octo-org-octo-repo-main"},
		"called workflow": {
			githubJob(immutable), []string{"job_workflow_ref", "repository_owner"},
			map[string]any{"job_workflow_ref": "octo-org/workflows/.github/workflows/release.yml@refs/heads/main", "repository_owner_id": "65"},
			"octo-org-workflows-github-workflows-release-yml-refs-heads-main",
		},
		"owner by name":       {githubJob(nil), []string{"repository_owner"}, map[string]any{"repository_owner": "octo-org", "repository_owner_id": "65"}, "octo-org-octo-repo"},
		"immutable by choice": {githubJob(immutable), []string{"repository", "event_name"}, map[string]any{"repository_id": "74", "repository_owner_id": "65", "event_name": "push"}, "octo-org-octo-repo-push"},
		"gitlab": {
			map[string]any{"sub": "project_path:g/p:ref_type:branch:ref:main", "namespace_path": "g", "namespace_id": "1", "project_id": "2", "project_path": "g/p", "ref": "main", "ref_type": "branch"},
			nil, map[string]any{"project_id": "2", "namespace_id": "1", "ref": "main", "ref_type": "branch"}, "g-p-main",
		},
		"buildkite": {
			map[string]any{"sub": "organization:o:pipeline:p:ref:r:commit:c:step:s", "organization_slug": "o", "pipeline_slug": "p", "build_branch": "main"},
			nil, map[string]any{"organization_slug": "o", "pipeline_slug": "p", "build_branch": "main"}, "p-main",
		},
		"another CI": {map[string]any{"sub": "system:serviceaccount:ci:builder", "kubernetes.io": map[string]any{"namespace": "ci"}}, nil, map[string]any{"sub": "system:serviceaccount:ci:builder"}, "system-serviceaccount-ci-builder"},
	} {
		got, err := mapping.Strict(tt.claims, tt.bind, mapping.TokenSpec{})
		must(t, err)
		if diff := cmp.Diff(tt.want, got.Claims); diff != "" || got.Name != tt.called {
			t.Errorf("%s: %q %s", name, got.Name, diff)
		}
		if !got.Match(tt.claims) {
			t.Errorf("%s: the job doesn't match its own mapping", name)
		}
		if findings := mapping.Lint(mapping.Set{Mappings: []mapping.Mapping{got}}, mapping.Options{}); tt.bind == nil && name != "without ids" && len(findings) > 0 {
			t.Errorf("%s: %v", name, findings)
		}
		// A job that differs in any bound claim doesn't match.
		for claim := range got.Claims {
			other := map[string]any{}
			for name, value := range tt.claims {
				other[name] = value
			}
			other[claim] = "another"
			if got.Match(other) {
				t.Errorf("%s: matches another %s", name, claim)
			}
		}
	}
}

func TestStrict_FillsWhatIsOpen(t *testing.T) {
	t.Parallel()
	const name = "octo-org-octo-repo-main"
	for _, tt := range []struct{ spec, want mapping.TokenSpec }{
		{mapping.TokenSpec{}, mapping.TokenSpec{Username: name, Scope: "applied-permissions/groups:readers", Audience: "*@*", ExpiresIn: 3600}},
		{mapping.TokenSpec{Scope: "applied-permissions/admin"}, mapping.TokenSpec{Username: name, Scope: "applied-permissions/admin", Audience: "*@*", ExpiresIn: 60}},
		{mapping.TokenSpec{UsernamePattern: "{{actor}}", GroupsPattern: "{{groups}}"}, mapping.TokenSpec{UsernamePattern: "{{actor}}", GroupsPattern: "{{groups}}", Audience: "*@*", ExpiresIn: 3600}},
		{mapping.TokenSpec{Username: "u", Scope: "s", Audience: "jfrt@*", ExpiresIn: 5}, mapping.TokenSpec{Username: "u", Scope: "s", Audience: "jfrt@*", ExpiresIn: 5}},
	} {
		got, err := mapping.Strict(githubJob(nil), nil, tt.spec)
		must(t, err)
		if got.TokenSpec != tt.want || got.Priority != 1 || got.Description != "octo-org/octo-repo, ref refs/heads/main" {
			t.Errorf("got %+v", got)
		}
	}
}

func TestStrict_RefusesWhatCannotBeBound(t *testing.T) {
	t.Parallel()
	for want, tt := range map[string]struct {
		changes map[string]any
		bind    []string
	}{
		"the ID token has no claim environment":        {nil, []string{"repository", "environment"}},
		"claim run_id differs in every run":            {nil, []string{"run_id"}},
		"claim aud has no single value":                {map[string]any{"aud": []any{"a", "b"}}, []string{"aud"}},
		"claim environment holds a *":                  {map[string]any{"environment": "all*"}, nil},
		"the ID token has no claim repository_owner_x": {nil, []string{"repository_owner_x"}},
	} {
		if m, err := mapping.Strict(githubJob(tt.changes), tt.bind, mapping.TokenSpec{}); err == nil || !strings.Contains(err.Error(), want) || m.Name != "" {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, claims := range []map[string]any{{"aud": "x"}, {"repository_owner": "o", "ref": "refs/heads/main"}, nil} {
		if m, err := mapping.Strict(claims, nil, mapping.TokenSpec{}); err == nil || !strings.Contains(err.Error(), "whose job it is") {
			t.Errorf("%v: %s, %v", claims, m.JSON(), err)
		}
	}
}

// Whatever the claims, the mapping matches them and its name is one that JFrog takes.
func TestStrict_MatchesItsOwnJob(t *testing.T) {
	t.Parallel()
	random, valid := newRandom("strict"), regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$`)
	made := 0
	for range 3000 {
		job := random.job("p", "")
		job.Claims["repository_owner"] = pick(random, "o", "*", "ö/ :")
		m, err := mapping.Strict(job.Claims, pick(random, nil, []string{"sub"}, []string{"custom", "ref"}), mapping.TokenSpec{})
		if err != nil {
			continue
		}
		made++
		if !m.Match(job.Claims) || !valid.MatchString(m.Name) {
			t.Fatalf("%s for %s", toJSON(t, m), toJSON(t, job.Claims))
		}
		if strings.ContainsAny(fmt.Sprint(m.Description), "\n\r") {
			t.Fatalf("description %q", m.Description)
		}
	}
	if made < 500 {
		t.Errorf("only %d mappings were made", made)
	}
}
