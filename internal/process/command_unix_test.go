//go:build unix

package process

import (
	"bufio"
	"bytes"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// command runs a script of the shell.
func command(t *testing.T, script string, out *bytes.Buffer) *Command {
	t.Helper()
	path, err := Find("sh")
	if err != nil {
		t.Fatal(err)
	}
	return &Command{
		Path: path, Args: []string{"sh", "-c", script}, Env: []string{"PATH=" + os.Getenv("PATH")}, Stdout: out, Stderr: out,
		OnStop: func(os.Signal) time.Duration { return 300 * time.Millisecond },
	}
}

// A signal that is ignored when the tests begin, as SIGHUP is below nohup, is ignored by all that they start.
func TestMain(m *testing.M) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	m.Run()
}

func TestRun_ReturnsTheExitStatus(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{
		"exit 0": 0, "exit 7": 7, "exit 255": 255, "kill -9 $$": 137, "kill -TERM $$": 143, "no-such-command": 127,
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if got, err := command(t, script, &out).Run(); err != nil || got != want {
				t.Errorf("got %d, %v, want %d\n%s", got, err, want, &out)
			}
		})
	}
}

// The grace periods that a command is given: one that it needn't wait for, one that it outlasts, and one in which it has time to
// say something on a machine that is busy. By itself it ends after ten seconds.
const generous, short, long = 20 * time.Second, 300 * time.Millisecond, 2 * time.Second

// signaled is a command that gets signals while it runs, in order, and how it ends.
type signaled struct {
	script      string
	signals     []os.Signal
	grace       time.Duration
	terminal    bool
	interactive bool
	want        int
	answers     os.Signal     // with a word
	least       time.Duration // from the first signal
}

func TestRun_HandsSignalsOn(t *testing.T) {
	t.Parallel()
	intr, term, usr1 := syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1
	for name, test := range map[string]signaled{
		"ends_at_once":          {script: `trap 'exit 5' INT; %sleep`, signals: []os.Signal{intr}, grace: generous, want: 5},
		"reaches_the_group":     {script: `sh -c 'trap "echo told; exit 6" INT; %sleep'; exit 3`, signals: []os.Signal{intr}, grace: generous, want: 130, answers: intr},
		"ignores_it":            {script: `trap '' TERM; %sleep`, signals: []os.Signal{term}, grace: short, want: 137, least: short},
		"leaves_some_behind":    {script: `trap '' TERM; sleep 20 & trap - TERM; %sleep`, signals: []os.Signal{term}, grace: short, want: 143, least: short},
		"again_and_again":       {script: `trap '' TERM; trap 'echo told' INT; %sleep`, signals: []os.Signal{term, intr, intr}, grace: long, want: 137, answers: intr, least: long},
		"for_the_command_alone": {script: `trap 'echo told' USR1; %sleep`, signals: []os.Signal{usr1, term}, grace: generous, want: 143, answers: usr1},
		"hup":                   {script: `%sleep`, signals: []os.Signal{syscall.SIGHUP}, grace: generous, want: 129},
		"quit":                  {script: `%sleep`, signals: []os.Signal{syscall.SIGQUIT}, grace: generous, want: 131},
		"typed":                 {script: `trap 'echo told' INT; %sleep`, signals: []os.Signal{intr}, grace: short, terminal: true, want: 137, least: short},
		"typed_by_people":       {script: `trap 'echo told' INT; %sleep`, signals: []os.Signal{intr, term}, grace: generous, terminal: true, interactive: true, want: 143},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.run(t)
		})
	}
}

