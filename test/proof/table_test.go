//go:build linux

package proof

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

var tableFile = flag.String("table", "", "write the fault table to this file, below the module's folder, instead of comparing it with docs/faults.md")

// cell is one fault at one stage, and what came of it.
type cell struct {
	stage  stage
	fault  trouble
	job    *job
	main   ran
	post   *ran
	minted []sandbox.TokenInfo // alive at the end
	mapped int                 // alive too: tokens of a mapping, which JFrog doesn't revoke
}

// plan is one cell before it runs.
type plan struct {
	stage stage
	fault trouble
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
		c = newCellOn(t, start, p.stage, p.fault)
		if p.prepare != nil {
			p.prepare(t, c)
		}
		c.run()
		for _, what := range c.wrong() {
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

// TestFaultTable runs every fault at every stage. A cell fails when a token is left alive that could have been revoked, or
// that the report doesn't name; all of them together fail when they aren't what docs/faults.md says.
func TestFaultTable(t *testing.T) {
	t.Parallel()
	plans := append(faultPlans(), outputPlans()...)
	if len(plans) < 535 {
		t.Errorf("only %d cells", len(plans))
	}
	cells := make([]*cell, len(plans))
	began := time.Now()
	t.Run("cell", func(t *testing.T) {
		for i, p := range plans {
			t.Run(p.stage.name+"/"+p.fault.String(), func(t *testing.T) {
				t.Parallel()
				cells[i] = p.run(t)
			})
		}
	})
	t.Logf("%d cells in %s", len(cells), time.Since(began).Round(time.Second))
	if !slices.Contains(cells, nil) {
		keepTable(t, render(cells))
	}
}

func faultPlans() []plan {
	var plans []plan
	for _, s := range stages() {
		for _, f := range troubles("http://127.0.0.1:1/elsewhere") {
			if f.only != nil && !slices.Contains(f.only, s.name) || f.only == nil && s.some && !matters(f) {
				continue
			}
			plans = append(plans, plan{stage: s, fault: f})
		}
	}
	return plans
}

// matters picks the faults for a stage that is like another: one of each kind.
func matters(f trouble) bool {
	return f.fault == "latency=0s" || f.fault == "latency=60s" || strings.HasPrefix(f.fault, "commit") || strings.HasPrefix(f.fault, "reset") ||
		strings.HasPrefix(f.fault, "truncate") || strings.HasPrefix(f.fault, "html") ||
		slices.Contains([]string{"status=500,times=1", "status=500", "status=503,times=1", "status=503", "status=504,times=1", "status=403,times=2", "status=403", "status=401,times=1", "status=401", "retry-after=1"}, f.fault)
}

// newCell prepares a cell over real sockets.
func newCell(t *testing.T, s stage, f trouble) *cell {
	t.Helper()
	return newCellOn(t, sandboxtest.Start, s, f)
}

func newCellOn(t *testing.T, start func(testing.TB, ...sandbox.Option) *sandboxtest.Sandbox, s stage, f trouble) *cell {
	t.Helper()
	c := &cell{stage: s, fault: f}
	access := &buffer{}
	box := start(t, sandbox.WithAccessLog(access), sandbox.WithFaults(c.faults(t, !s.post)...),
		sandbox.WithConfig(sandbox.Config{
			Users: []sandbox.UserConfig{{Name: maker, Password: makerPassword, Admin: true}},
			Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: new(true)},
		}))
	c.job = newJob(t, box, s.inputs)
	c.job.access = access
	if _, ok := s.inputs["access-token"]; ok {
		c.job.env["INPUT_ACCESS-TOKEN"] = box.AdminToken
	}
	c.job.env["INPUT_TIMEOUT"] = strconv.Itoa(budget)
	c.job.env["INPUT_ON-REVOKE-FAILURE"] = "fail"
	if s.post {
		later := c.faults(t, true)
		c.job.onPost = func() { box.Server.SetFaults(later...) }
	}
	return c
}

func (c *cell) faults(t *testing.T, all bool) []sandbox.Fault {
	t.Helper()
	texts := c.stage.before
	if all && c.stage.at != "" && c.fault.fault != "" {
		place := "@" + c.stage.at
		if c.fault.clock && (c.stage.post || len(c.stage.before) > 0) {
			place = ""
		}
		texts = append(slices.Clone(texts), c.fault.fault+place)
	}
	return fault(t, texts...)
}

// run plays the main stage and, where it succeeded or at least saved a token, the post stage.
func (c *cell) run() {
	c.main = c.job.main()
	if c.main.status == 0 && !c.main.hung {
		if c.job.onPost != nil {
			c.job.onPost()
		}
		post := c.job.post()
		c.post = &post
	}
	c.minted, c.mapped = c.job.live()
}

// wrong says in which way a cell breaks its promise.
func (c *cell) wrong() []string {
	var found []string
	last := c.main
	if c.post != nil {
		last = *c.post
	}
	if last.hung {
		return []string{fmt.Sprintf("it hangs: not over within %s", hangs)}
	}
	if c.stage.post && c.post == nil {
		found = append(found, "the main stage failed, which no fault stood at")
	}
	if c.fault.passes && !c.stage.blind && len(c.minted) > 0 {
		found = append(found, fmt.Sprintf("%d token(s) left alive although the server could be reached", len(c.minted)))
	}
	unseen := c.post == nil && c.mapped > 0 && !strings.Contains(last.log, "exchanged the ID token")
	if named := fmt.Sprintf("exchanges with provider %q", c.stage.inputs["oidc-provider-name"]); unseen && (last.status != 3 || !strings.Contains(last.log, named)) {
		found = append(found, "the tokens of lost exchanges aren't named")
	}
	for _, token := range c.minted {
		if last.status != 3 {
			found = append(found, fmt.Sprintf("a token is left alive and the exit status is %d", last.status))
		}
		if !names(last.log, token) {
			found = append(found, fmt.Sprintf("the report doesn't name the token %s, %q", token.ID, token.Description))
		}
	}
	return found
}

// names reports whether a log says which token may be alive, by its id or its description, or, for one of the older API
// that nobody has seen, by its user.
func names(log string, token sandbox.TokenInfo) bool {
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "::error::") {
			continue
		}
		for _, name := range []string{token.ID, token.Description, "a token of user " + token.Username + " whose answer was lost"} {
			if name != "" && strings.Contains(line, name) {
				return true
			}
		}
	}
	return false
}

// outcome of the main stage, in the table's words.
func (c *cell) mainOutcome() string {
	switch {
	case c.main.hung:
		return "HANGS"
	case c.main.status == 0:
		return "the job has its token"
	case c.main.status == 3:
		return "fails (3), names what may live"
	}
	return fmt.Sprintf("fails (%d)", c.main.status)
}

var reported = regexp.MustCompile(`token \S+: (revoked|expired|not revocable|STILL ALIVE|unknown)`)

func (c *cell) postOutcome() string {
	switch {
	case c.post == nil:
		return "–"
	case c.post.hung:
		return "HANGS"
	}
	word := "says nothing"
	if found := reported.FindStringSubmatch(c.post.log); found != nil {
		word = found[1]
	}
	return fmt.Sprintf("%s (%d)", word, c.post.status)
}

func (c *cell) seconds() float64 {
	took := c.main.took
	if c.post != nil {
		took += c.post.took
	}
	return took.Seconds()
}

// keepTable writes the table, or compares it with the one that is kept, but for the seconds.
func keepTable(t *testing.T, table string) {
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
