// Package docs compares the documents with the code. Its helpers are for the tests of any package; its own tests hold what
// concerns all pages: links, code blocks, the length of pages and sentences, and the set-up that README.md prints.
package docs

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// Part returns what stands between two marks in a document: "<!-- NAME -->" and "<!-- end of NAME -->", or, in a file of
// YAML, "# NAME" and "# end of NAME".
func Part(t *testing.T, file, name string) string {
	t.Helper()
	_, part, _ := cut(t, file, name)
	return part
}

// Compare fails unless the part has this text. With update it writes the part anew.
func Compare(t *testing.T, update bool, file, name, want string) {
	t.Helper()
	before, part, after := cut(t, file, name)
	switch {
	case part == want:
	case !update:
		got, expected := firstDifference(part, want)
		t.Errorf("%s: the part %q isn't what the code says; go test with -update writes it. It has\n%s\nand not\n%s", file, name, got, expected)
	default:
		if err := os.WriteFile(file, []byte(before+want+after), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// firstDifference returns the first line of each text that isn't the other's.
func firstDifference(a, b string) (inA, inB string) {
	linesA, linesB := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	for i := range min(len(linesA), len(linesB)) {
		if linesA[i] != linesB[i] {
			return linesA[i], linesB[i]
		}
	}
	return "", ""
}

// cut returns the marked part of a file, and what is around it, marks included.
func cut(t *testing.T, file, name string) (before, part, after string) {
	t.Helper()
	content, err := os.ReadFile(file) //nolint:gosec // the test names the file
	if err != nil {
		t.Fatal(err)
	}
	from, to := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	if strings.HasSuffix(file, ".yml") {
		from, to = "# "+name+"\n", "# end of "+name+"\n"
	}
	before, rest, found := strings.Cut(string(content), from)
	part, after, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("%s has no part between %q and %q", file, from, to)
	}
	return before + from, part, to + after
}

// Bytes is a limit in bytes.
type Bytes int64

// String is the limit as the documents write it: 64 KiB.
func (b Bytes) String() string {
	switch {
	case b >= 1<<20 && b%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", b>>20)
	case b >= 1<<10 && b%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", b>>10)
	}
	return fmt.Sprintf("%d bytes", int64(b))
}

// shown is a limit as the documents write it.
func shown(limit any) string {
	switch limit := limit.(type) {
	case time.Duration:
		if limit >= time.Hour && limit%time.Hour == 0 {
			return fmt.Sprintf("%d h", limit/time.Hour)
		}
		return fmt.Sprintf("%g s", limit.Seconds())
	default:
		return fmt.Sprint(limit)
	}
}

// CompareLimits compares a package's rows of the table of limits with its constants, by their names: each of these has its
// row, and no row names another. A limit is a time.Duration, Bytes or an int. A row's last cell names one or more of them,
// separated by commas and with the package before each, `process.writeLimit`; the cell before it has their values in the same
// order, separated by semicolons.
func CompareLimits(t *testing.T, file, pkg string, limits map[string]any) {
	t.Helper()
	documented := map[string]string{}
	for line := range strings.Lines(Part(t, file, "limits")) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 {
			t.Fatalf("%s: a row of the limits has %d cells: %s", file, len(cells), line)
		}
		values := append(strings.Split(cells[1], ";"), make([]string, strings.Count(cells[2], ","))...)
		for i, name := range strings.Split(cells[2], ",") {
			if name, ours := strings.CutPrefix(strings.Trim(name, " `"), pkg+"."); ours {
				documented[name] = strings.TrimSpace(values[i])
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if got, want := documented[name], shown(limits[name]); got != want {
			t.Errorf("%s says %q of %s.%s, the code %q", file, got, pkg, name, want)
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("%s has a row for %s.%s, which no test compares", file, pkg, name)
	}
}
