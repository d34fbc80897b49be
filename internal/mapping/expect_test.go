package mapping_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestParseExpectations(t *testing.T) {
	t.Parallel()
	got, err := mapping.ParseExpectations([]byte("# who gets what\n\n  octo-org/app deploy # the app\r\nrepo:octo-org/*:ref:fix-#7\t-\n*  readers"))
	must(t, err)
	want := []mapping.Expectation{
		{Job: "octo-org/app", Mapping: "deploy", Line: 3}, {Job: "repo:octo-org/*:ref:fix-#7", Line: 4}, {Job: "*", Mapping: "readers", Line: 5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"a b\nc": "line 2: want a job and a mapping, or - for none",
		"a b c":  "line 1",
		"a # b":  "line 1",
		strings.Repeat("a b\n", mapping.MaxMappings+1): "line 2001: more than 2000 expectations",
		strings.Repeat("\n", mapping.MaxFile+1):        "more than 1048576 bytes",
	} {
		if all, err := mapping.ParseExpectations([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || all != nil {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	mappings := []mapping.Mapping{
		named("deploy", 1, map[string]any{"repository": "octo-org/octo-repo", "ref": "refs/heads/main"}),
		named("readers", 2, map[string]any{"repository_owner": "octo-org"}),
		named("twin", 2, map[string]any{"ref": "refs/heads/twin"}),
	}
	job := func(name, repository, ref string) mapping.Job {
		owner, _, _ := strings.Cut(repository, "/")
		return mapping.Job{Name: name, Claims: map[string]any{"sub": "repo:" + repository + ":ref:" + ref, "repository": repository, "repository_owner": owner, "ref": ref}}
	}
	jobs := []mapping.Job{
		job("main", "octo-org/octo-repo", "refs/heads/main"), job("fix", "octo-org/octo-repo", "refs/heads/fix"),
		job("stranger", "mallory/octo-repo", "refs/heads/main"), job("tie", "octo-org/lib", "refs/heads/twin"),
	}
	for text, want := range map[string][]mapping.Difference{
		"main deploy\noc*/octo-repo readers\ntie *": {{Job: "tie", Want: "*", Got: `readers (mapping "twin" matches, too, and has the same priority)`}},
		"main deploy\ntie readers":                  {{Job: "fix", Want: "-", Got: "readers"}, {Job: "tie", Want: "readers", Got: `readers (mapping "twin" matches, too, and has the same priority)`}},
		"*:ref:refs/heads/main -\nfix readers\ngone deploy\nold-* deploy\noctopus -": {
			{Job: "main", Want: "-", Got: "deploy"}, {Job: "tie", Want: "-", Got: `readers (mapping "twin" matches, too, and has the same priority)`},
			{Job: "gone", Want: "deploy", Got: "no claims of such a job (line 3)"}, {Job: "octopus", Want: "-", Got: "no claims of such a job (line 5)"},
		},
		"octo-org/octo-repo deploy\nmallory/octo-repo deploy": {
			{Job: "fix", Want: "deploy", Got: "readers"}, {Job: "stranger", Want: "deploy", Got: "-"}, {Job: "tie", Want: "-", Got: `readers (mapping "twin" matches, too, and has the same priority)`},
		},
	} {
		expected, err := mapping.ParseExpectations([]byte(text))
		must(t, err)
		if diff := cmp.Diff(want, mapping.Differences(expected, mapping.Check(mappings, jobs))); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// A platform team's case: 300 repositories, a mapping for each and two for all of them.
func TestCheck_300Repositories(t *testing.T) {
	t.Parallel()
	var mappings []mapping.Mapping
	var jobs []mapping.Job
	var expected strings.Builder
	for i := range 300 {
		repository := fmt.Sprintf("octo-org/repo-%03d", i)
		claims := githubJob(map[string]any{"sub": "repo:" + repository + ":ref:refs/heads/main", "repository": repository, "repository_id": fmt.Sprint(i)})
		own, err := mapping.Strict(claims, nil, mapping.TokenSpec{})
		must(t, err)
		if own.Priority = 2; i < 200 {
			mappings = append(mappings, own)
			fmt.Fprintf(&expected, "%s %s\n", repository, own.Name)
		}
		jobs = append(jobs, mapping.Job{Claims: claims})
	}
	all := named("all", 3, map[string]any{"repository": "octo-org/*", "repository_owner_id": "65"})
	mappings = append(mappings, all, named("called", 1, map[string]any{"job_workflow_ref": "octo-org/workflows/.github/workflows/other.yml@refs/heads/main", "repository_owner_id": "65"}))
	expected.WriteString("octo-org/* all\n")
	lines, err := mapping.ParseExpectations([]byte(expected.String()))
	must(t, err)
	var choices []mapping.Choice
	took := sandboxtest.CPUTime(func() {
		choices = mapping.Check(mappings, jobs)
		if differences := mapping.Differences(lines, choices); len(differences) > 0 {
			t.Errorf("differences: %v", differences[0])
		}
	})
	began := time.Now()
	if findings := mapping.Lint(mapping.Set{Mappings: mappings}, mapping.Options{}); len(findings) > 1 {
		t.Errorf("findings: %v", findings[:2])
	}
	t.Logf("checked in %s, linted in %s", took, time.Since(began))
	if took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	if choices[7].Mapping != "octo-org-repo-007-main" || choices[250].Token.Username != "ci" || choices[250].Job != "repo:octo-org/repo-250:ref:refs/heads/main" {
		t.Errorf("choices %+v", choices[250].Token)
	}
}
