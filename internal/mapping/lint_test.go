package mapping_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/mapping"
)

func lintFile(t *testing.T, path string) []mapping.Finding {
	t.Helper()
	set, err := mapping.Parse(read(t, path))
	must(t, err)
	return mapping.Lint(set, mapping.Options{})
}

func files(t *testing.T, folder string, least int) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata/lint", folder, "*.json"))
	must(t, err)
	if len(paths) < least {
		t.Fatalf("only %d files", len(paths))
	}
	return paths
}

func TestLint_FindsNothingInGoodMappings(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, "good", 3) {
		for _, finding := range lintFile(t, path) {
			t.Errorf("%s: %s", path, finding)
		}
	}
}

// Each file has one flaw, which its own rule finds and no other; each rule has such a file.
func TestLint_FindsEachFlawByItsRule(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	number := regexp.MustCompile(`(-\d+)?\.json$`)
	for _, path := range files(t, "bad", 30) {
		rule := number.ReplaceAllString(filepath.Base(path), "")
		findings := lintFile(t, path)
		if len(findings) != 1 || findings[0].Rule != rule {
			t.Errorf("%s: %v", path, findings)
			continue
		}
		found[rule]++
		if f := findings[0]; f.Mapping != "x" && f.Mapping != "" || f.Provider == "" || f.Fix == "" {
			t.Errorf("%s: %+v", path, f)
		}
	}
	for _, rule := range mapping.Rules() {
		if found[rule.ID] == 0 {
			t.Errorf("no flaw is planted for rule %s", rule.ID)
		}
	}
}

func TestLint_DependsOnOptions(t *testing.T) {
	t.Parallel()
	for path, options := range map[string]mapping.Options{
		"no-organization.json": {Release: "7.104.15"},
		"long-lifetime.json":   {Longest: 7 * time.Hour},
		"unbound-write.json":   {Readers: []string{"deployers", "readers"}},
	} {
		set, err := mapping.Parse(read(t, "testdata/lint/bad/"+path))
		must(t, err)
		if findings := mapping.Lint(set, options); len(findings) > 0 {
			t.Errorf("%s with %+v: %v", path, options, findings)
		}
	}
}

func TestLint_NamesWhatItFound(t *testing.T) {
	t.Parallel()
	got := fmt.Sprint(lintFile(t, "testdata/lint/bad/shadowed.json"), lintFile(t, "testdata/lint/bad/issuer-slash.json"))
	want := `[warning: github/x: mapping "wide" is tried before it and takes every job that this one would (shadowed)] ` +
		`[error: github: issuer_url ends with a slash, the iss claim doesn't: JFrog finds no keys (Failed to get public key) (issuer-slash)]`
	if got != want {
		t.Errorf("got %s", got)
	}
}

// A mapping that shadowed names is one that no job ever gets, by the matcher's own account.
func TestLint_ShadowedMappingsNeverWin(t *testing.T) {
	t.Parallel()
	random, found := newRandom("lint"), 0
	for range 300 {
		set := mapping.Set{Mappings: random.mappings("p", 6)}
		shadowed := map[string]bool{}
		for _, finding := range mapping.Lint(set, mapping.Options{}) {
			if finding.Rule == "shadowed" {
				shadowed[finding.Mapping] = true
				found++
			}
		}
		for range 60 {
			job := random.githubJob()
			if choice := mapping.Choose(set.Mappings, job); shadowed[choice.Mapping] {
				t.Fatalf("%s wins %s: %s", choice.Mapping, toJSON(t, job), toJSON(t, set.Mappings))
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d shadowed mappings in 300 sets", found)
	}
}

// githubJob has claims that agree with each other, as an issuer's do.
func (r random) githubJob() mapping.Job {
	repository, environment := pick(r, "o/r", "o/s", "a/b"), pick(r, "", "prod")
	owner, name, _ := strings.Cut(repository, "/")
	ref := pick(r, "refs/heads/main", "refs/heads/x")
	claims := map[string]any{"repository": repository, "repository_owner": owner, "ref": ref, "custom": r.value(), "groups": r.value()}
	place := "ref:" + ref
	if environment != "" {
		claims["environment"], place = environment, "environment:"+environment
	}
	claims["sub"] = "repo:" + repository + ":" + place
	if r.IntN(2) == 0 {
		claims["sub"] = "repo:" + owner + "@1/" + name + "@2:" + place
	}
	return mapping.Job{Claims: claims, Provider: "p", Project: pick(r, "", "blue", "red")}
}

// The page has a section for each rule, in the same order, with its level and what to do about it, and no other sections.
func TestRules_AreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/mapping-rules.md")
	must(t, err)
	sections := strings.Split(string(page), "\n## ")[1:]
	if len(sections) != len(mapping.Rules()) {
		t.Fatalf("%d sections for %d rules", len(sections), len(mapping.Rules()))
	}
	for i, rule := range mapping.Rules() {
		id, text, _ := strings.Cut(sections[i], "\n")
		for _, part := range []string{"*" + string(rule.Level) + "*, of ", "**Why.**", "**Since.**", "**Bad:**", "**Good:**", "**Remedy.**"} {
			if id != rule.ID || !strings.Contains(text, part) {
				t.Errorf("section %q has no %q of rule %s", id, part, rule.ID)
			}
		}
	}
}

// The examples of the page are what they are said to be: a bad one is found by its rule, a good one by none.
func TestRules_ExamplesAreTrue(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/mapping-rules.md")
	must(t, err)
	example := regexp.MustCompile("(?s)\\*\\*(Bad|Good):\\*\\*\n```json\n(.*?)```")
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		id, _, _ := strings.Cut(section, "\n")
		examples := example.FindAllStringSubmatch(section, -1)
		if len(examples) != 2 {
			t.Errorf("%s: %d examples", id, len(examples))
		}
		for _, match := range examples {
			set, err := mapping.Parse([]byte(match[2]))
			if err != nil {
				t.Errorf("%s, %s: %v", id, match[1], err)
				continue
			}
			findings := mapping.Lint(set, mapping.Options{})
			if bad := match[1] == "Bad"; bad && (len(findings) != 1 || findings[0].Rule != id) || !bad && len(findings) > 0 {
				t.Errorf("%s, %s: %v", id, match[1], findings)
			}
		}
	}
}
