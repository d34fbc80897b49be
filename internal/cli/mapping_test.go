package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// newMappingRunner is a job of GitHub's, with files of these texts; words of the command line that begin with @ name one.
func newMappingRunner(t *testing.T, files map[string]string) (*runner, func(args ...string) (int, string)) {
	t.Helper()
	r := newRunner(t, sandboxtest.Start(t), map[string]string{"url": ""})
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return r, func(args ...string) (int, string) {
		words := []string{"frogmint", "mapping"}
		for _, word := range args {
			if name, ok := strings.CutPrefix(word, "@"); ok {
				word = filepath.Join(folder, name)
			}
			words = append(words, word)
		}
		return r.run(t.Context(), r.env, words...)
	}
}

const oneJob = `{"sub":"repo:octo-org/octo-repo:ref:refs/heads/main","repository":"octo-org/octo-repo","repository_id":"74","repository_owner":"octo-org",
	"repository_owner_id":"65","ref":"refs/heads/main","run_id":"1","job_workflow_ref":"octo-org/w/.github/workflows/r.yml@refs/heads/main"}`

const twoMappings = `[{"name":"deploy","provider_name":"github","priority":1,"claims":{"repository":"octo-org/octo-repo","ref":"refs/heads/main"},
		"token_spec":{"username":"ci-bot","scope":"applied-permissions/groups:CI","expires_in":300}},
	{"name":"other","provider_name":"elsewhere","priority":1,"claims":{"repository":"octo-org/*"},"token_spec":{"username":"x","scope":"applied-permissions/user"}}]`

func TestMappingPrint(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args   []string
		status int
		says   []string
		not    string
	}{
		"this job's, in all forms": {[]string{"--oidc-provider-name", "github"}, 0, []string{"# JFrog's JSON\n{\n", `"provider_name": "github"`, "\ncurl --fail-with-body",
			"'https://jfrog.example/access/api/v1/oidc/github/identity_mappings'", "\nresource \"platform_oidc_identity_mapping\"", `"repository_owner_id": "65"`, `"ref": "refs/heads/main"`}, "hint"},
		"without any setting": {nil, 0, []string{`"provider_name": "PROVIDER"`}, "hint"},
		"what is asked for": {[]string{"--groups", "CI", "--username", "bob", "--expiry", "10m", "--project", "blue", "--identity-mapping-name", "mine", "--format", "json"}, 0,
			[]string{`"scope": "applied-permissions/groups:CI"`, `"username": "bob"`, `"expires_in": 600`, `"project_key": "blue"`, `"name": "mine"`}, "curl"},
		"of a file, for many repositories": {[]string{"--claims", "@job", "--bind", "job_workflow_ref, repository_owner", "--format", "json"}, 0,
			[]string{`"job_workflow_ref": "octo-org/w/`, `"repository_owner_id": "65"`}, `"ref"`},
		"as curl":                  {[]string{"--claims", "@job", "--format", "curl", "--url", "https://acme.example"}, 0, []string{"curl --fail", "'https://acme.example/access/"}, "resource"},
		"as Terraform":             {[]string{"--claims", "@job", "--format", "terraform"}, 0, []string{"resource "}, "curl"},
		"a claim of this run only": {[]string{"--claims", "@job", "--bind", "run_id"}, 2, []string{"::error::--bind: claim run_id differs in every run", "hint: name claims"}, "curl"},
		"a claim that isn't there": {[]string{"--claims", "@job", "--bind", "team"}, 2, []string{"::error::--bind: the ID token has no claim team"}, "curl"},
		"an unknown form":          {[]string{"--format", "yaml"}, 2, []string{`::error::--format: "yaml" is none of json, curl, terraform`, "hint: "}, "{"},
		"two jobs":                 {[]string{"--claims", "@job", "--claims", "@job"}, 2, []string{"::error::--claims: 2 jobs"}, "curl"},
		"no claims":                {[]string{"--claims", "@empty"}, 2, []string{"::error::--claims: no claims are in", "hint: give a file with the claims"}, "curl"},
		"no such file":             {[]string{"--claims", "@none"}, 2, []string{"::error::--claims: open ", "hint: "}, "curl"},
		"nonsense":                 {[]string{"--claims", "@nonsense"}, 2, []string{"::error::--claims: ", "hint: "}, "curl"},
		"a file too large":         {[]string{"--claims", "@large"}, 2, []string{"::error::--claims: more than 1048576 bytes (limit file)"}, "curl"},
		"a flag of another verb":   {[]string{"--expect", "x"}, 2, []string{"flag provided but not defined: -expect", "hint: run frogmint mapping -h"}, "curl"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, run := newMappingRunner(t, map[string]string{"job": oneJob, "empty": "[]", "nonsense": "sub=1", "large": strings.Repeat(" ", mapping.MaxFile+1)})
			status, log := run(append([]string{"print"}, test.args...)...)
			if status != test.status || strings.Contains(log, test.not) {
				t.Errorf("exit status %d, want %d\n%s", status, test.status, log)
			}
			wants(t, log, test.says...)
		})
	}
}

