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
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

var (
	tableFile = flag.String("table", "", "write the fault table to this file, below the module's folder, instead of comparing it with docs/faults.md")
	atOnce    = flag.Int("cells", 12, "how many cells of the fault table run at once")
)

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

// TestFaultTable runs every fault at every stage. A cell fails when a token is left alive that could have been taken
// back, or that the report doesn't name; all of them together fail when they aren't what docs/faults.md says.
func TestFaultTable(t *testing.T) {
	t.Parallel()
	elsewhere := record(t)
	cells := append(faultCells(t, elsewhere.url), outputCells(t)...)
	began := time.Now()
	var running sync.WaitGroup
	places := make(chan struct{}, *atOnce)
	for _, c := range cells {
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			c.run()
		})
	}
	running.Wait()
	if len(cells) < 120 {
		t.Errorf("only %d cells", len(cells))
	}
	playAgain(t, cells)
	for _, c := range cells {
		for _, what := range c.wrong() {
			t.Errorf("%s, %s: %s\n%s", c.stage.name, c.fault, what, visible(c.job.printed.text()))
		}
	}
	if got := elsewhere.requests(); len(got) > 0 {
		t.Errorf("the redirects were followed: %v", got)
	}
	t.Logf("%d cells in %s", len(cells), time.Since(began).Round(time.Second))
	keepTable(t, render(cells))
}

// playAgain plays a cell once more, alone, where it was wrong or isn't what docs/faults.md says: a machine that was too
// busy for all of them at once proves nothing. What comes out alone counts.
func playAgain(t *testing.T, cells []*cell) {
	t.Helper()
	known := keptRows(t)
	for i, c := range cells {
		if c.stage.at == "" || c.job.onWrite != nil || len(c.wrong()) == 0 && known[c.stage.name+timeless(c.row())[0]] {
			continue
		}
		t.Logf("again, alone: %s, %s: %s, %s, %d alive: %q", c.stage.name, c.fault, c.mainOutcome(), c.postOutcome(), len(c.minted), c.wrong())
		cells[i] = newCell(t, c.stage, c.fault)
		cells[i].run()
	}
}

// keptRows are the rows of docs/faults.md behind the names of their stages, without the seconds.
func keptRows(t *testing.T) map[string]bool {
	t.Helper()
	rows, name := map[string]bool{}, ""
	for _, line := range timeless(read(t, "docs/faults.md")) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			name = heading
		}
		for _, s := range stages() {
			if strings.EqualFold(s.name, name) {
				rows[s.name+line] = true
			}
		}
	}
	return rows
}

func faultCells(t *testing.T, elsewhere string) []*cell {
	t.Helper()
	var cells []*cell
	for _, s := range stages() {
		for _, f := range troubles(elsewhere) {
			if f.only != nil && !slices.Contains(f.only, s.name) || f.only == nil && s.some && !matters(f) {
				continue
			}
			cells = append(cells, newCell(t, s, f))
		}
	}
	return cells
}

// matters picks the faults for a stage that is like another: one of each kind.
func matters(f trouble) bool {
	return f.fault == "latency=0s" || f.fault == "latency=60s" || strings.HasPrefix(f.fault, "commit") || strings.HasPrefix(f.fault, "reset") ||
		strings.HasPrefix(f.fault, "truncate") || strings.HasPrefix(f.fault, "html") ||
		slices.Contains([]string{"status=500,times=1", "status=500", "status=503,times=1", "status=503", "status=504,times=1", "status=403,times=2", "status=403", "status=401,times=1", "status=401", "retry-after=1"}, f.fault)
}

func newCell(t *testing.T, s stage, f trouble) *cell {
	t.Helper()
	c := &cell{stage: s, fault: f}
	access := &buffer{}
	box := sandboxtest.Start(t, sandbox.WithAccessLog(access), sandbox.WithFaults(c.faults(t, !s.post)...),
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

func sorted(cells []*cell) []*cell {
	slices.SortFunc(cells, func(a, b *cell) int { return strings.Compare(a.fault.name, b.fault.name) })
	return cells
}