func (s signaled) run(t *testing.T) {
	t.Helper()
	const sleep = `echo ready; i=0; while [ $i -lt 200 ]; do sleep 0.05; i=$((i+1)); done; exit 99`
	c := command(t, strings.ReplaceAll(s.script, "%sleep", sleep), new(bytes.Buffer))
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close() //nolint:errcheck // a test's own pipe
	signals, stops := make(chan os.Signal, len(s.signals)), []os.Signal{}
	c.Stdout, c.Signals, c.Terminal, c.Interactive = write, signals, s.terminal, s.interactive
	c.OnStop = func(sig os.Signal) time.Duration {
		stops = append(stops, sig)
		return s.grace
	}
	began, told := time.Time{}, make(chan bool)
	go func() {
		lines := bufio.NewScanner(read)
		lines.Scan()
		began = time.Now()
		for _, sig := range s.signals {
			signals <- sig
			if sig == s.answers {
				lines.Scan()
			} else {
				time.Sleep(70 * time.Millisecond) // in which it could say something all the same
			}
		}
		said := lines.Text() == "told"
		for lines.Scan() {
			said = said || lines.Text() == "told"
		}
		told <- said
	}()
	got, err := c.Run()
	took := time.Since(began)
	_ = write.Close()
	if said := <-told; said != (s.answers != nil) {
		t.Errorf("it said so: %t", said)
	}
	if err != nil || got != s.want {
		t.Errorf("status %d, %v, want %d", got, err, s.want)
	}
	if len(stops) != 1 || !AsksToEnd(stops[0]) {
		t.Errorf("the grace period was started by %v", stops)
	}
	if took < s.least || took > 9*time.Second {
		t.Errorf("ended after %v, want %v at least, and that it doesn't end by itself", took, s.least)
	}
}

func TestFind_TellsWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"no-such-command": 127, dir + "/nowhere": 127, plain: 126, dir: 126} {
		_, err := Find(name)
		start, ok := err.(*StartError) //nolint:errorlint // Find's own
		if !ok || start.Status() != want || start.Hint() == "" {
			t.Errorf("%s: got %v, want status %d and a hint", name, err, want)
		}
		if strings.Count(err.Error(), name) != 1 {
			t.Errorf("the error names the command more than once: %v", err)
		}
	}
}

func TestFind_ExplainsSeveralWordsInOne(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"rails c": true, "bundle exec\nrails": true, "no-such-command": false} {
		_, err := Find(name)
		start, ok := err.(*StartError) //nolint:errorlint // Find's own
		if !ok || start.Status() != StatusNotFound || strings.Contains(start.Hint(), "each word as an argument of its own") != want {
			t.Errorf("%q: got %v with the hint %q", name, err, start.Hint())
		}
	}
	// A script whose path has a space in it and whose interpreter is missing is one word.
	script := filepath.Join(t.TempDir(), "my script")
	sandboxtest.WriteProgram(t, script, []byte("#!/no/such/interpreter\n"))
	_, err := (&Command{Path: script, Args: []string{script}}).Run()
	start, ok := err.(*StartError) //nolint:errorlint // Run's own
	if !ok || start.Status() != StatusNotFound || strings.Contains(start.Hint(), "each word") {
		t.Errorf("got %v with the hint %q", err, start.Hint())
	}
}

func TestStartError_Status(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]int{
		syscall.EAGAIN: 125, syscall.ENOMEM: 125, syscall.ENOEXEC: 126, syscall.E2BIG: 126, syscall.EACCES: 126, syscall.ENOENT: 127,
	} {
		if got := (&StartError{Name: "x", Err: &os.PathError{Op: "fork/exec", Path: "x", Err: errno}}).Status(); got != want {
			t.Errorf("%v: got %d, want %d", errno, got, want)
		}
	}
}

// The list is closed: SIGCHLD, SIGURG and the like are nobody's business.
func TestSignals_AreAClosedList(t *testing.T) {
	t.Parallel()
	want := []os.Signal{
		syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH,
	}
	if got := Signals(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOnTerminal_IsNotEveryDevice(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close() //nolint:errcheck // opened for reading
	if OnTerminal(null, &bytes.Buffer{}, nil) {
		t.Error("the null device, a character device, passes for a terminal")
	}
}
