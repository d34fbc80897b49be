package mapping_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/mapping"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

// The same mapping in each form that is read.
func TestParse_ReadsEveryForm(t *testing.T) {
	t.Parallel()
	want := []mapping.Mapping{{
		Name: "release", Description: "Releases", Provider: "github", Priority: 3, Project: "blue",
		Claims:    map[string]any{"repository": []any{"octo-org/a", "octo-org/b"}, "repository_owner_id": json.Number("12345678901234567890"), "ref": "refs/heads/main"},
		TokenSpec: mapping.TokenSpec{Username: "ci", Scope: "applied-permissions/roles:blue:\"Developer\"", Audience: "*@*", ExpiresIn: 600},
	}}
	provider := []mapping.Provider{{
		Name: "github", IssuerURL: "https://token.actions.githubusercontent.com", Type: "GitHub", Audience: "https://acme.jfrog.io", Organization: "octo-org",
	}}
	for name, providers := range map[string][]mapping.Provider{
		"one.json": nil, "list.json": provider, "state.json": provider, "plan.json": nil,
	} {
		set, err := mapping.Parse(read(t, "testdata/parse/"+name))
		must(t, err)
		if diff := cmp.Diff(mapping.Set{Mappings: want, Providers: providers}, set); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	set, err := mapping.Parse([]byte(`[]`))
	if err != nil || len(set.Mappings) > 0 {
		t.Errorf("an empty list: %v, %v", set, err)
	}
}

func TestParse_Refuses(t *testing.T) {
	t.Parallel()
	claims := func(count int) string {
		var b strings.Builder
		for i := range count {
			fmt.Fprintf(&b, `"c%d":"",`, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	for text, want := range map[string]string{
		"":                                       "neither a JSON object nor a list",
		`"text"`:                                 "neither a JSON object nor a list",
		`{"name":`:                               "not valid JSON",
		`[{}`:                                    "parsing JSON",
		`[1]`:                                    "entry 1: not an object",
		`{"name":"a"}`:                           "neither an identity mapping (claims, token_spec) nor a provider",
		`[{"name":"a","claims":{}},{"name":1}]`:  "entry 2",
		`{"claims":{}}`:                          "without a name",
		`{"name":"a","claims":"x"}`:              "cannot unmarshal",
		`{"name":"a","claims":{},"priority":-1}`: `mapping "a": a negative number`,
		`{"name":"a","claims":{},"token_spec":{"expires_in":-1}}`:                                               `mapping "a": a negative number`,
		`{"name":"a","claims_json":"${jsonencode({})}"}`:                                                        `mapping "a": claims_json`,
		`{"name":"a","claims":{` + claims(201) + `}}`:                                                           "201 claims, more than 200",
		`{"name":"a","claims":{"ref":[` + strings.TrimSuffix(strings.Repeat(`"",`, 1001), ",") + `]}}`:          "1001 values, more than 1000",
		`[` + strings.TrimSuffix(strings.Repeat(`{"name":"a","claims":{}},`, mapping.MaxMappings+1), ",") + `]`: "2001 entries, more than 2000",
		strings.Repeat(" ", mapping.MaxFile+1):                                                                  "more than 1048576 bytes (limit of a file)",
		`{"name":"` + "a\u0007::x" + `","claims":{},"priority":-1}`:                                             "not valid JSON",
		`{"name":"a\n::x","claims":{},"priority":-1}`:                                                           `mapping "a : :x"`,
	} {
		set, err := mapping.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %q", text, err, want)
		}
		if set.Mappings != nil || set.Providers != nil {
			t.Errorf("%.80s: an error and a result", text)
		}
	}
}

func TestParseJobs_ReadsBothForms(t *testing.T) {
	t.Parallel()
	jobs, err := mapping.ParseJobs([]byte(`[
		{"sub":"repo:a/b:ref:refs/heads/main","repository_id":7},
		{"name":"second","claims":{"repository":"a/c"},"provider":"github","project":"blue","mapping":"m","release":"7.90.0"},
		{"repository":"a/d"}, {"custom":"x"}]`))
	must(t, err)
	want := []mapping.Job{
		{Name: "repo:a/b:ref:refs/heads/main", Claims: map[string]any{"sub": "repo:a/b:ref:refs/heads/main", "repository_id": json.Number("7")}},
		{Name: "second", Claims: map[string]any{"repository": "a/c"}, Provider: "github", Project: "blue", Mapping: "m", Release: "7.90.0"},
		{Name: "a/d", Claims: map[string]any{"repository": "a/d"}},
		{Name: "job", Claims: map[string]any{"custom": "x"}},
	}
	if diff := cmp.Diff(want, jobs); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{`{}`, `[{"claims":{}}]`, `[[]]`, `{"claims":{"a":"b"},"name":7}`, ``} {
		if jobs, err := mapping.ParseJobs([]byte(text)); err == nil || jobs != nil {
			t.Errorf("%s: %v", text, jobs)
		}
	}
}

func readFuzz(f *testing.F, path string) []byte {
	f.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	return data
}