func TestMapping_NeedsAVerb(t *testing.T) {
	t.Parallel()
	_, run := newMappingRunner(t, nil)
	for _, args := range [][]string{nil, {"repair"}, {"--groups", "CI"}, {"print", "check"}} {
		if status, log := run(args...); status != 2 || !strings.Contains(log, "hint: run frogmint mapping -h") {
			t.Errorf("%q: %d\n%s", args, status, log)
		}
	}
	for _, args := range [][]string{{"-h"}, {"print", "-h"}, {"lint", "--help"}} {
		if status, log := run(args...); status != 0 || !strings.HasPrefix(log, "Usage:\n    frogmint mapping print") {
			t.Errorf("%q: %d\n%s", args, status, log)
		}
	}
	r := newRunner(t, sandboxtest.Start(t), nil)
	r.env["FROGMINT_CI"] = "nowhere"
	if status, log := r.run(t.Context(), r.env, "frogmint", "mapping", "print"); status != 2 {
		t.Errorf("an unknown CI: %d\n%s", status, log)
	}
}

func TestMappingCheck(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"job": oneJob, "mappings": twoMappings, "branch": strings.ReplaceAll(oneJob, "heads/main", "heads/x"),
		"right": "octo-org/octo-repo deploy # the one\n", "wrong": "octo-org/octo-repo -\n", "bad": "one two three\n", "nonsense": "{",
	}
	for name, test := range map[string]struct {
		args   []string
		status int
		says   []string
	}{
		"this job's own": {[]string{"--mappings", "@mappings", "--oidc-provider-name", "github"}, 0, []string{"JOB ", "repo:octo-org/octo-repo:ref:refs/heads/main  deploy ", "  ci-bot  applied-permissions/groups:CI  300\n"}},
		"of files":       {[]string{"--mappings", "@mappings", "--oidc-provider-name", "github", "--claims", "@job", "--claims", "@branch"}, 0, []string{" deploy ", "refs/heads/x     -        -       -"}},
		"one that gets nothing": {[]string{"--mappings", "@mappings", "--oidc-provider-name", "github", "--claims", "@branch"}, 0,
			[]string{`mapping "deploy" doesn't match: 1 of 2 claims`, "  ref: the mapping wants refs/heads/main, the job has refs/heads/x"}},
		"mappings of several providers": {[]string{"--mappings", "@mappings", "--claims", "@job"}, 0, []string{"the mappings belong to several providers"}},
		"as expected":                   {[]string{"--mappings", "@mappings", "--oidc-provider-name", "github", "--claims", "@job", "--expect", "@right"}, 0, []string{" deploy "}},
		"not as expected": {[]string{"--mappings", "@mappings", "--oidc-provider-name", "github", "--claims", "@job", "--expect", "@wrong"}, 1,
			[]string{"repo:octo-org/octo-repo:ref:refs/heads/main: expected -, gets deploy\n"}},
		"read from JFrog":     {[]string{"--admin-token-env", "ADMIN", "--url", "URL", "--oidc-provider-name", "github", "--claims", "@job"}, 0, []string{"  ci-bot  applied-permissions/groups:CI  300\n"}},
		"no mappings":         {[]string{"--claims", "@job"}, 2, []string{"::error::--mappings: there are no mappings", "hint: give a file, or --admin-token-env"}},
		"bad mappings":        {[]string{"--mappings", "@nonsense"}, 2, []string{"::error::--mappings: ", "hint: give a file with JFrog's JSON"}},
		"bad expectations":    {[]string{"--mappings", "@mappings", "--expect", "@bad"}, 2, []string{"::error::--expect: line 1: want a job and a mapping", "hint: "}},
		"no expectations":     {[]string{"--mappings", "@mappings", "--expect", "@none"}, 2, []string{"::error::--expect: open "}},
		"JFrog without a url": {[]string{"--admin-token-env", "ADMIN", "--oidc-provider-name", "github", "--claims", "@job"}, 2, []string{"url: it is not set"}},
		"JFrog, no provider":  {[]string{"--admin-token-env", "ADMIN", "--url", "URL", "--claims", "@job"}, 2, []string{"oidc-provider-name: it is not set", "hint: name the OIDC integration"}},
		"no such provider":    {[]string{"--admin-token-env", "ADMIN", "--url", "URL", "--oidc-provider-name", "githab", "--claims", "@job"}, 1, []string{"404"}},
		"no administrator":    {[]string{"--admin-token-env", "ROBOT", "--url", "URL", "--oidc-provider-name", "github", "--claims", "@job"}, 1, []string{"hint: put the token of an administrator"}},
		"no token":            {[]string{"--admin-token-env", "NOTHING", "--url", "URL", "--oidc-provider-name", "github", "--claims", "@job"}, 2, []string{"variable NOTHING holds no token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, run := newMappingRunner(t, files)
			r.env["ADMIN"], r.env["ROBOT"] = r.sandbox.AdminToken, r.tokenOf("robot")
			args := []string{"check"}
			for _, word := range test.args {
				if word == "URL" {
					word = r.sandbox.URL
				}
				args = append(args, word)
			}
			status, log := run(args...)
			if status != test.status {
				t.Errorf("exit status %d, want %d\n%s", status, test.status, log)
			}
			wants(t, log, test.says...)
			noSecrets(t, log, []string{r.env["ADMIN"], r.env["ROBOT"]})
		})
	}
}

