package action

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJob_Identity(t *testing.T) {
	t.Parallel()
	job := Job{System: "github", Repository: "o/r", Run: "77", Attempt: "1", Name: "build all\n*", Runner: strings.Repeat("r", 300)}
	got := job.identity("own words")
	// What had to be changed is followed by a part of its hash.
	want := regexp.MustCompile(`^own words frogmint ci=github repo=o/r run=77 attempt=1 job=build_all__~[0-9a-f]{8} runner=r{97}…~[0-9a-f]{8}$`)
	if !want.MatchString(got) {
		t.Errorf("got %q", got)
	}
	if got := (Job{}).identity(""); got != "frogmint" {
		t.Errorf("of nothing: %q", got)
	}
}

// No two mints have the same description.
func TestJob_DescriptionsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		description, err := Job{System: "ci", Run: "1"}.describe("")
		if err != nil || seen[description] || !strings.HasPrefix(description, "frogmint ci=ci run=1 nonce=") {
			t.Fatalf("%q, %v", description, err)
		}
		seen[description] = true
	}
}

// A description longer than JFrog takes is refused, and never cut: a sweep would not find it.
func TestJob_DescribesInRoom(t *testing.T) {
	t.Parallel()
	job := Job{System: "ci", Run: "1"}
	room := maxDescription - utf8.RuneCountInString(" frogmint ci=ci run=1 nonce=0123456789abcdef")
	if description, err := job.describe(strings.Repeat("ä", room)); err != nil || utf8.RuneCountInString(description) != maxDescription {
		t.Errorf("%d characters: %v", utf8.RuneCountInString(description), err)
	}
	_, err := job.describe(strings.Repeat("ä", room+3))
	var config *ConfigError
	if !errors.As(err, &config) || config.Hint() != "shorten it by 3 characters" {
		t.Errorf("got %v", err)
	}
}

// FuzzJobDescription: whatever a CI calls a job, its description is one line, has no wildcard, fits, and is found by the
// patterns of its own sweeps only.
func FuzzJobDescription(f *testing.F) {
	f.Add("github", "o/r", "1", "1", "build", "runner")
	f.Add("ci", "a b", "*", "nonce=", "x\ny", "…")
	f.Add("ci", strings.Repeat("ä", 200), "1", "\x00", "\xff", "a  b")
	f.Add("ci", "::add-mask::", "##[x]", "\u2028", "~", "=")
	f.Fuzz(func(t *testing.T, system, repository, run, attempt, name, runner string) {
		job := Job{System: system, Repository: repository, Run: run, Attempt: attempt, Name: name, Runner: runner}
		description, err := job.describe("")
		if err != nil {
			t.Fatalf("%+v: %v", job, err)
		}
		if strings.ContainsAny(description, "*\r\n\x00") || !utf8.ValidString(description) || utf8.RuneCountInString(description) > maxDescription {
			t.Errorf("%q", description)
		}
		finds := func(by Job, scope SweepScope) bool {
			prefix, wildcard := strings.CutSuffix(by.pattern("", scope), "*")
			return wildcard && strings.HasPrefix(description, prefix)
		}
		if !finds(job, SweepJob) || !finds(job, SweepRun) {
			t.Errorf("%q and %q don't find %q", job.pattern("", SweepJob), job.pattern("", SweepRun), description)
		}
		for _, other := range []Job{
			{system, repository, run, attempt, name + "x", runner, "", ""}, {system, repository, run, attempt + "1", name, runner, "", ""},
			{system, repository, run, attempt, name, runner + " ", "", ""}, {system, repository, run, attempt, name + "*", runner, "", ""},
		} {
			if sanitize(other.Name) == sanitize(name) && sanitize(other.Attempt) == sanitize(attempt) && sanitize(other.Runner) == sanitize(runner) {
				continue
			}
			if finds(other, SweepJob) {
				t.Errorf("the job %+v sweeps %q", other, description)
			}
		}
	})
}
