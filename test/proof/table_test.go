//go:build linux

package proof

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

var tableFile = flag.String("table", "", "write the fault table to this file, below the module's folder, instead of comparing it with docs/faults.md")

// plan is one cell of the table before it runs.
type plan struct {
	phase  phase
	fault  tableFault
	budget int // in seconds; 0 for that of the table
	// prepare changes the cell's job before it runs; nil for nothing.
	prepare func(t *testing.T, c *cell)
	// real is for a cell that runs a process: over sockets and in real time. All others run in a bubble of testing/synctest.
	real bool
}

// run plays the cell, and fails where it breaks its promise.
func (p plan) run(t *testing.T) (c *cell) {
	t.Helper()
	play := func(t *testing.T) {
		start := sandboxtest.StartInBubble
		if p.real {
			start = sandboxtest.Start
		}
		c = newCellOn(t, start, p.phase, p.fault)
		c.setBudget(p.budget)
		if p.prepare != nil {
			p.prepare(t, c)
		}
		c.run()
		for _, what := range c.problems() {
			t.Errorf("%s\n%s", what, visible(c.job.printed.text()))
		}
		if dialed := c.job.elsewhere(); len(dialed) > 0 {
			t.Errorf("it connected to %v", dialed)
		}
	}
	if p.real {
		play(t)
	} else {
		synctest.Test(t, play)
	}
	return c
}

// oldest is how many cells the table had once, none of which may get lost.
const oldest = 535

// TestFaultTable runs every fault in every phase. A cell fails when a token is left alive that could have been revoked, or
// that the report doesn't name; all of them together fail when they aren't what docs/faults.md says.
func TestFaultTable(t *testing.T) {
	t.Parallel()
	plans := slices.Concat(faultPlans(), outputPlans(), connectionPlans(), outagePlans())
	if len(plans) < oldest {
		t.Errorf("only %d cells", len(plans))
	}
	cells := make([]*cell, len(plans))
	began := time.Now()
	t.Run("cell", func(t *testing.T) {
		for i, p := range plans {
			t.Run(p.phase.name+"/"+p.fault.String(), func(t *testing.T) {
				t.Parallel()
				cells[i] = p.run(t)
			})
		}
	})
	t.Logf("%d cells in %s", len(cells), time.Since(began).Round(time.Second))
	if !slices.Contains(cells, nil) {
		checkTable(t, render(cells))
	}
}

func faultPlans() []plan {
	var plans []plan
	for _, p := range phases() {
		for _, f := range tableFaults("http://127.0.0.1:1/elsewhere") {
			if f.fits(p) {
				plans = append(plans, plan{phase: p, fault: f})
			}
		}
		for _, f := range foreignFaults(p) {
			plans = append(plans, plan{phase: p, fault: f})
		}
	}
	return plans
}

// checkTable writes the table, or compares it with the one that is kept, but for the seconds.
func checkTable(t *testing.T, table string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if *tableFile != "" {
		path := *tableFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(root, path)
		}
		if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, want := timeless(table), timeless(read(t, "docs/faults.md"))
	for i := range max(len(got), len(want)) {
		if line, old := at(got, i), at(want, i); line != old {
			t.Errorf("docs/faults.md: this run has\n%s\nand the file\n%s", line, old)
		}
	}
}

var lastColumn = regexp.MustCompile(`[0-9.]+ \|$`)

func timeless(table string) []string {
	lines := strings.Split(table, "\n")
	for i, line := range lines {
		lines[i] = lastColumn.ReplaceAllString(line, "")
	}
	return lines
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}
