package mapping_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

var update = flag.Bool("update", false, "write the golden files")

// printed are the mappings of the golden files, which the tests with Terraform's own parser read too.
func printed(t *testing.T) map[string]mapping.Mapping {
	t.Helper()
	branch, err := mapping.Strict(githubJob(nil), nil, mapping.TokenSpec{})
	must(t, err)
	branch.Provider = "github"
	project := mapping.Mapping{
		Name: "releases", Provider: "github", Priority: 2, Project: "blue", Description: "it's \"the\" release",
		Claims:    map[string]any{"repository_id": []any{"74", "75"}, "ref": "refs/tags/v*", "ref_protected": true, "n": json.Number("7")},
		TokenSpec: mapping.TokenSpec{UsernamePattern: "{{actor}} | ci-$0", Scope: `applied-permissions/roles:blue:"Developer","Release Manager"`, ExpiresIn: 600},
	}
	return map[string]mapping.Mapping{"branch": branch, "project": project, "nasty": nasty()}
}

func TestPrint_Golden(t *testing.T) {
	t.Parallel()
	for name, m := range printed(t) {
		for extension, got := range map[string]string{"json": m.JSON(), "sh": m.Curl("https://acme.jfrog.io/"), "tf": m.Terraform()} {
			path := filepath.Join("testdata/print", name+"."+extension)
			if *update {
				must(t, os.WriteFile(path, []byte(got+"\n"), 0o600))
			}
			if diff := cmp.Diff(string(read(t, path)), got+"\n"); diff != "" {
				t.Errorf("%s (-update writes it): %s", path, diff)
			}
		}
	}
}

// nastyTexts would end a string, begin a template, a command of the log or a block of the page, or hide.
func nastyTexts() []string {
	return []string{
		`"`, `\`, `\b`, `\\b`, "\b\f\n\r\t\x01\x7f", "${x}", "$${x}", `\${x}`, "%{if}", "%%{", "$", "::add-mask::x", ":::", "##[group]", "###", "`` ` ```", "MAPPING", "'",
		"$(id)", "<b>&", "\u202e\u2028\u00a0", "\U000e0001", "é☃\U0001f600", `\u0041`, "*", "",
	}
}

func nasty() mapping.Mapping {
	m := mapping.Mapping{Name: "nasty 'name'", Provider: "git'hub", Project: "a&b", Description: strings.Join(nastyTexts(), "\n"), Priority: 1, Claims: map[string]any{}}
	for i, text := range nastyTexts() {
		m.Claims[text] = text
		m.Claims[fmt.Sprint(i)] = []any{text, i == 0}
	}
	m.Claims["nested"] = map[string]any{"a${b}": []any{nil, "\b"}}
	m.TokenSpec = mapping.TokenSpec{Username: "${u}", Scope: "`s`", ExpiresIn: 60}
	return m
}

// What is printed can be read by a log, a page and a terminal without effect, and says exactly the same when it is parsed.
func TestJSON_IsHarmlessAndExact(t *testing.T) {
	t.Parallel()
	m := nasty()
	for _, text := range []string{m.JSON(), m.Terraform(), m.Curl("https://acme.jfrog.io/'$(id)\nx")} {
		for _, bad := range []string{"::", "##", "`", "\r", "\u202e", "\u2028", "\U000e0001", "\x01", "\x7f"} {
			if strings.Contains(text, bad) {
				t.Errorf("%q in %s", bad, text)
			}
		}
	}
	set, err := mapping.Parse([]byte(m.JSON()))
	must(t, err)
	if diff := cmp.Diff(m, set.Mappings[0]); diff != "" {
		t.Error(diff)
	}
}

// ownIDToken asks the sandbox's issuer, as a job does.
func ownIDToken(t *testing.T, box *sandboxtest.Sandbox) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, box.IDTokenRequestURL, http.NoBody)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+box.IDTokenRequestToken)
	response, err := box.Client().Do(request)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	var answer struct{ Value string }
	must(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer.Value
}

func claimsOf(t *testing.T, idToken string) map[string]any {
	t.Helper()
	payload, err := decodeSegment(idToken)
	must(t, err)
	jobs, err := mapping.ParseJobs(payload)
	must(t, err)
	return jobs[0].Claims
}
