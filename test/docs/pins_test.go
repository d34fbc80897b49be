package docs_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pipelines are the workflows and the examples, by their path below the root.
func pipelines(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{".github/workflows/*.yml", "examples/*"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(paths) < 3 {
			t.Fatalf("%v: %q", err, paths)
		}
		for _, path := range paths {
			if filepath.Ext(path) != ".go" {
				found = append(found, strings.TrimPrefix(filepath.ToSlash(path), root+"/"))
			}
		}
	}
	return found
}

// TestActions_ArePinned holds each action that a workflow, an example or a page uses to a commit, with its release in the
// comment that tools read. Ours are in TestOurs_AreThere.
func TestActions_ArePinned(t *testing.T) {
	t.Parallel()
	used := 0
	for _, file := range append(pipelines(t), pages(t)...) {
		actions, wrong := unpinned(read(t, file))
		used += actions
		for _, line := range wrong {
			t.Errorf("%s: %s", file, line)
		}
	}
	if used < 10 {
		t.Errorf("only %d actions were seen", used)
	}
}

// unpinned counts the actions of others in a text, and returns the lines that pin none to a commit.
func unpinned(text string) (actions int, lines []string) {
	pinned := regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+(\.\d+){1,2}$`)
	for _, found := range regexp.MustCompile(`(?m)\buses: *["']?([^\n]*)`).FindAllStringSubmatch(text, -1) {
		if use := found[1]; strings.Contains(use, "/") && !strings.HasPrefix(use, "./") && !strings.HasPrefix(use, "frogmint/frogmint") && !strings.HasPrefix(use, "acme/") { // acme is the reader
			actions++
			if !pinned.MatchString(strings.TrimSpace(use)) {
				lines = append(lines, use)
			}
		}
	}
	return actions, lines
}

func TestActions_AreFound(t *testing.T) {
	t.Parallel()
	commit := strings.Repeat("0a", 20)
	text := "- uses: a/b@v1\n- uses: a/b@" + commit + " # v1.2.3\n- uses: a/b/c@" + commit + "\n- uses: ./\n- uses: frogmint/frogmint@main\n"
	if actions, lines := unpinned(text); actions != 3 || !slices.Equal(lines, []string{"a/b@v1", "a/b/c@" + commit}) {
		t.Errorf("got %d, %q", actions, lines)
	}
}

// TestOurs_AreThere compares the references to this project in pages and examples with the releases of CHANGELOG.md: none may
// name a tag that isn't there, and none a branch when there is a release.
func TestOurs_AreThere(t *testing.T) {
	t.Parallel()
	released := releases(read(t, "CHANGELOG.md"))
	seen := 0
	for _, file := range append(pipelines(t), pages(t)...) {
		refs, wrong := missing(read(t, file), released)
		seen += refs
		for _, ref := range wrong {
			t.Errorf("%s: %s isn't there; released are %q", file, ref, released)
		}
	}
	if seen < 10 {
		t.Errorf("only %d references were seen", seen)
	}
}

// releases are the tags of the versions that have a date.
func releases(changelog string) []string {
	var tags []string
	for _, found := range regexp.MustCompile(`(?m)^## \[((\d+)\.\d+\.\d+)\] - 20\d\d-\d\d-\d\d$`).FindAllStringSubmatch(changelog, -1) {
		tags = append(tags, "v"+found[1], "v"+found[2])
	}
	return tags
}

// missing counts the references in a text, and returns those that lead nowhere. COMMIT, DIGEST and VERSION are the reader's.
func missing(text string, released []string) (refs int, wrong []string) {
	ours := regexp.MustCompile(`\bfrogmint/frogmint(/native|/revoke|/cmd/[\w-]+)?[@:]([\w$.:-]+)`)
	for _, found := range ours.FindAllStringSubmatch(text, -1) {
		refs++
		ref, command := found[2], strings.HasPrefix(found[1], "/cmd/")
		switch {
		case slices.Contains(released, ref), regexp.MustCompile(`^(sha256:)?([0-9a-f]{40,64}|\$?(COMMIT|DIGEST|VERSION))$`).MatchString(ref):
		case command && ref == "latest": // the newest tag, and before the first one the branch
		case !command && found[1] != "/native" && ref == "main" && len(released) == 0: // of main the native action has no binaries
		default:
			wrong = append(wrong, fmt.Sprintf("%q", found[0]))
		}
	}
	return refs, wrong
}

func TestOurs_AreFound(t *testing.T) {
	t.Parallel()
	text := "uses: frogmint/frogmint@v1\nfrogmint/frogmint/native@v1.0.0 ghcr.io/frogmint/frogmint:v1 frogmint/frogmint@main\n" +
		"frogmint/frogmint@COMMIT github.com/frogmint/frogmint/cmd/frogmint@v1.0.0 frogmint/frogmint/native@main"
	none := releases("## [1.0.0] - Unreleased\n")
	if refs, wrong := missing(text, none); refs != 7 || len(wrong) != 5 || len(none) != 0 {
		t.Errorf("before a release: %d, %q, %q", refs, wrong, none)
	}
	first := releases("## [1.0.0] - 2027-01-02\n")
	if refs, wrong := missing(text, first); refs != 7 || !slices.Equal(wrong, []string{`"frogmint/frogmint@main"`, `"frogmint/frogmint/native@main"`}) {
		t.Errorf("after the release: %d, %q, %q", refs, wrong, first)
	}
}