// The platform team's case: one mapping for the workflow that 300 repositories call, and one for each that is special.
func TestMappingCheck_300RepositoriesInTime(t *testing.T) {
	t.Parallel()
	var jobs, mappings []map[string]any
	var expect strings.Builder
	for i := range 300 {
		repository := fmt.Sprintf("octo-org/repo-%03d", i)
		claims := map[string]any{"sub": "repo:" + repository + ":ref:refs/heads/main", "repository": repository, "repository_id": fmt.Sprint(1000 + i),
			"repository_owner_id": "65", "ref": "refs/heads/main", "job_workflow_ref": "octo-org/workflows/.github/workflows/release.yml@refs/heads/main"}
		want := "release"
		if i%3 == 0 {
			want = "own-" + fmt.Sprint(i)
			mappings = append(mappings, mappingOf(want, 1, map[string]any{"repository_id": fmt.Sprint(1000 + i), "ref": "refs/heads/main"}))
		}
		if i%50 == 49 {
			claims["job_workflow_ref"], want = repository+"/.github/workflows/ci.yml@refs/heads/main", map[bool]string{true: want, false: "-"}[i%3 == 0]
		}
		jobs = append(jobs, map[string]any{"claims": claims})
		fmt.Fprintln(&expect, repository, want)
	}
	mappings = append(mappings, mappingOf("release", 9, map[string]any{"repository_owner_id": "65", "job_workflow_ref": "octo-org/workflows/.github/workflows/release.yml@refs/heads/main"}))
	_, run := newMappingRunner(t, map[string]string{"jobs": text(t, jobs), "mappings": text(t, mappings), "right": expect.String(),
		"wrong": strings.Replace(expect.String(), "octo-org/repo-004 release", "octo-org/repo-004 -", 1)})
	var status int
	var log string
	took := sandboxtest.CPUTime(func() {
		status, log = run("check", "--mappings", "@mappings", "--claims", "@jobs", "--expect", "@right")
	})
	if took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	t.Logf("checked in %s", took)
	if status != 0 || strings.Count(log, "\n") != 301 {
		t.Errorf("%d, %d lines:\n%s", status, strings.Count(log, "\n"), log)
	}
	status, log = run("check", "--mappings", "@mappings", "--claims", "@jobs", "--expect", "@wrong")
	if status != 1 || strings.Count(log, ": expected ") != 1 || !strings.Contains(log, "octo-org/repo-004:ref:refs/heads/main: expected -, gets release") {
		t.Errorf("%d\n%s", status, log[max(0, len(log)-500):])
	}
}

