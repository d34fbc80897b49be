//go:build linux

package proof

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// cell is one fault in one phase, and what came of it.
type cell struct {
	phase  phase
	fault  tableFault
	job    *job
	main   stepResult
	post   *stepResult
	minted []sandbox.TokenInfo // alive at the end
	mapped int                 // alive too: tokens of a mapping, which JFrog doesn't revoke
	check  func() []string     // what else must be so; nil for nothing
}

// newCell prepares a cell without a fault, over real sockets.
func newCell(t *testing.T, inputs map[string]string) *cell {
	t.Helper()
	return newCellOn(t, sandboxtest.Start, phase{inputs: inputs}, tableFault{})
}

func newCellOn(t *testing.T, start func(testing.TB, ...sandbox.Option) *sandboxtest.Sandbox, p phase, f tableFault) *cell {
	t.Helper()
	c := &cell{phase: p, fault: f}
	access := &buffer{}
	box := start(t, sandbox.WithAccessLog(access), sandbox.WithConfig(p.config()))
	c.job = newJob(t, box, p.inputs)
	box.Server.SetFaults(c.faults(t, !p.post)...)
	c.job.access = access
	c.setBudget(budget)
	c.job.env["INPUT_ON-REVOKE-FAILURE"] = "fail"
	if p.post {
		later := c.faults(t, true)
		c.job.onPost = func() { box.Server.SetFaults(later...) }
	}
	return c
}

// config is a platform where user and password may mint.
func (p phase) config() sandbox.Config {
	config := sandbox.Config{
		Users: []sandbox.UserConfig{
			{Name: maker, Password: makerPassword, Admin: true}, {Name: reader, Password: readerPass, Groups: []string{"readers"}},
		},
		Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: new(true)},
	}
	if p.unstored != 0 {
		config.Token.UnstoredRevocation = new(p.unstored)
	}
	return config
}

// setBudget sets the input timeout; 0 changes nothing.
func (c *cell) setBudget(seconds int) {
	if seconds > 0 {
		c.job.env["INPUT_TIMEOUT"] = strconv.Itoa(seconds)
	}
}

func (c *cell) faults(t *testing.T, all bool) []sandbox.Fault {
	t.Helper()
	texts := c.phase.before
	if all && c.phase.at != "" && c.fault.fault != "" {
		place := "@" + c.phase.at
		if c.fault.clock && (c.phase.post || len(c.phase.before) > 0) {
			place = ""
		}
		texts = append(slices.Clone(texts), c.fault.fault+place)
	}
	return parseFaults(t, texts...)
}

// run plays the main step and, where it succeeded, the post step.
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

// problems says in which way a cell breaks its promise.
func (c *cell) problems() []string {
	var found []string
	last := c.main
	if c.post != nil {
		last = *c.post
	}
	if last.hung {
		return []string{fmt.Sprintf("it hangs: not over within %s", hangs)}
	}
	if c.phase.post && c.post == nil {
		found = append(found, "the main step failed, in which there was no fault")
	}
	if c.fault.passes && !c.phase.blind && len(c.minted) > 0 {
		found = append(found, fmt.Sprintf("%d token(s) left alive although the server could be reached", len(c.minted)))
	}
	unseen := c.post == nil && c.mapped > 0 && !strings.Contains(last.log, "exchanged the ID token")
	if named := fmt.Sprintf("exchanges with provider %q", c.phase.inputs["oidc-provider-name"]); unseen && (last.status != 3 || !strings.Contains(last.log, named)) {
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
	if c.phase.inputs["api"] != "legacy" && slices.ContainsFunc(c.job.box.Server.Requests(), isLegacy) {
		found = append(found, "the legacy API was asked, which nobody chose")
	}
	if c.check != nil {
		found = append(found, c.check()...)
	}
	return found
}

// isLegacy reports whether a request is one of the legacy API.
func isLegacy(r sandbox.Request) bool {
	return strings.HasPrefix(r.Path, "/artifactory/api/security/token")
}

// names reports whether a log says which token may be alive, by its id or its description, or, where nobody has seen it, by
// its user or by the token that it was refreshed from.
func names(log string, token sandbox.TokenInfo) bool {
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "::error::") {
			continue
		}
		for _, name := range []string{token.ID, token.Description, "a token of user " + token.Username + " whose answer was lost", "a token that was refreshed from it may be alive"} {
			if name != "" && strings.Contains(line, name) {
				return true
			}
		}
	}
	return false
}

// mainOutcome is the outcome of the main step, in the table's words.
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

var reported = regexp.MustCompile(`token \S+: (revoked|expired|not revocable|STILL ALIVE|refused, but not because of us|unknown)`)

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
