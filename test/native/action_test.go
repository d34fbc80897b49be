package native

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/frogmint/frogmint/test/ghrunner"
)

// definition is what these tests read of an action.yml. What has to keep its order stays a node.
type definition struct {
	Inputs, Outputs yaml.Node
	Runs            map[string]any
}

func parse(tb testing.TB, file string) (d definition) {
	tb.Helper()
	if err := yaml.Unmarshal(read(tb, file), &d); err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	return d
}

// described are the entries of a mapping with all that stands below each, in the file's order.
func described(tb testing.TB, mapping yaml.Node) (entries []string) {
	tb.Helper()
	for pair := range slices.Chunk(mapping.Content, 2) {
		below, err := yaml.Marshal(pair[1])
		if err != nil {
			tb.Fatal(err)
		}
		entries = append(entries, pair[0].Value+" "+string(below))
	}
	return entries
}

func declaredInputs(tb testing.TB) (inputs []ghrunner.Pair) {
	tb.Helper()
	for pair := range slices.Chunk(parse(tb, "../../native/action.yml").Inputs.Content, 2) {
		inputs = append(inputs, ghrunner.Pair{Name: pair[0].Value})
	}
	return inputs
}

// The inputs and outputs are those of the container action, word for word, and two inputs more. None has a default.
func TestActionHasTheContainerActionsInputsAndOutputs(t *testing.T) {
	t.Parallel()
	container, native := parse(t, "../../action.yml"), parse(t, "../../native/action.yml")
	want, got := described(t, container.Inputs), described(t, native.Inputs)
	if len(want) == 0 || len(got) != len(want)+2 || !slices.Equal(got[:len(want)], want) {
		t.Errorf("inputs:\n%s\nwant and two more:\n%s", strings.Join(got, ""), strings.Join(want, ""))
	}
	for i, name := range []string{"download-url", "binary"} {
		if own := got[len(got)-2+i]; !strings.HasPrefix(own, name+" description: ") || strings.Contains(own, "default: ") {
			t.Errorf("got %q, want %s", own, name)
		}
	}
	if want, got := described(t, container.Outputs), described(t, native.Outputs); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("outputs:\n%s\nwant:\n%s", strings.Join(got, ""), strings.Join(want, ""))
	}
}

func TestActionRunsTheScriptInBothSteps(t *testing.T) {
	t.Parallel()
	runs := parse(t, "../../native/action.yml").Runs
	for key, want := range map[string]string{"using": "node24", "main": "main.mjs", "post": "post.mjs", "post-if": "always()"} {
		if runs[key] != want {
			t.Errorf("runs.%s: got %q, want %q", key, runs[key], want)
		}
	}
	if len(runs) != 4 {
		t.Errorf("runs has more than it needs: %v", runs)
	}
}

// The script stays small enough to be read whole, and needs nothing but node.
func TestScriptIsSmallAndAlone(t *testing.T) {
	t.Parallel()
	lines := 0
	imports := regexp.MustCompile(`(?:import|from|require\()\s*['"]([^'"]+)`)
	for _, name := range []string{"main.mjs", "post.mjs"} {
		text := string(read(t, "../../native/"+name))
		for line := range strings.Lines(text) {
			lines++
			if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > 120 {
				t.Errorf("%s: a line of %d columns: %s", name, width, line)
			}
		}
		for _, found := range imports.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(found[1], "node:") && found[1] != "./main.mjs" {
				t.Errorf("%s imports %s", name, found[1])
			}
		}
	}
	if lines > 150 {
		t.Errorf("%d lines", lines)
	}
}

// The script reads these variables and no others: credentials are none of its business.
func TestScriptReadsNoCredentials(t *testing.T) {
	t.Parallel()
	text := string(read(t, "../../native/main.mjs"))
	var got []string
	for _, found := range regexp.MustCompile(`\benv\.(\w+)|\benv\[['\x60](\w[^'\x60]*)|\binput\('([^']+)'`).FindAllStringSubmatch(text, -1) {
		got = append(got, found[1]+found[2]+found[3])
	}
	slices.Sort(got)
	want := []string{
		"GITHUB_STATE", "HTTPS_PROXY", "INPUT_${name.toUpperCase()}", "NO_PROXY", "RUNNER_TEMP", "RUNNER_TOOL_CACHE", "STATE_frogmint-binary",
		"binary", "download-url", "https_proxy", "no_proxy",
	}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The release's file says dev, and then has no sums, or a version and the sha256 of every platform's binary.
func TestReleaseIsDevOrComplete(t *testing.T) {
	t.Parallel()
	var release struct {
		Version string
		SHA256  map[string]string
	}
	if err := json.Unmarshal(read(t, "../../native/release.json"), &release); err != nil {
		t.Fatal(err)
	}
	if release.Version == "dev" && len(release.SHA256) == 0 {
		return
	}
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(release.Version) || len(release.SHA256) != 6 {
		t.Errorf("version %q with %d binaries", release.Version, len(release.SHA256))
	}
	for _, platform := range []string{"linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64", "windows-arm64"} {
		if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(release.SHA256[platform]) {
			t.Errorf("%s: sha256 %q", platform, release.SHA256[platform])
		}
	}
}
