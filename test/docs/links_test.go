package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestLinks_Resolve follows each link of the pages that leads to a file or a heading of this repository.
func TestLinks_Resolve(t *testing.T) {
	t.Parallel()
	followed := 0
	for _, page := range pages(t) {
		text := withoutCode(read(t, page))
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			followed++
			file := page
			if target != "" {
				file = path.Join(path.Dir(page), target)
			}
			info, err := os.Stat(filepath.Join(root, file))
			switch {
			case err != nil:
				t.Errorf("%s: %s: %v", page, link[1], err)
			case anchor != "" && (info.IsDir() || !slices.Contains(anchors(read(t, file)), anchor)):
				t.Errorf("%s: %s has no heading %q", page, file, anchor)
			}
		}
	}
	if followed < 40 {
		t.Errorf("only %d links were followed", followed)
	}
}

// withoutCode takes out what is in backticks and in blocks, where brackets are no links.
func withoutCode(page string) string {
	page = regexp.MustCompile("(?s)\n```.*?\n```\n").ReplaceAllString(page, "\n")
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(page, "")
}

// anchors are the names under which GitHub shows a page's headings.
func anchors(page string) []string {
	page = regexp.MustCompile("(?s)\n```.*?\n```\n").ReplaceAllString(page, "\n")
	var names []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		names = append(names, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, heading[1]))
	}
	return names
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	got := anchors("# A page\n\n```\n# no heading\n```\n\n## What can't be `promised`, really\n### frogmint-x_y 2\n")
	if want := []string{"a-page", "what-cant-be-promised-really", "frogmint-x_y-2"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestFiles_AreThere looks for each file that a page names with its folder, such as `action/mint.go`.
func TestFiles_AreThere(t *testing.T) {
	t.Parallel()
	named := 0
	for _, page := range pages(t) {
		for _, name := range regexp.MustCompile("`([\\w.-]+/[\\w./-]+\\.(?:go|md|yml|mjs))`").FindAllStringSubmatch(read(t, page), -1) {
			named++
			if _, err := os.Stat(filepath.Join(root, name[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d files are named", named)
	}
}
