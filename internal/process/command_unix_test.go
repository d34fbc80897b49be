//go:build unix

package process

import (
	"bytes"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
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

// Signals that come while the command runs, in order.
func TestRun_HandsSignalsOn(t *testing.T) {
	t.Parallel()
	const ready = `echo ready; `
	for name, tt := range map[string]struct {
		script      string
		signals     []os.Signal
		terminal    bool
		interactive bool
		want        int
		says        string
		least, most time.Duration
	}{
		"ends_at_once":          {`trap 'exit 5' INT; %sleep`, []os.Signal{syscall.SIGINT}, false, false, 5, "", 0, time.Second},
		"reaches_the_group":     {`sh -c 'trap "echo told; exit 6" INT; %sleep'; exit 3`, []os.Signal{syscall.SIGINT}, false, false, 130, "told", 0, time.Second},
		"ignores_it":            {`trap '' TERM; %sleep`, []os.Signal{syscall.SIGTERM}, false, false, 137, "", 300 * time.Millisecond, 2 * time.Second},
		"leaves_some_behind":    {`trap '' TERM; sleep 20 & trap - TERM; %sleep`, []os.Signal{syscall.SIGTERM}, false, false, 143, "", 250 * time.Millisecond, 2 * time.Second},
		"again_and_again":       {`trap '' TERM; trap 'echo told' INT; %sleep`, []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGINT}, false, false, 137, "told", 300 * time.Millisecond, 2 * time.Second},
		"for_the_command_alone": {`trap 'echo told' USR1; %sleep`, []os.Signal{syscall.SIGUSR1, syscall.SIGTERM}, false, false, 143, "told", 0, 2 * time.Second},
		"hup":                   {`%sleep`, []os.Signal{syscall.SIGHUP}, false, false, 129, "", 0, time.Second},
		"quit":                  {`%sleep`, []os.Signal{syscall.SIGQUIT}, false, false, 131, "", 0, time.Second},
		"typed":                 {`trap 'echo told' INT; %sleep`, []os.Signal{syscall.SIGINT}, true, false, 137, "", 300 * time.Millisecond, 2 * time.Second},
		"typed_by_people":       {`trap 'echo told' INT; %sleep`, []os.Signal{syscall.SIGINT, syscall.SIGTERM}, true, true, 143, "", 0, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sleep := ready + `i=0; while [ $i -lt 200 ]; do sleep 0.05; i=$((i+1)); done; exit 99`
			var out bytes.Buffer
			c := command(t, strings.ReplaceAll(tt.script, "%sleep", sleep), &out)
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close() //nolint:errcheck // a test's own pipe
			c.Stdout = write
			signals, stops, began := make(chan os.Signal), []os.Signal{}, time.Time{}
			c.Signals, c.Terminal, c.Interactive = signals, tt.terminal, tt.interactive
			c.OnStop = func(sig os.Signal) time.Duration {
				stops = append(stops, sig)
				return 300 * time.Millisecond
			}
			go func() {
				_, _ = read.Read(make([]byte, 6))
				began = time.Now()
				for _, sig := range tt.signals {
					signals <- sig
					time.Sleep(70 * time.Millisecond)
				}
			}()
			got, err := c.Run()
			took := time.Since(began)
			_ = write.Close()
			_, _ = out.ReadFrom(read)
			if err != nil || got != tt.want {
				t.Errorf("status %d, %v, want %d\n%s", got, err, tt.want, &out)
			}
			if tt.says != "" != strings.Contains(out.String(), "told") {
				t.Errorf("it said %q", &out)
			}
			if len(stops) != 1 || !AsksToEnd(stops[0]) {
				t.Errorf("the grace period was started by %v", stops)
			}
			if took < tt.least || took > tt.most {
				t.Errorf("ended after %v, want between %v and %v", took, tt.least, tt.most)
			}
		})
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
	if err := os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o700); err != nil { //nolint:gosec // it must run
		t.Fatal(err)
	}
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
