package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/mapping"
)

// githubJob are the claims of a push to the main branch of a repository that was made before July 2026.
func githubJob(changes map[string]any) map[string]any {
	claims := map[string]any{
		"iss": "https://token.actions.githubusercontent.com", "aud": "https://acme.jfrog.io", "jti": "4c0ffee", "exp": json.Number("1800000300"),
		"sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "repository": "octo-org/octo-repo", "repository_id": "74",
		"repository_owner": "octo-org", "repository_owner_id": "65", "ref": "refs/heads/main", "ref_type": "branch", "event_name": "push",
		"job_workflow_ref": "octo-org/workflows/.github/workflows/release.yml@refs/heads/main", "actor": "octocat", "run_id": "9001",
	}
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
			continue
		}
		claims[name] = value
	}
	return claims
}

func bound(claims map[string]any) mapping.Mapping {
	return mapping.Mapping{Name: "m", Provider: "github", Priority: 1, Claims: claims, TokenSpec: mapping.TokenSpec{Username: "ci", Scope: "applied-permissions/groups:readers"}}
}

// Each claim that nearly matches is explained by what keeps it from matching.
func TestCompare_SaysHowAClaimNearlyMatches(t *testing.T) {
	t.Parallel()
	immutable := map[string]any{"sub": "repo:octo-org@65/octo-repo@74:ref:refs/heads/main"}
	production := map[string]any{"sub": "repo:octo-org/octo-repo:environment:production", "environment": "production"}
	tests := map[string]struct {
		claim   string
		want    any
		changes map[string]any
		near    string
	}{
		"case":                    {"repository", "Octo-Org/octo-repo", nil, "upper and lower case"},
		"slash":                   {"iss", "https://token.actions.githubusercontent.com/", nil, "a slash at an end"},
		"space":                   {"ref", " refs/heads/main", nil, "only spaces"},
		"old form":                {"sub", "repo:octo-org/octo-repo:ref:refs/heads/main", immutable, "has the ids of owner and repository"},
		"old form as a pattern":   {"sub", "repo:octo-org/*:ref:refs/heads/*", immutable, "has the ids of owner and repository"},
		"new form":                {"sub", "repo:octo-org@65/octo-repo@74:ref:refs/heads/main", nil, "still has the older form"},
		"taken over":              {"sub", "repo:octo-org@65/octo-repo@1:ref:refs/heads/main", immutable, "the ids differ"},
		"renamed":                 {"sub", "repo:octo-org@65/old-repo@74:ref:refs/heads/main", immutable, "renamed or moved"},
		"branch name":             {"ref", "main", nil, "the whole ref"},
		"whole ref":               {"ref", "refs/heads/main", map[string]any{"ref": "main"}, "the short name"},
		"name without owner":      {"repository", "octo-repo", nil, "the owner before the name"},
		"address":                 {"repository", "https://github.com/octo-org/octo-repo.git", nil, "without the host"},
		"regular expression":      {"ref", "^refs/heads/.*$", nil, "no regular expressions"},
		"environment for branch":  {"sub", "repo:octo-org/octo-repo:ref:refs/heads/main", production, "runs in an environment"},
		"branch for environment":  {"sub", "repo:octo-org/octo-repo:environment:production", nil, "runs in no environment"},
		"other environment":       {"sub", "repo:octo-org/octo-repo:environment:staging", production, "another environment"},
		"environment claim":       {"environment", "staging", production, "another environment"},
		"no environment":          {"environment", "production", nil, "runs in no environment"},
		"other branch":            {"sub", "repo:octo-org/octo-repo:ref:refs/heads/release", nil, "another branch or tag"},
		"ref claim":               {"ref", "refs/heads/release", nil, "another branch or tag"},
		"pull request":            {"sub", "repo:octo-org/octo-repo:ref:refs/heads/main", map[string]any{"sub": "repo:octo-org/octo-repo:pull_request"}, "a pull request"},
		"other repository":        {"sub", "repo:octo-org/other:ref:refs/heads/main", nil, "another repository"},
		"list":                    {"ref", []any{"refs/tags/v1", "main"}, nil, "the whole ref"},
		"name of a claim in case": {"Repository", "octo-org/octo-repo", nil, "it has repository"},
		"another name of a claim": {"branch", "refs/heads/main", nil, "called ref"},
		"nothing near":            {"repository", "else/where", nil, ""},
		"an unknown subject":      {"sub", "project_path:a/b:ref_type:branch:ref:main", nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := bound(map[string]any{tt.claim: tt.want}).Compare(mapping.Job{Claims: githubJob(tt.changes)})
			if result.Matches() || len(result.Claims) != 1 {
				t.Fatalf("matches: %v", result.Lines())
			}
			near := result.Claims[0].Near
			if !strings.Contains(near, tt.near) || tt.near == "" && near != "" {
				t.Errorf("near %q, want %q", near, tt.near)
			}
			if lines := result.Lines(); len(lines) != 2 || !strings.Contains(lines[1], tt.near) {
				t.Errorf("lines %q", lines)
			}
		})
	}
}

