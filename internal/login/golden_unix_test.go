//go:build unix

package login_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// TestLogin_SetsAndWritesWhatTheClientReads compares all of it. The first line of a golden file is the list; lines with a #
// before the first one that is empty say where it is known from that the client reads this.
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
			l := newJob(t).logIn(t, list)
			got := shown(t, l)
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
