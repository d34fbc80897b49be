//go:build container

package container

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/test/ghrunner"
)

func TestJobWithBroker(t *testing.T) {
	t.Parallel()
	server := newSandbox(t)
	step := newStep(t, server, broker()...)
	main := run(t, step, ghrunner.Main)
	mustPass(t, main)
	for name, want := range map[string]string{"expires-in": "600", "revocable": "true", "url": server.BaseURL()} {
		if got, _ := main.Outputs.Get(name); got != want {
			t.Errorf("output %s: got %q, want %q", name, got, want)
		}
	}
	for _, name := range step.Action.Outputs {
		value, ok := main.Outputs.Get(name)
		if optional := name == "reference-token" || name == "refresh-token"; ok && value == "" || !ok && !optional {
			t.Errorf("output %s: %q, set: %v", name, value, ok)
		}
	}
	if main.Stderr != "" {
		t.Errorf("standard error, which the runner reads before the masks: %s", main.Stderr)
	}
	// JFrog can't revoke the exchanged token, which lives for a minute only. The log has to say so.
	mustSay(t, main, "not revocable", "dies by itself at")

	token, _ := main.Outputs.Get("access-token")
	if status := deploy(t, server, token); status != http.StatusCreated {
		t.Errorf("deploying with the token: status %d", status)
	}
	if status := whoami(t, server, token); status != http.StatusOK {
		t.Errorf("asking with the token before the post step: status %d", status)
	}
	post := run(t, step, ghrunner.Post)
	mustPass(t, post)
	mustSay(t, post, "revoked")
	if status := whoami(t, server, token); status != http.StatusUnauthorized {
		t.Errorf("asking with the token after the post step: status %d", status)
	}
	checkAlive(t, server, "token-broker")
}

// A revocable token of the job's own user is minted, although nothing was asked, because it can be revoked.
func TestJobWithUserMapping(t *testing.T) {
	t.Parallel()
	server := newSandbox(t)
	step := newStep(t, server, ghrunner.Pair{Name: "oidc-provider-name", Value: "github-user"})
	main := run(t, step, ghrunner.Main)
	mustPass(t, main)
	token, _ := main.Outputs.Get("access-token")
	if got, _ := main.Outputs.Get("revocable"); got != "true" {
		t.Errorf("revocable: got %q", got)
	}
	mustPass(t, run(t, step, ghrunner.Post))
	if status := whoami(t, server, token); status != http.StatusUnauthorized {
		t.Errorf("asking with the token after the post step: status %d", status)
	}
}

// The log is read by people who don't know that the post step found nothing because main never began.
func TestPostWithoutState(t *testing.T) {
	t.Parallel()
	server := newSandbox(t)
	step := newStep(t, server)
	post := run(t, step, ghrunner.Post)
	mustPass(t, post)
	mustSay(t, post, "nothing to revoke")
	if requests := server.Requests(); len(requests) != 0 {
		t.Errorf("the server was asked: %v", requests)
	}
}

// The runner sends SIGINT to the docker client, which hands it on; a service manager and docker send SIGTERM. The
// server has made the token by then and holds its answer back: nobody but the server knows it yet.
func TestSignalWhileMinting(t *testing.T) {
	t.Parallel()
	signals := map[string]func(*ghrunner.Run) error{
		"client_interrupted": func(r *ghrunner.Run) error { return r.Signal(syscall.SIGINT) },
		"client_terminated":  func(r *ghrunner.Run) error { return r.Signal(syscall.SIGTERM) },
		"docker_kill_term": func(r *ghrunner.Run) error {
			return exec.CommandContext(t.Context(), "docker", "kill", "--signal", "TERM", r.Container).Run()
		},
	}
	for name, send := range signals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newSandbox(t, "latency=3s@mint")
			step := newStep(t, server, broker()...)
			running, err := step.Start(t.Context(), ghrunner.Main)
			if err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the mint", func() bool { return minted(server) })
			sent := time.Now()
			if err := send(running); err != nil {
				t.Fatal(err)
			}
			main, err := running.Wait()
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(sent); took > 5*time.Second {
				t.Errorf("gone %v after the signal, want 5s at most", took)
			}
			checkNothingShows(t, step, main)
			if !main.Failed {
				t.Errorf("the step passed, log:\n%s", main.Log())
			}
			if token, ok := main.Outputs.Get("access-token"); ok {
				t.Errorf("a token was handed out: %d bytes", len(token))
			}
			// Only the exchanged token lives on, which JFrog can't revoke.
			checkAlive(t, server, "token-broker")
			mustPass(t, run(t, step, ghrunner.Post))
		})
	}
}

// waitFor polls until done, and fails the test after a minute.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen within a minute", what)
		}
	}
}