func TestCompare_KnowsTheRelease(t *testing.T) {
	t.Parallel()
	m := bound(map[string]any{"repository": []any{"octo-org/octo-repo"}, "ref": "refs/heads/*"})
	for release, want := range map[string]bool{"": true, "7.94.1": true, "7.146.38": true, "7.94.0": false, "7.77.3": false, "7.94.1-m003": true, "unknown": true} {
		result := m.Compare(mapping.Job{Claims: githubJob(nil), Release: release})
		if result.Matches() != want {
			t.Errorf("release %q: %v", release, result.Lines())
		}
		if !want && !strings.Contains(result.Lines()[1], "from Artifactory 7.94.1") {
			t.Errorf("release %q: %v", release, result.Lines())
		}
	}
}

func TestCompare_SaysWhyAMappingIsNotTried(t *testing.T) {
	t.Parallel()
	m := bound(map[string]any{"ref": "refs/heads/main"})
	m.Project = "blue"
	for want, job := range map[string]mapping.Job{
		`isn't tried: it belongs to project "blue", which the exchange doesn't name`: {},
		`isn't tried: the exchange names mapping "other"`:                            {Project: "blue", Mapping: "other"},
		`isn't tried: it belongs to provider "github", the exchange names another`:   {Project: "blue", Provider: "gitlab"},
		`mapping "m" matches`: {Project: "blue", Mapping: "m", Provider: "github"},
	} {
		job.Claims = githubJob(nil)
		if lines := m.Compare(job).Lines(); len(lines) != 1 || !strings.HasSuffix(lines[0], want) {
			t.Errorf("%q, want %q", lines, want)
		}
	}
}

// What isn't on the list is named and never shown, neither the token's value nor the mapping's, which may be the same.
func TestCompare_HidesOtherClaims(t *testing.T) {
	t.Parallel()
	m := bound(map[string]any{"user_email": "a@acme.example", "jti": "4c0ffee", "ref": "refs/heads/x"})
	result := m.Compare(mapping.Job{Claims: githubJob(map[string]any{"user_email": "b@acme.example"})})
	text := strings.Join(result.Lines(), "\n") + toJSON(t, result.Claims)
	if strings.Contains(text, "acme.example") || strings.Contains(text, "4c0ffee") {
		t.Errorf("shown: %s", text)
	}
	if !strings.Contains(text, "user_email: the mapping wants (not shown), the job has (not shown)") || !strings.Contains(text, "refs/heads/main") {
		t.Errorf("got %s", text)
	}
}

// Nothing that a claim or a mapping holds becomes a second line or a command of the log.
func TestCompare_LinesAreHarmless(t *testing.T) {
	t.Parallel()
	nasty := "x\n::add-mask::y ##[group]z \u202e" + strings.Repeat("long", 500)
	m := bound(map[string]any{"ref": nasty, nasty: nasty})
	m.Name = nasty
	for _, job := range []mapping.Job{{Claims: githubJob(map[string]any{"ref": "q" + nasty})}, {Mapping: nasty + "1"}, {Provider: nasty}} {
		for _, line := range m.Compare(job).Lines() {
			if len(line) > 1000 || strings.ContainsAny(line, "\n\u202e") || strings.Contains(line, "::") || strings.Contains(line, "##") {
				t.Errorf("line %q", line)
			}
		}
	}
}
