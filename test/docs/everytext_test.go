package docs_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/test/docs"
)

var update = flag.Bool("update", false, "write the texts that have a hint into docs/troubleshooting.md")

const troubleshooting = "docs/troubleshooting.md"

// withoutEntry are texts that need none, each with the reason.
func withoutEntry() map[string]string {
	return map[string]string{
		"login: …":            "the words behind it are those of another text",
		"--env …: …":          "the words behind it are those of another text",
		"scope: …":            "the words behind it are those of another text",
		"mapping \"…\": …":    "the words behind it are those of another text",
		"running \"…\": …: …": "the row of its beginning is enough",
		"…token …: …":         "it is the report, which has a table of its own",
		"an unknown scope":    "it stands in the place of a scope that JFrog didn't tell",

		"what was sent: OIDC provider \"…\", and an ID token with these claims:":   "it explains an error above it",
		"frogmint mapping print writes the identity mapping that matches this job": "it explains an error above it",
		"identity mapping \"…\" matches: it gives user …, scope …, … s":            "it is no error",
		"mapping \"…\" matches": "it is no error",
	}
}

// TestTroubleshooting_HasEveryText has each error and warning of the shipped packages on the page: with the hint that the
// source prints below it, or in a row of its own.
func TestTroubleshooting_HasEveryText(t *testing.T) {
	t.Parallel()
	file := filepath.Join(root, troubleshooting)
	patterns := map[string]*regexp.Regexp{}
	for _, text := range rowTexts(docs.Part(t, file, "texts")) {
		patterns[text] = regexp.MustCompile(wild(text))
	}
	others := rowTexts(docs.Part(t, file, "other texts"))
	for _, text := range others {
		patterns[text] = regexp.MustCompile("^" + wild(text) + "$")
	}
	spare, refused := withoutEntry(), docs.Part(t, file, "refusals")
	var hints []errorText
	matched := map[string]bool{}
	for _, e := range errorTexts(t) {
		if strings.Trim(e.fix, "…") != "" {
			hints = append(hints, e)
			continue
		}
		_, isSpare := spare[e.text]
		found := isSpare || strings.Contains(refused, e.text)
		delete(spare, e.text)
		for text, pattern := range patterns {
			if pattern.MatchString(e.text) {
				found, matched[text] = true, true
			}
		}
		if !found {
			t.Errorf("%s has no entry for %q of %s", troubleshooting, e.text, e.pkg)
		}
	}
	for text, reason := range spare {
		t.Errorf("no source has %q, which needs no entry since %s", text, reason)
	}
	for _, text := range others {
		if !matched[text] {
			t.Errorf("%s: no source has %q", troubleshooting, text)
		}
	}
	docs.Compare(t, *update, file, "hints", hintsTable(hints))
	if len(hints) < 130 {
		t.Errorf("only %d texts with a hint were found", len(hints))
	}
}

// rowTexts are the texts in the first cells of a table.
func rowTexts(table string) []string {
	var texts []string
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for _, text := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			texts = append(texts, text[1])
		}
	}
	return texts
}

func wild(text string) string { return strings.ReplaceAll(regexp.QuoteMeta(text), "…", ".*") }

// hintsTable has one row for each text, and the hint below it.
func hintsTable(hints []errorText) string {
	var b strings.Builder
	var rows []string
	for _, area := range []struct{ title, packages string }{
		{"Inputs, flags and commands", "internal/inputs internal/cli"}, {"The CI and its ID token", "internal/ci"},
		{"Package clients", "internal/login"}, {"The library, and what any of its callers gets", "action internal/jfrog"},
	} {
		fmt.Fprintf(&b, "\n**%s**\n\n| text | what to do |\n|---|---|\n", area.title)
		for _, hint := range hints {
			row := fmt.Sprintf("| `%s` | %s |\n", cell(hint.text), cell(hint.fix))
			if slices.Contains(strings.Fields(area.packages), hint.pkg) && !slices.Contains(rows, row) {
				rows = append(rows, row)
				b.WriteString(row)
			}
		}
	}
	return b.String() + "\n"
}

// cell is a text for a table. What stands before it, such as the name of an input, is left out where it differs.
func cell(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(text, "…"), ": "), "|", `\|`)
}
