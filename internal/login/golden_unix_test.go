//go:build unix

package login_test

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// TestLogin_SetsAndWritesWhatTheClientReads compares all of it. The first line of a golden file is the list. Up to the first
// empty line, those with a # say where it is known from that the client reads this, and the others describe the job.
func TestLogin_SetsAndWritesWhatTheClientReads(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(goldens) < 15 {
		t.Fatalf("%d golden files, %v", len(goldens), err)
	}
	for _, golden := range goldens {
		t.Run(strings.TrimSuffix(filepath.Base(golden), ".txt"), func(t *testing.T) {
			t.Parallel()
			head, want, _ := strings.Cut(read(t, golden), "\n\n")
			list, _, _ := strings.Cut(head, "\n")
			j := newJob(t)
			for line := range strings.Lines(head) {
				j.describe(t, strings.TrimSpace(line))
			}
			got := strings.ReplaceAll(shown(t, j.logIn(t, list)), j.home, "HOME")
			if *update {
				if err := os.WriteFile(golden, []byte(head+"\n\n"+got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(head, "\n# ") {
				t.Error("it names no source")
			}
		})
	}
}

// describe gives the job a variable ($ NAME=VALUE), a file below its home (< NAME "CONTENT"), a platform (@ URL) or this program as
// its clients' helper (! PATH).
func (j *job) describe(t *testing.T, line string) {
	t.Helper()
	kind, what, _ := strings.Cut(line, " ")
	switch kind {
	case "$":
		name, value, _ := strings.Cut(what, "=")
		j.env[name] = strings.ReplaceAll(value, "HOME", j.home)
	case "<":
		name, quoted, _ := strings.Cut(what, " ")
		content, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		j.own(t, name, content)
	case "@":
		j.url = what
	case "!":
		j.helper = what
	}
}
