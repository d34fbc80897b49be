//go:build linux

package proof

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/frogmint/frogmint/test/docs"
)

var updateClients = flag.Bool("clients", false, "write what logins leave into docs/clients.md, instead of comparing it")

// way is how the clients are logged in.
type way string

const (
	byExec      way = "exec"
	byNative    way = "native action"    // two processes of the program on the runner
	byContainer way = "container action" // the program as the image has it; the job's command runs outside of it
)

// ending is what becomes of a job.
type ending string

const (
	succeeds  ending = "the command or the job succeeds"
	fails     ending = "it fails"
	cancelled ending = "it is cancelled: SIGTERM, to the post step too"
	homeless  ending = "it has no `HOME`"
	killed    ending = "SIGKILL of the step"
	killedAll ending = "SIGKILL of all: no guardian, no post step"
	unborn    ending = "SIGKILL of frogmint while it mints"
)

// leftover is what a login left.
type leftover struct {
	folder, token bool
	holding       map[string][]string // by client: where its token is, in the folder or in variables
}

// what is for the reader of the table.
func (l leftover) what() string {
	words := []string{}
	switch {
	case l.folder && len(l.holding) == 0:
		words = append(words, "the folder, with no token in it")
	case l.folder:
		words = append(words, "the folder")
	}
	if l.token {
		words = append(words, "the token, until its expiry")
	}
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, "; ")
}

// TestLogins_LeaveWhatTheDocumentsSay logs all clients in, each way, and ends the job in each way. Besides what is in the table: while the
// job's command runs, each client has what docs/clients.md says, and the token is in no argument, in no log and in no file
// elsewhere; afterwards the user's own files are as they were, later steps find the variables as they were, and the token is
// refused unless the table has it.
func TestLogins_LeaveWhatTheDocumentsSay(t *testing.T) {
	t.Parallel()
	rows := documentedClients(t)
	endings := []ending{succeeds, fails, cancelled, homeless, killed, killedAll, unborn}
	ways := []way{byExec, byNative, byContainer}
	seen := map[way]map[ending]leftover{}
	var mu sync.Mutex
	t.Run("login", func(t *testing.T) {
		for _, w := range ways {
			seen[w] = map[ending]leftover{}
			for _, e := range endings {
				t.Run(fmt.Sprintf("%s, %s", w, e), func(t *testing.T) {
					t.Parallel()
					left := newClientsJob(t, w, e, rows).play()
					mu.Lock()
					defer mu.Unlock()
					seen[w][e] = left
				})
			}
		}
	})
	if !t.Failed() {
		docs.Compare(t, *updateClients, filepath.Join(root, "docs", "clients.md"), "what is left", whatIsLeft(rows, endings, seen))
	}
}

