package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// The kill matrix: whatever signal ends a job, in whatever phase, however frogmint was started, it is gone within five
// seconds and no token that it minted is alive. Five seconds are what Jenkins gives; the others give more.
const within = 5 * time.Second

// ignored is how long the runner waits, in the cells that are impossible, before it sends what can't be ignored.
const ignored = time.Second

// A phase is what frogmint is doing when the signal comes.
type phase string

const (
	before   phase = "before the mint"
	minting  phase = "minting"                // JFrog has made the token and holds its answer back
	working  phase = "command runs"           // and ends at any signal
	stubborn phase = "command stays"          // it ignores every signal that can be ignored
	hanging  phase = "command and JFrog stay" // the revocation is done, but its answer doesn't come
	renewing phase = "renewing"               // of the token file: the old token lives, of the new one only JFrog knows
	revoking phase = "revoking"               // the command has ended, JFrog holds its answer back
)

// A launcher is how the job starts frogmint.
type launcher string

const (
	direct launcher = "directly"
	script launcher = "bash script" // of several lines: bash waits for each
	inline launcher = "bash -c"     // of one command: bash becomes it
)

// A cell is one square of the matrix.
type cell struct {
	creator  creator
	phase    phase
	signal   syscall.Signal
	launcher launcher
	again    bool // the signal comes again and again, as from docker stop and an impatient user
}

func (c cell) String() string {
	name := fmt.Sprintf("%s/%s/%s/%s", c.creator, c.phase, signalName(c.signal), c.launcher)
	if c.again {
		name += ", again and again"
	}
	return name
}

func signalName(signal syscall.Signal) string {
	return map[syscall.Signal]string{syscall.SIGINT: "INT", syscall.SIGTERM: "TERM", syscall.SIGHUP: "HUP"}[signal]
}

// impossible tells why a cell can't hold; "" when it must. What the runner sends next then has to end the job.
func (c cell) impossible() string {
	if c.signal == syscall.SIGINT && c.launcher == script {
		return "bash keeps a SIGINT to itself while it waits for a command, and neither dies nor tells the command; " +
			"GitHub and Azure send SIGTERM 7.5 s later"
	}
	return ""
}

// A result is what was seen in a cell.
type result struct {
	cell
	took   time.Duration
	status int
	output string
	err    error
}

func testKillMatrix(t *testing.T, binary string) {
	var cells []cell
	for _, creator := range []creator{admin, broker} {
		for _, phase := range []phase{before, minting, working, stubborn, hanging, renewing, revoking} {
			for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
				for _, launcher := range []launcher{direct, script, inline} {
					cells = append(cells, cell{creator, phase, signal, launcher, false})
				}
				cells = append(cells, cell{creator, phase, signal, direct, true})
			}
		}
	}
	results := runCells(t, binary, cells)
	for _, result := range results {
		t.Run(result.String(), func(t *testing.T) {
			if result.err != nil {
				t.Errorf("%v\n%s", result.err, result.output)
			}
			if strings.Contains(result.output, "eyJ") && result.creator == admin {
				t.Errorf("a token in the log:\n%s", result.output)
			}
		})
	}
	t.Log("\n" + table(results))
}

// runCells runs the cells, some at a time: most of what they do is to wait.
func runCells(t *testing.T, binary string, cells []cell) []result {
	t.Helper()
	const atOnce = 24
	results := make([]result, len(cells))
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, cell := range cells {
		server, dir := sandboxtest.Start(t), t.TempDir()
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = cell.run(binary, server, dir)
		})
	}
	all.Wait()
	return results
}

// table shows what was seen. A star marks the impossible cells.
func table(results []result) string {
	var b strings.Builder
	reasons := map[string]bool{}
	for _, r := range results {
		star := ""
		if why := r.impossible(); why != "" {
			star, reasons[why] = " *", true
		}
		fmt.Fprintf(&b, "%-54s %5.2f s  status %3d%s\n", r, r.took.Seconds(), r.status, star)
	}
	for why := range reasons {
		fmt.Fprintf(&b, "* impossible, so measured from a SIGTERM a second later: %s\n", why)
	}
	return b.String()
}

// fault is how the sandbox holds the phase.
func (p phase) fault() string {
	switch p {
	case before:
		return "latency=20s@idtoken"
	case minting:
		return "latency=3s@mint" // longer than frogmint waits for the answer after a signal: it has to look for the token
	}
	return "latency=0s@mint"
}

// work is what frogmint runs.
func (p phase) work() string {
	switch p {
	case stubborn, hanging:
		return `trap "" INT TERM HUP; ` + settles + `sleep 30; sleep 30`
	case working, renewing:
		return settles + `exec sleep 30`
	case revoking:
		return settles + `until [ -e over ]; do sleep 0.05; done`
	}
	return `echo $$ >pid`
}

func (c cell) run(binary string, s *sandboxtest.Sandbox, dir string) (r result) {
	r.cell = c
	fault, err := sandbox.ParseFault(c.phase.fault())
	if err != nil {
		return r.failed(err)
	}
	s.Server.SetFaults(fault)
	argv, err := c.argv(binary, dir)
	if err != nil {
		return r.failed(err)
	}
	started, err := start(dir, c.creator.environment(s), argv...)
	if err != nil {
		return r.failed(err)
	}
	pid, child := 0, 0
	defer func() {
		started.end(pid, child)
		r.output = started.text()
	}()
	if pid, err = started.frogmint(); err != nil {
		return r.failed(err)
	}
	if child, err = c.awaitPhase(s.Server, dir, pid); err != nil {
		return r.failed(err)
	}
	if r.took, err = c.kill(started, pid); err != nil {
		return r.failed(err)
	}
	r.status = started.status()
	return r.failed(c.check(s.Server, started, child, r.status))
}

