package mapping_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/mapping"
)

func addFiles(f *testing.F, add func(data string)) {
	f.Helper()
	for _, pattern := range []string{"testdata/parse/*", "testdata/lint/*/*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			add(path)
		}
	}
}

// FuzzParse reads anything; what it reads can be printed, read again and linted.
func FuzzParse(f *testing.F) {
	addFiles(f, func(path string) { f.Add(string(readFuzz(f, path))) })
	f.Fuzz(func(t *testing.T, text string) {
		set, err := mapping.Parse([]byte(text))
		if err != nil {
			if set.Mappings != nil || set.Providers != nil || !utf8.ValidString(err.Error()) {
				t.Errorf("an error and a result, or an unreadable one: %q", err)
			}
			return
		}
		for _, m := range set.Mappings {
			again, err := mapping.Parse([]byte(m.JSON()))
			if err != nil || len(again.Mappings) != 1 || again.Mappings[0].JSON() != m.JSON() {
				t.Errorf("%s is read as %v, %v", m.JSON(), again, err)
			}
			for _, block := range []string{m.Curl("https://acme.example"), m.Terraform()} {
				if strings.Contains(block, "::") || strings.Contains(block, "##") {
					t.Errorf("a command in %s", block)
				}
			}
		}
		for _, finding := range mapping.Lint(set, mapping.Options{}) {
			harmless(t, finding.String())
		}
	})
}

// FuzzCompare holds any mapping against any claims.
func FuzzCompare(f *testing.F) {
	for _, want := range []string{`"repo:o/r:ref:refs/heads/main"`, `["a*","b"]`, `{"a":[1,2]}`, `1e400`, `null`, `true`, `"repo:o@1/r@2:environment:x"`, `"^a.*$"`, `"**a**"`} {
		f.Add("sub", want, `"repo:o@1/r@2:ref:refs/heads/main"`, "7.94.1", "{{sub}} | $0")
	}
	f.Add(":", `"a"`, `"b"`, "", "")
	f.Fuzz(func(t *testing.T, name, want, got, release, pattern string) {
		m := mapping.Mapping{Name: "m", TokenSpec: mapping.TokenSpec{UsernamePattern: pattern, GroupsPattern: pattern}}
		job := mapping.Job{Release: release}
		if json.Unmarshal([]byte(`{`+quote(name)+`:`+want+`}`), &m.Claims) != nil || json.Unmarshal([]byte(`{`+quote(name)+`:`+got+`}`), &job.Claims) != nil {
			return
		}
		result := m.Compare(job)
		for _, line := range result.Lines() {
			harmless(t, line)
		}
		job.Release = ""
		if m.Match(job.Claims) != m.Compare(job).Matches() {
			t.Errorf("%s: Match and Compare differ", quote(name))
		}
		choice := mapping.Choose([]mapping.Mapping{m}, job)
		harmless(t, choice.Job+choice.Problem)
		if strict, err := mapping.Strict(job.Claims, []string{name}, mapping.TokenSpec{}); err == nil && !strict.Match(job.Claims) {
			t.Errorf("%s doesn't match its own job", strict.JSON())
		} else if err != nil {
			harmless(t, err.Error())
		}
	})
}

func harmless(t *testing.T, line string) {
	t.Helper()
	if len(line) > 4000 || strings.ContainsAny(line, "\n\r\u2028\u202e") || strings.Contains(line, "::") || strings.Contains(line, "##") || !utf8.ValidString(line) {
		t.Errorf("line %q", line)
	}
}

func quote(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}
