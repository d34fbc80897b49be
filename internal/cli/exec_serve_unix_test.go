//go:build unix

package cli

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// Whatever others do at the socket, a helper is answered, and the end of the command waits for nobody.
func TestExec_AnswersHelpersWhateverOthersDo(t *testing.T) {
	t.Parallel()
	box, log := sandboxtest.Start(t), &strings.Builder{}
	tokens := loginIn(t, box, t.TempDir(), map[string]string{"access-token": "admin", "login": "docker"}, log)
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