func mappingOf(name string, priority int, claims map[string]any) map[string]any {
	return map[string]any{"name": name, "provider_name": "github", "priority": priority, "claims": claims,
		"token_spec": map[string]any{"username": "releases", "scope": "applied-permissions/groups:deployers", "expires_in": 3600}}
}

func text(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each planted flaw is found through the command, in each format, and nothing in what is good.
func TestMappingLint_FindsPlantedFlaws(t *testing.T) {
	t.Parallel()
	levels := map[string]mapping.Level{}
	for _, rule := range mapping.Rules() {
		levels[rule.ID] = rule.Level
	}
	_, run := newMappingRunner(t, nil)
	bad, err := filepath.Glob("../mapping/testdata/lint/bad/*.json")
	if err != nil || len(bad) < 30 {
		t.Fatalf("%d files, %v", len(bad), err)
	}
	for _, path := range bad {
		rule := regexp.MustCompile(`(-\d+)?\.json$`).ReplaceAllString(filepath.Base(path), "")
		want := map[mapping.Level]int{mapping.LevelError: 1, mapping.LevelWarning: 0}[levels[rule]]
		for format, part := range map[string]string{"text": "(" + rule + ")\n    hint: ", "json": `"rule": "` + rule + `"`, "github": "::" + string(levels[rule]) + " title=" + rule + "::"} {
			status, log := run("lint", "--mappings", path, "--format", format)
			if status != want || strings.Count(log, part) != 1 {
				t.Errorf("%s as %s: exit status %d, want %d\n%s", path, format, status, want, log)
			}
		}
	}
	good, err := filepath.Glob("../mapping/testdata/lint/good/*.json")
	if err != nil || len(good) < 3 {
		t.Fatalf("%d files, %v", len(good), err)
	}
	for _, path := range good {
		if status, log := run("lint", "--mappings", path); status != 0 || !strings.HasPrefix(log, "frogmint: 0 finding(s) in ") && !strings.HasPrefix(log, "0 finding(s) in ") {
			t.Errorf("%s: %d\n%s", path, status, log)
		}
	}
	if status, log := run("lint", "--mappings", good[0], "--format", "json"); status != 0 || log != "[]\n" {
		t.Errorf("%d\n%s", status, log)
	}
	if status, log := run("lint", "--mappings", good[0], "--format", "sarif"); status != 2 || !strings.Contains(log, "is none of text, json, github") {
		t.Errorf("%d\n%s", status, log)
	}
}

func TestMappingLint_ReadsFromJFrog(t *testing.T) {
	t.Parallel()
	r, run := newMappingRunner(t, nil)
	r.env["ADMIN"] = r.sandbox.AdminToken
	status, log := run("lint", "--admin-token-env", "ADMIN", "--url", r.sandbox.URL, "--oidc-provider-name", "github-broker")
	if status != 1 || !strings.Contains(log, "error: github-broker/github-broker: ") || !strings.Contains(log, "(no-owner)") {
		t.Errorf("%d\n%s", status, log)
	}
}
