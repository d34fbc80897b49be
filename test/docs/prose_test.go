package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// pages are the documents that people read, by their path below the root.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(found) < 9 {
		t.Fatalf("%v: %q", err, found)
	}
	pages := []string{"README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	for _, path := range found {
		pages = append(pages, "docs/"+filepath.Base(path))
	}
	return pages
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The bounds on what one has to read at once.
const (
	maxLines  = 300 // of a page
	maxReadme = 200 // of README.md
	maxWords  = 30  // of a sentence
)

// TestPages_AreShort bounds the pages.
func TestPages_AreShort(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		limit := maxLines
		if page == "README.md" {
			limit = maxReadme
		}
		text := read(t, page)
		switch page {
		case "docs/faults.md": // a test writes all of it
			continue
		case troubleshooting: // its two tables are written from the source
			text = withoutPart(t, withoutPart(t, text, "hints"), "refusals")
		}
		if lines := strings.Count(text, "\n"); lines > limit {
			t.Errorf("%s has %d lines, more than %d", page, lines, limit)
		}
	}
}

// TestReadme_FirstScreen holds what a newcomer sees before scrolling: a deploy that works, its proof, why not a stored token, and one
// way for each reader.
func TestReadme_FirstScreen(t *testing.T) {
	t.Parallel()
	screen := strings.Join(strings.SplitAfter(read(t, "README.md"), "\n")[:40], "")
	for _, part := range []string{
		"npm publish", "docker push", "revoked; JFrog refuses it", "**Why not a stored token?**", "(docs/platform-teams.md)", "(docs/troubleshooting.md)", "(docs/security.md)",
	} {
		if !strings.Contains(screen, part) {
			t.Errorf("%q isn't on README.md's first screen:\n%s", part, screen)
		}
	}
}

func withoutPart(t *testing.T, page, name string) string {
	t.Helper()
	before, rest, begins := strings.Cut(page, "<!-- "+name+" -->\n")
	_, after, ends := strings.Cut(rest, "<!-- end of "+name+" -->\n")
	if !begins || !ends {
		t.Fatalf("no part %q", name)
	}
	return before + after
}

// TestSentences_AreShort bounds the sentences. A cell of a table and an entry of a list are read by themselves.
func TestSentences_AreShort(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, sentence := range sentences(read(t, page)) {
			if words := strings.Fields(sentence); len(words) > maxWords {
				t.Errorf("%s: %d words: %s", page, len(words), sentence)
			}
		}
	}
}

// sentences splits a page's text. What is in backticks, and where a link leads to, is no word.
func sentences(page string) []string {
	page = regexp.MustCompile("(?s)\n```.*?\n```\n").ReplaceAllString(page, "\n\n")
	page = regexp.MustCompile("(?m)^    .*$").ReplaceAllString(page, "")
	page = regexp.MustCompile("(?s)<!--.*?-->").ReplaceAllString(page, "\n\n")
	page = regexp.MustCompile("`[^`]*`").ReplaceAllString(page, "")
	page = regexp.MustCompile(`\]\([^)]*\)`).ReplaceAllString(page, "]")
	// A line of a table, a list or a heading begins another block.
	page = regexp.MustCompile(`(?m)^(\||#|\s*[-*] |\s*\d+\. )`).ReplaceAllString(page, "\n$1")
	page = strings.ReplaceAll(page, "|", "\n\n")
	var found []string
	for _, block := range strings.Split(page, "\n\n") {
		found = append(found, regexp.MustCompile(`[.?!]["')*]*\s`).Split(strings.TrimSpace(block)+" ", -1)...)
	}
	return slices.DeleteFunc(found, func(s string) bool { return strings.TrimSpace(s) == "" })
}

func TestSentences_AreFound(t *testing.T) {
	t.Parallel()
	page := "# A page\nOne, two `three four`\nfive. (Six!) Seven\n\n- eight\n- [nine](ten eleven)\n\n| a | b. c |\n|---|---|\n\n```\ncode code\n```\n    code\n"
	var got []string
	for _, sentence := range sentences(page) {
		got = append(got, strings.Join(strings.Fields(sentence), " "))
	}
	if want := []string{"# A page One, two five", "(Six", "Seven", "- eight", "- [nine]", "a", "b", "c", "---", "---"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
