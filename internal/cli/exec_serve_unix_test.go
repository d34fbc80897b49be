//go:build unix

package cli

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/process"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// shortDir is a folder for sockets: their path has a limit.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "f")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// Whatever others do at the socket, a helper is answered, and the end of the command waits for nobody.
func TestExec_AnswersHelpersWhateverOthersDo(t *testing.T) {
	t.Parallel()
	box, log := sandboxtest.Start(t), &strings.Builder{}
	tokens := loginIn(t, box, shortDir(t), map[string]string{"access-token": "admin", "login": "docker"}, log)
	e := &execution{login: tokens.login, tokens: tokens}
	if err := e.listen(); err != nil {
		t.Fatal(err)
	}
	if err := tokens.mint(t.Context()); err != nil {
		t.Fatal(err)
	}
	working, stop := context.WithCancel(t.Context())
	tokens.keepFresh(working)
	socket := tokens.login.Socket()
	for i := range 200 {
		conn, err := net.Dial("unix", socket) //nolint:noctx // it doesn't wait
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // it was to do nothing
		if i%2 == 0 {
			_ = conn.SetDeadline(time.Now().Add(time.Second))
			_, _ = conn.Write([]byte(strings.Repeat("x", 1<<20))) // nobody reads it
		}
	}
	var stdout, stderr strings.Builder
	command := &Command{
		Stdin: strings.NewReader(strings.TrimPrefix(box.URL, "http://")), Stdout: &stdout, Stderr: &stderr,
		LookupEnv: func(name string) (string, bool) { return socket, name == login.SocketVariable },
	}
	if status := command.Main(t.Context(), []string{filepath.Join("/bin", "docker-credential-frogmint"), "get"}); status != ExitSuccess || !strings.Contains(stdout.String(), tokens.newest().AccessToken.Reveal()) {
		t.Errorf("exit status %d, %s%s", status, stdout.String(), stderr.String())
	}
	stop()
	if status := tokens.revokeAll(t.Context()); status != ExitSuccess {
		t.Errorf("exit status %d\n%s", status, log)
	}
	if conn, err := net.Dial("unix", socket); err == nil { //nolint:noctx // it doesn't wait
		_ = conn.Close()
		t.Error("somebody answers after the end")
	}
}

// Where nobody can find another token, none is made. Without a token file the variables' one is left alone: nobody was told to look
// elsewhere.
func TestExec_RenewsWhatCanBeFoundOnly(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("true") // as the guardian, and as what the helpers' names mean
	if err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]struct{ renews, keepsFirst, serves bool }{
		"":                                     {false, true, false},
		"--login npm,twine=pypi-local":         {false, true, false},
		"--login docker":                       {true, true, true},
		"--login npm,cargo=a":                  {true, true, true},
		"--login git":                          {true, true, true},
		"--login bazel":                        {true, true, true},
		"--token-file FILE":                    {true, false, false},
		"--token-file FILE --login docker,npm": {true, false, true},
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			dir, log := shortDir(t), &strings.Builder{}
			c := &Command{
				Stdin: strings.NewReader(""), Stdout: log, Stderr: log, Executable: program, Proxy: http.ProxyFromEnvironment,
				LookupEnv: func(name string) (string, bool) {
					value := map[string]string{"RUNNER_TEMP": dir, "PATH": "/bin", "JF_URL": "http://127.0.0.1:1", "JF_ACCESS_TOKEN": "x"}[name]
					return value, value != ""
				},
				Subscribe: func(chan<- os.Signal, ...os.Signal) {}, Unsubscribe: func(chan<- os.Signal) {},
			}
			words := append(append([]string{"--groups", "CI"}, strings.Fields(strings.ReplaceAll(args, "FILE", filepath.Join(dir, "token")))...), "--", program)
			request, status, _ := c.parseExec(t.Context(), words)
			e := &execution{command: c, request: request, runner: c.newStderrRunner(t.Context(), ci.Generic())}
			e.printer = e.runner.printer
			e.watcher = process.NewWatcher(t.Context(), process.Watching{Subscribe: c.Subscribe, Unsubscribe: c.Unsubscribe, Info: e.printer.Info})
			defer e.watcher.Close()
			if status != ExitSuccess || e.load(t.Context()) != ExitSuccess {
				t.Fatal(log)
			}
			if got := e.tokens; got.renews != want.renews || got.keepsFirst != want.keepsFirst || (got.listener != nil) != want.serves {
				t.Errorf("renews %v, keeps the first token %v, serves %v", got.renews, got.keepsFirst, got.listener != nil)
			}
			e.tokens.close()
			e.tokens.dismissGuardian()
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
