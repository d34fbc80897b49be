//go:build unix

package native

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// The runner's cancellation reaches node alone. The binary revokes what it is minting, and its exit status is the step's.
func TestMain_HandsSignalsOn(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			j := newJob(t, serve(t, release(program(t), "")).url)
			j.set("timeout", "2m")
			slow, err := sandbox.ParseFault("latency=1h@mint")
			if err != nil {
				t.Fatal(err)
			}
			j.box.Server.SetFaults(slow)
			main := j.start("main")
			await(t, "mint", func() bool { return len(j.alive()) > 0 })
			if err := main.command.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			await(t, "end after the signal", func() bool { return strings.Contains(main.output.text(), "::error::") })
			if ended := main.wait(); ended.status != 1 || len(j.alive()) > 0 {
				t.Errorf("exit status %d, alive %v\n%s", ended.status, j.alive(), ended.log)
			}
			wants(t, j.step("post").ok(t).log, "nothing to revoke: the main step saved no token")
		})
	}
}

// A job that is canceled during the download runs nothing, and its post step has nothing to do.
func TestMain_EndsAtASignalDuringTheDownload(t *testing.T) {
	t.Parallel()
	m := serve(t, func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() })
	j := newJob(t, m.url)
	main := j.start("main")
	await(t, "request", func() bool { return len(m.asked()) > 0 })
	if err := main.command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if ended := main.wait(); ended.status == 0 || len(j.left()) > 0 {
		t.Errorf("exit status %d, left %v\n%s", ended.status, j.left(), ended.log)
	}
	wants(t, j.step("post").ok(t).log, "nothing to revoke: the main step ran no binary")
}

// A binary that a signal ends gives the step 128 and the signal's number, and the script says what it couldn't.
func TestRun_StatusOfASignal(t *testing.T) {
	t.Parallel()
	j := newJob(t, "")
	file := filepath.Join(t.TempDir(), "killed")
	sandboxtest.WriteProgram(t, file, []byte("#!/bin/sh\nkill -KILL $$\n"))
	j.set("binary", file)
	main := j.step("main")
	if main.status != 128+9 {
		t.Errorf("exit status %d\n%s", main.status, main.log)
	}
	wants(t, main.log, "##[error]frogmint was ended by SIGKILL: a token that it minted may still be alive")
}

// The binary gets the environment as it is, and its name.
func TestRun_PassesTheEnvironment(t *testing.T) {
	t.Parallel()
	j := newJob(t, "")
	file := filepath.Join(t.TempDir(), "shows")
	sandboxtest.WriteProgram(t, file, []byte("#!/bin/sh\nenv\n"))
	j.set("binary", file)
	j.export("FROM_A_STEP", "as it is")
	log := j.step("main").ok(t).log
	for _, pair := range []string{"FROM_A_STEP=as it is", "INPUT_GROUPS=CI", "INPUT_URL=" + j.box.URL} {
		if !strings.Contains("\n"+log+"\n", "\n"+pair+"\n") {
			t.Errorf("%s is missing in:\n%s", pair, log)
		}
	}
}

// A file that can't be run is said to be so, with the way out.
func TestRun_SaysWhatCannotBeRun(t *testing.T) {
	t.Parallel()
	j := newJob(t, "")
	file := filepath.Join(t.TempDir(), "text")
	write(t, file, []byte("no program"))
	j.set("binary", file)
	main := j.step("main")
	if main.status != 1 || len(main.errors()) != 1 {
		t.Fatalf("exit status %d\n%s", main.status, main.log)
	}
	wants(t, main.errors()[0], "EACCES", file, "\nhint: ")
}
