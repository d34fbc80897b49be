package ci_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
)

// rows reads the table between two comments of docs/ci.md, without its head.
func rows(t *testing.T, table string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/ci.md")
	must(t, err)
	_, rest, ok := strings.Cut(string(text), "<!-- "+table+" -->\n")
	body, _, ended := strings.Cut(rest, "<!-- end of "+table+" -->")
	if !ok || !ended {
		t.Fatalf("docs/ci.md has no table %s", table)
	}
	var rows [][]string
	for i, line := range strings.Split(strings.TrimSpace(body), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		if i > 1 {
			rows = append(rows, cells)
		}
	}
	return rows
}

// TestDocs_ListEverySystem keeps the table in step with the program: every system, in the order of detection, with what it can do.
func TestDocs_ListEverySystem(t *testing.T) {
	t.Parallel()
	systems, table := ci.Systems(), rows(t, "systems")
	if len(table) != len(systems) {
		t.Fatalf("%d rows for %d systems", len(table), len(systems))
	}
	for i, system := range systems {
		row := table[i]
		if len(row) != 6 || row[0] != system.Name || row[1] != "`"+system.ID+"`" {
			t.Fatalf("row %d is %q, want %s", i, row, system.ID)
		}
		mask, export := row[4], row[5]
		if strings.HasPrefix(mask, "none") != (system.Mask == nil) {
			t.Errorf("%s: mask %q", system.ID, mask)
		}
		if strings.HasPrefix(export, "refused: ") != (system.Export == nil) {
			t.Errorf("%s: export %q", system.ID, export)
		}
	}
}

func TestDocs_SayWhatEndsAJob(t *testing.T) {
	t.Parallel()
	systems, table := ci.Systems(), rows(t, "ends")
	if len(table) != len(systems) {
		t.Fatalf("%d rows for %d systems", len(table), len(systems))
	}
	for i, system := range systems {
		if row := table[i]; len(row) != 3 || row[0] != system.Name || row[1] == "" || row[2] == "" {
			t.Errorf("row %d is %q, want %s", i, row, system.ID)
		}
	}
}

// TestDocs_SayHowSure wants a mark behind each fact of the tables.
func TestDocs_SayHowSure(t *testing.T) {
	t.Parallel()
	mark := regexp.MustCompile(`\([rdsiu]\)`)
	for _, row := range rows(t, "systems") {
		for _, cell := range []string{row[2], row[4], row[5]} {
			if !mark.MatchString(cell) {
				t.Errorf("%s: %q doesn't say how sure it is", row[0], cell)
			}
		}
	}
	for _, row := range rows(t, "ends") {
		if !mark.MatchString(row[1]) {
			t.Errorf("%s: %q doesn't say how sure it is", row[0], row[1])
		}
	}
}