func (r result) failed(err error) result {
	r.err = err
	return r
}

// argv is the command line of the cell.
func (c cell) argv(binary, dir string) ([]string, error) {
	argv := []string{binary, "exec", "--groups", "CI", "--expiry", "600"}
	if c.phase == renewing {
		argv = []string{binary, "exec", "--groups", "CI", "--expiry", "4", "--token-file", "token"}
	}
	if c.phase == before && c.creator == admin {
		// There is nothing to ask before the mint, but a file to read: a pipe into which nothing is written.
		if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
			return nil, err
		}
		argv = append(argv, "--ca-cert", "pipe")
	}
	argv = append(argv, "--", "sh", "-c", c.phase.work())
	if c.launcher == direct {
		return argv, nil
	}
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = "'" + word + "'"
	}
	line := strings.Join(words, " ")
	if c.launcher == inline {
		return []string{"bash", "-e", "-c", line}, nil
	}
	return []string{"bash", "-e", "job.sh"}, os.WriteFile(filepath.Join(dir, "job.sh"), []byte("echo begin\n"+line+"\necho end\n"), 0o600)
}

// awaitPhase returns when frogmint is in the phase, with the process id of the command if it was started.
func (c cell) awaitPhase(server *sandbox.Server, dir string, pid int) (child int, err error) {
	const tokens = "/access/api/v1/tokens"
	switch c.phase {
	case before:
		if c.creator == broker {
			return 0, await("asking for the ID token", patience, func() bool { return asked(server, "GET", "/oidc-issuer/idtoken") > 0 })
		}
		return 0, await("reading the pipe", patience, func() bool {
			file, err := os.OpenFile(filepath.Join(dir, "pipe"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
			if err == nil {
				time.AfterFunc(patience, func() { _ = file.Close() })
			}
			return !isNoReader(err)
		})
	case minting:
		return 0, await("minting", patience, func() bool { return asked(server, "POST", tokens) > 0 })
	}
	if child, err = number(filepath.Join(dir, "pid")); err == nil {
		err = settled(dir, pid)
	}
	// It is long enough to be seen and interrupted, and leaves time for the proof behind it.
	answer := 1200 * time.Millisecond
	if c.impossible() != "" {
		answer += ignored
	}
	latency := map[phase]string{revoking: fmt.Sprintf("latency=%s@revoke", answer), hanging: "latency=20s@revoke", renewing: "latency=3s@mint"}[c.phase]
	if err != nil || latency == "" {
		return child, err
	}
	// Not earlier: the exchanged token is revoked before the command begins.
	slow, err := sandbox.ParseFault(latency)
	if err != nil {
		return child, err
	}
	server.SetFaults(slow)
	switch c.phase {
	case hanging:
		return child, nil
	case renewing:
		return child, await("renewing", patience, func() bool { return asked(server, "POST", tokens) > 1 })
	}
	before := asked(server, "DELETE", tokens)
	if err := os.WriteFile(filepath.Join(dir, "over"), nil, 0o600); err != nil {
		return child, err
	}
	return child, await("revoking", patience, func() bool { return asked(server, "DELETE", tokens) > before })
}

// kill sends the signal to the process that the runner knows, and measures how long frogmint lives on.
func (c cell) kill(started *running, pid int) (time.Duration, error) {
	if c.impossible() != "" {
		if err := started.command.Process.Signal(c.signal); err != nil {
			return 0, err
		}
		time.Sleep(ignored)
		if gone(pid) {
			return 0, fmt.Errorf("frogmint is gone within a second, although the cell is listed as impossible")
		}
		c.signal = syscall.SIGTERM
	}
	sent := time.Now()
	if err := started.command.Process.Signal(c.signal); err != nil {
		return 0, err
	}
	last := sent
	err := await("the end of frogmint", within, func() bool {
		if c.again && time.Since(last) > 200*time.Millisecond {
			last = time.Now()
			_ = started.command.Process.Signal(c.signal) // it may be gone
		}
		return gone(pid)
	})
	return time.Since(sent), err
}

// check looks at what is left.
func (c cell) check(server *sandbox.Server, started *running, child, status int) error {
	if tokens := minted(server); len(tokens) > 0 {
		return fmt.Errorf("alive: %+v", tokens)
	}
	if tokens := server.LiveTokens(); c.creator == admin && len(tokens) > 0 {
		return fmt.Errorf("alive: %+v", tokens)
	}
	if child != 0 && !gone(child) {
		return fmt.Errorf("the command is still running")
	}
	text := started.text()
	words := []string{": revoked", "revoked token "}
	if c.phase == hanging {
		words = []string{": unknown ("}
	}
	said := slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
	if asked(server, "DELETE", "/access/api/v1/tokens") > 0 && !said {
		return fmt.Errorf("the log doesn't say what became of the token: %q", words)
	}
	if want := c.wantStatus(); status != want {
		return fmt.Errorf("exit status %d, want %d", status, want)
	}
	return nil
}

// wantStatus is the exit status of the process that the runner knows: frogmint, or a bash that the signal ended.
func (c cell) wantStatus() int {
	switch {
	case c.impossible() != "":
		return 128 + int(syscall.SIGTERM)
	case c.launcher == script:
		return 128 + int(c.signal)
	case c.phase == stubborn, c.phase == hanging:
		return 128 + int(syscall.SIGKILL)
	case c.phase == revoking:
		return 0
	}
	return 128 + int(c.signal)
}
