package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/process"
	"github.com/frogmint/frogmint/internal/redact"
)

// Rules of the output. Every line goes through one printer:
//
//   - a line of plain text starts with "frogmint: ", an error with "frogmint: error: ", what to do about it with "frogmint: hint: ";
//     within a CI, warnings and errors take the form that this CI shows to people
//   - where the cause of a refusal is known it comes first, then what to do, then the other side's own words
//   - lower case at the start, no period at the end, names and values from outside in quotes
//   - whatever its source, a line is scrubbed of every secret that was added, and of control characters and commands

// maxLine bounds one line of the log in bytes; GitHub cuts annotations at 4096 characters.
const maxLine = 4000

// printer writes the log. Safe for concurrent use.
type printer struct {
	mu       sync.Mutex
	system   ci.System
	host     ci.Host
	out      *process.Writer // the host's too
	fallback *process.Writer // for warnings and errors when the log can't be written; nil for none
	secrets  redact.List
	held     []heldLines
	holding  time.Time // since when lines are held back; zero for not
	logout   string    // stands before the next report
}

// heldLines wait for release.
type heldLines struct {
	level ci.Level
	lines []string
}

var _ action.Logger = (*printer)(nil)

// Info writes a line about what was done or chosen.
func (p *printer) Info(line string) { p.print(ci.Info, line) }

// Warn writes a line about what somebody should look at.
func (p *printer) Warn(line string) { p.print(ci.Warning, line) }

func (p *printer) print(level ci.Level, lines ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, line := range lines {
		// A hint is the program's own text: scrubbing it of a password that is a common word would only spoil it.
		if !strings.HasPrefix(line, "hint: ") {
			line = p.secrets.Scrub(line)
		}
		lines[i] = redact.Text(line, maxLine)
	}
	if level != ci.Failure && !p.holding.IsZero() {
		if time.Since(p.holding) < maxHold {
			p.held = append(p.held, heldLines{level, lines})
			return
		}
		p.releaseHeld()
	}
	p.write(level, lines)
}

// maxHold bounds how long lines are held back: whoever waits longer is to see what for.
const maxHold = 3 * time.Second

// hold keeps all lines but errors back, so that what is wrong stands before them.
func (p *printer) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holding = time.Now()
}

// release prints what was held back.
func (p *printer) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.releaseHeld()
}

func (p *printer) releaseHeld() {
	for _, held := range p.held {
		p.write(held.level, held.lines)
	}
	p.held, p.holding = nil, time.Time{}
}

// head prints a line before those that are held back.
func (p *printer) head(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(ci.Info, []string{line})
}

// write prints lines that are fit for the log.
func (p *printer) write(level ci.Level, lines []string) {
	if p.system.Print != nil {
		p.system.Print(p.host, level, strings.Join(lines, "\n"))
	} else {
		printPlain(p.out, level, lines)
	}
	if level != ci.Info && p.fallback != nil && p.out.Err() != nil {
		printPlain(p.fallback, level, lines)
	}
}

func printPlain(out io.Writer, level ci.Level, lines []string) {
	prefix := ""
	switch level {
	case ci.Warning:
		prefix = "warning: "
	case ci.Failure:
		prefix = "error: "
	case ci.Info:
	}
	for i, line := range lines {
		if i > 0 {
			prefix = "" // a hint says so itself
		}
		_, _ = fmt.Fprintf(out, "frogmint: %s%s\n", prefix, line)
	}
}

// block writes lines to be copied as they are, without a prefix. They are the program's own text around values that are fit
// for one line of a log.
func (p *printer) block(lines []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range lines {
		_, _ = fmt.Fprintln(p.out, p.secrets.Scrub(redact.Line(line, maxLine)))
	}
}

// hinted is an error that knows what to do about it.
type hinted interface {
	error
	Hint() string
}

// fail writes an error with its hint, or each of several, and returns the exit status that it means.
func (p *printer) fail(err error) int {
	p.printError(ci.Failure, err)
	return exitStatus(err)
}

func (p *printer) printError(level ci.Level, err error) {
	// Only several errors side by side: those below a wrapper are its cause, and what it says of them must not be lost.
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			p.printError(level, one)
		}
		return
	}
	lines := []string{err.Error()}
	known, ok := errors.AsType[hinted](err)
	if ok && known.Hint() != "" {
		lines = append(lines, "hint: "+known.Hint())
	}
	// What to do about a token that may be alive doesn't replace what to do about the failure that left it so.
	if alive, ok := known.(*action.LeftAliveError); ok {
		if known, ok = errors.AsType[hinted](alive.Err); ok && known.Hint() != "" {
			lines = append(lines, "hint: "+known.Hint())
		}
	}
	if refusal, ok := known.(*action.APIError); ok && refusal.Cause != "" && refusal.Fix != "" {
		lines = []string{refusal.Cause, "hint: " + refusal.Fix, "the answer was: " + err.Error()}
	}
	p.print(level, lines...)
}

func exitStatus(err error) int {
	_, alive := errors.AsType[*action.LeftAliveError](err)
	_, config := errors.AsType[*action.ConfigError](err)
	_, problem := errors.AsType[*ci.ProblemError](err)
	switch {
	case alive:
		return ExitLeftAlive
	case config, problem:
		return ExitUsage
	}
	return ExitFailure
}

// report says what became of a token, and returns the exit status. fail is whether a token that may be alive is a failure.
func (p *printer) report(report action.Report, fail bool) int {
	p.mu.Lock()
	line := fmt.Sprintf("%stoken %s: %s", p.logout, report.TokenID, report)
	p.logout = ""
	p.mu.Unlock()
	if report.Dead() {
		p.Info(line + fmt.Sprintf("; JFrog refuses it (asked for %s)", report.Took.Round(time.Millisecond)))
		return ExitSuccess
	}
	level, status := ci.Warning, ExitSuccess
	if fail {
		level, status = ci.Failure, ExitLeftAlive
	}
	hint := new(action.LeftAliveError).Hint()
	if known, ok := report.Err.(interface{ Hint() string }); ok && known.Hint() != "" {
		hint = known.Hint()
	}
	p.print(level, line, "hint: "+hint)
	return status
}