// An earlier step may have written anything to GITHUB_ENV. What the runner sets itself wins; what it doesn't, must not
// lead a credential to a stranger.
func TestForgedEnvironment(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(stranger.Close)
	server := newSandbox(t)
	step := newStep(t, server, broker()...)
	forge := func() {
		step.Job.Env.SetAll([]ghrunner.Pair{
			{Name: "STATE_frogmint", Value: `{"version":2,"url":"` + stranger.URL + `","token":"forged","timeout_seconds":60}`},
			{Name: "STATE_isPost", Value: "true"},
			{Name: "INPUT_URL", Value: stranger.URL},
			{Name: "INPUT_ACCESS-TOKEN", Value: "forged"},
			{Name: "INPUT_REVOKE", Value: "false"},
			{Name: "INPUT_GROUPS", Value: "deployers"},
			{Name: "FROGMINT_URL", Value: stranger.URL},
			{Name: "JF_URL", Value: stranger.URL},
			{Name: "GITHUB_STATE", Value: "/dev/stdout"},
			{Name: "GITHUB_OUTPUT", Value: "/dev/stdout"},
			{Name: "ACTIONS_ID_TOKEN_REQUEST_URL", Value: stranger.URL},
		})
	}
	forge()
	main := run(t, step, ghrunner.Main)
	mustPass(t, main)
	if scope, _ := main.Outputs.Get("scope"); scope != "applied-permissions/groups:CI" {
		t.Errorf("scope: got %q", scope)
	}
	forge()
	post := run(t, step, ghrunner.Post)
	mustPass(t, post)
	mustSay(t, post, "revoked")
	checkAlive(t, server, "token-broker")
	if n := asked.Load(); n != 0 {
		t.Errorf("a stranger was asked %d times", n)
	}
}

// A state or an output that can't be written is found out before there is a token.
func TestUnusableCommandFiles(t *testing.T) {
	t.Parallel()
	replace := func(path string, by func(string) error) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		return by(path)
	}
	directory := func(path string) error { return os.Mkdir(path, 0o700) }
	// To a file that is there in the container: the token would end in it.
	link := func(path string) error { return os.Symlink("/github/workflow/event.json", path) }
	tests := map[string]struct {
		prepare  func(ghrunner.Files) error
		readOnly bool
		file     string
	}{
		"read_only":        {readOnly: true, file: "GITHUB_STATE"},
		"state_missing":    {prepare: func(f ghrunner.Files) error { return os.Remove(f.State) }, file: "GITHUB_STATE"},
		"state_directory":  {prepare: func(f ghrunner.Files) error { return replace(f.State, directory) }, file: "GITHUB_STATE"},
		"state_link":       {prepare: func(f ghrunner.Files) error { return replace(f.State, link) }, file: "GITHUB_STATE"},
		"output_missing":   {prepare: func(f ghrunner.Files) error { return os.Remove(f.Output) }, file: "GITHUB_OUTPUT"},
		"output_directory": {prepare: func(f ghrunner.Files) error { return replace(f.Output, directory) }, file: "GITHUB_OUTPUT"},
		"output_link":      {prepare: func(f ghrunner.Files) error { return replace(f.Output, link) }, file: "GITHUB_OUTPUT"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newSandbox(t)
			step := newStep(t, server, broker()...)
			step.Prepare, step.ReadOnlyFiles = tt.prepare, tt.readOnly
			main := run(t, step, ghrunner.Main)
			if main.ExitCode != 2 {
				t.Errorf("exit status %d, want 2", main.ExitCode)
			}
			mustSay(t, main, tt.file)
			if strings.Contains(main.Stdout, "::add-mask::") || len(server.Requests()) != 0 {
				t.Errorf("the server was asked before the files were looked at: %v", server.Requests())
			}
		})
	}
}

// The container action logs in what variables alone can, and refuses the rest: its files aren't where other steps look.
func TestLogin_SetsVariablesOnly(t *testing.T) {
	t.Parallel()
	server := newSandbox(t)
	step := newStep(t, server, append(broker(), ghrunner.Pair{Name: "login", Value: "cargo=cargo-local"})...)
	main := run(t, step, ghrunner.Main)
	mustPass(t, main)
	mustSay(t, main, "1 client logged in as token-broker, by variables")
	token, _ := main.Outputs.Get("access-token")
	if value, _ := step.Job.Env.Get("CARGO_REGISTRIES_CARGO_LOCAL_TOKEN"); value != "Bearer "+token {
		t.Errorf("cargo has %d bytes", len(value))
	}
	post := run(t, step, ghrunner.Post)
	mustPass(t, post)
	mustSay(t, post, "1 client logged out; token ", ": revoked; JFrog refuses it")
	if value, _ := step.Job.Env.Get("CARGO_REGISTRIES_CARGO_LOCAL_TOKEN"); value != "" {
		t.Errorf("after the post step cargo has %d bytes", len(value))
	}
	refused := run(t, newStep(t, server, append(broker(), ghrunner.Pair{Name: "login", Value: "npm"})...), ghrunner.Main)
	if refused.ExitCode != 2 {
		t.Errorf("npm: exit status %d", refused.ExitCode)
	}
	mustSay(t, refused, "login: npm: it needs a file", "frogmint/frogmint/native")
}