// whatIsLeft is the part of the page.
func whatIsLeft(rows []documentedClient, endings []ending, seen map[way]map[ending]leftover) string {
	var b strings.Builder
	b.WriteString("| | `exec` | native action | container action |\n|---|---|---|---|\n")
	for _, e := range endings {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", e, seen[byExec][e].what(), seen[byNative][e].what(), seen[byContainer][e].what())
	}
	b.WriteString("\n| SIGKILL of all leaves the token of | of `exec` in | of the native action in | of the container action in |\n|---|---|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| `%s`", row.name)
		for _, w := range []way{byExec, byNative, byContainer} {
			where := strings.Join(seen[w][killedAll].holding[row.name], ", ")
			if where == "" {
				where = "nothing"
			}
			if w == byContainer && !row.inContainer {
				where = "refused"
			}
			b.WriteString(" | " + where)
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// The container action has no place for files: whoever needs one is named, all of them at once, before there is a token.
func TestLogins_RefuseInAContainerWhoNeedsAFile(t *testing.T) {
	t.Parallel()
	rows := documentedClients(t)
	c := newClientsJob(t, byContainer, succeeds, rows)
	var all []string
	for _, row := range rows {
		all = append(all, row.item)
	}
	c.env["INPUT_LOGIN"] = strings.Join(all, ",")
	status, log := c.inContainer(t.Context(), c.env, "frogmint-main")()
	if status != 2 || c.folder() != "" || c.tokenLives() || c.asked("POST", "/access/api/v1/tokens") {
		t.Errorf("exit status %d\n%s", status, log)
	}
	for _, row := range rows {
		if strings.Contains(log, "login: "+row.name+": it needs a file") == row.inContainer {
			t.Errorf("%s: in a container it is documented as %t\n%s", row.name, row.inContainer, log)
		}
	}
}

// play runs the job to its end.
func (c *clientsJob) play() leftover {
	c.t.Helper()
	if c.ending == unborn {
		c.playUnborn()
		return c.leftover()
	}
	var frogmint *started
	if c.way == byExec {
		frogmint = c.begin(c.env, c.execArgv()...)
	} else {
		c.step(c.env, "frogmint-main")
		c.learn()
		frogmint = c.begin(c.later(), "sh", "-c", work)
	}
	command := c.number("pid")
	c.running = true
	c.checkWhileRunning(frogmint.pid(), command)
	c.running = false
	c.end(frogmint, command)
	if c.way != byExec && c.ending != killedAll {
		c.step(c.savedForPost(), "frogmint-post")
		c.checkRestored()
	}
	return c.leftover()
}

// work is the command of the job. It waits without a process of its own, so that nothing is left of it after a SIGKILL.
const work = `echo $$ >pid.new; mv pid.new pid; read status <over; exit "$status"`

// end ends the command, or who runs it.
func (c *clientsJob) end(frogmint *started, command int) {
	c.t.Helper()
	status := map[ending]int{fails: 7, cancelled: 128 + 15, killed: 128 + 9, killedAll: 128 + 9}[c.ending]
	switch c.ending {
	case cancelled:
		c.signal(frogmint.pid(), syscall.SIGTERM)
	case killedAll:
		for _, child := range below(frogmint.pid()) { // the guardian first: it would take the end of frogmint for its own
			if child != command {
				c.signal(child, syscall.SIGKILL)
			}
		}
		fallthrough
	case killed:
		c.signal(frogmint.pid(), syscall.SIGKILL)
	default:
		if err := os.WriteFile(filepath.Join(c.work, "over"), []byte(fmt.Sprintln(status)), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	if got := frogmint.wait(); got != status {
		c.t.Errorf("exit status %d, want %d\n%s", got, status, frogmint.text())
	}
	c.await("the end of the command", func() bool { return !alive(command) })
	if c.way == byExec && c.ending == killed {
		c.await("the guardian's work", func() bool { return c.folder() == "" && !c.tokenLives() })
	}
	c.note(frogmint)
}

// playUnborn kills frogmint while JFrog holds back the answer to the mint.
func (c *clientsJob) playUnborn() {
	c.t.Helper()
	c.fault("latency=20s@mint")
	argv := []string{binary(c.t, "frogmint-main")} // as in the container, where no client needs a file
	if c.way == byExec {
		argv = c.execArgv()
	}
	frogmint := c.begin(c.env, argv...)
	c.await("the mint", func() bool { return c.asked("POST", "/access/api/v1/tokens") })
	c.signal(frogmint.pid(), syscall.SIGKILL)
	frogmint.wait()
	c.note(frogmint)
	if c.way == byExec {
		c.await("the guardian's work", func() bool { return c.folder() == "" })
	}
}

// leftover looks for what is left, and holds what has to be so in any case.
func (c *clientsJob) leftover() leftover {
	c.t.Helper()
	folder := c.folder()
	left := leftover{folder: folder != "", token: c.tokenLives(), holding: c.holding(folder)}
	if after := snapshot(c.t, c.home); c.before != after {
		c.t.Errorf("the user's own files are\n%s\nand were\n%s", after, c.before)
	}
	c.over = !left.folder // else the search would call it forgotten
	for _, leak := range c.leaks() {
		c.t.Error(leak)
	}
	if c.token != "" && !left.token {
		if status := c.use(c.token, "GET", "/artifactory/api/system/version"); status != 401 {
			c.t.Errorf("the dead token is answered %d", status)
		}
	}
	entries, err := os.ReadDir(c.temp)
	if err != nil || !left.folder && len(entries) > 0 || len(entries) > 1 {
		c.t.Errorf("in the temporary folder: %v, %v", entries, err)
	}
	return left
}

// checkWhileRunning looks at what the job's command has, as it has it.
func (c *clientsJob) checkWhileRunning(leader, command int) {
	c.t.Helper()
	environ := c.environ(command)
	if c.way == byExec {
		c.token = environ["JF_ACCESS_TOKEN"]
	}
	if c.token == "" || !c.tokenLives() {
		c.t.Fatal("the job has no living token")
	}
	c.redacted = append(c.redacted, c.token)
	c.variables = map[string]string{}
	for name, value := range environ {
		if had, ok := c.env[name]; (!ok || had != value) && !slices.Contains([]string{"PWD", "OLDPWD", "_", "SHLVL"}, name) {
			c.variables[name] = value
		}
	}
	c.checkClients(c.folder())
	for where, text := range c.elsewhereNow(leader) {
		for _, what := range c.detector().find(text) {
			c.t.Errorf("%s: %s", where, what)
		}
	}
}
