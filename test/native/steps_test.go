package native

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
	"github.com/frogmint/frogmint/test/ghrunner"
)

// A whole job: the main step mints, the job deploys, the post step revokes.
func TestJob_DeploysAndRevokes(t *testing.T) {
	t.Parallel()
	m := serve(t, release(program(t), ""))
	j := newJob(t, m.url)
	main := j.step("main").ok(t)
	wants(t, main.log, "downloaded from "+strings.TrimPrefix(m.url, "http://"), "frogmint "+version+": "+j.cached()+", sha256 "+programSum(t))
	token, _ := main.outputs.Get("access-token")
	deploy := j.box.URL + "/artifactory/libs-local/x"
	if status := sandboxtest.Use(t, http.MethodPut, deploy, token); status != http.StatusCreated {
		t.Errorf("deploy: %d", status)
	}
	post := j.step("post").ok(t)
	wants(t, post.log, "revoked")
	if status := sandboxtest.Use(t, http.MethodGet, deploy, token); status != http.StatusUnauthorized || len(j.alive()) > 0 {
		t.Errorf("after the job: %d, alive %v", status, j.alive())
	}
	if log := main.log + post.log; token == "" || strings.Contains(log, token) {
		t.Errorf("the token %q is in the log:\n%s", token, log)
	}
}

// The clients of later steps are logged in, and out again with the token's end, whatever the steps between have set.
func TestJob_LogsClientsInAndOut(t *testing.T) {
	t.Parallel()
	j := newJob(t, serve(t, release(program(t), "")).url)
	j.set("login", "npm=npm-virtual, docker\ntwine=pypi-local")
	main := j.start("main")
	done := main.wait().ok(t)
	var env ghrunner.Env
	env.SetAll(main.pairs(main.files.Env))
	token, _ := done.outputs.Get("access-token")
	config, _ := env.Get("NPM_CONFIG_USERCONFIG")
	password, _ := env.Get("TWINE_PASSWORD")
	if text := string(read(t, config)); !strings.Contains(text, token) || !strings.HasPrefix(config, j.temp) || password != token {
		t.Errorf("npm has %q, and %d bytes in it", config, len(text))
	}
	wants(t, done.log, "3 clients logged in as ")
	j.export("GITHUB_ENV", "/nowhere")
	j.export("RUNNER_TEMP", t.TempDir())
	post := j.step("post").ok(t)
	wants(t, post.log, "3 clients logged out; token ", ": revoked; JFrog refuses it")
	if left, err := os.ReadDir(j.temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if strings.Contains(done.log+post.log, token) {
		t.Error("the token is in the log")
	}
}

// What the binary ends with, the step ends with: 1 for a refusal, 2 for a wrong configuration.
func TestMain_KeepsTheExitStatus(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		input, value string
		status       int
	}{
		"refused":       {"access-token", "not-a-token", 1},
		"misconfigured": {"groups", ",", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t, serve(t, release(program(t), "")).url)
			j.set(test.input, test.value)
			if main := j.step("main"); main.status != test.status || len(main.errors()) != 1 {
				t.Errorf("main: exit status %d\n%s", main.status, main.log)
			}
			wants(t, j.step("post").ok(t).log, "nothing to revoke: the main step saved no token")
		})
	}
}

func TestMain_TakesTheSecondTimeFromTheToolCache(t *testing.T) {
	t.Parallel()
	m := serve(t, release(program(t), ""))
	j := newJob(t, m.url)
	for range 2 {
		j.step("main").ok(t)
		j.step("post").ok(t)
	}
	if asked := m.asked(); len(asked) != 1 || len(j.alive()) > 0 {
		t.Errorf("%d requests, alive %v", len(asked), j.alive())
	}
	if _, err := os.Stat(j.folder() + ".complete"); err != nil {
		t.Errorf("the tool cache's mark: %v", err)
	}
}

// Without a tool cache the binary is kept for the job alone.
func TestMain_DoesWithoutAToolCache(t *testing.T) {
	t.Parallel()
	j := newJob(t, serve(t, release(program(t), "")).url)
	j.tools = ""
	wants(t, j.step("main").ok(t).log, "frogmint "+version+": "+filepath.Join(j.temp, "frogmint"))
	j.step("post").ok(t)
	if len(j.alive()) > 0 {
		t.Errorf("alive %v", j.alive())
	}
}

// Jobs that start at once fill the same tool cache, and none runs half a file.
func TestMain_RunsSideBySide(t *testing.T) {
	t.Parallel()
	m := serve(t, release(program(t), ""))
	first := newJob(t, m.url)
	jobs, steps := []*job{first}, []*running{}
	for range 3 {
		other := newJob(t, m.url)
		other.tools = first.tools
		jobs = append(jobs, other)
	}
	for _, j := range jobs {
		steps = append(steps, j.start("main"))
	}
	for i, step := range steps {
		step.wait().ok(t)
		jobs[i].step("post").ok(t)
	}
	if left := first.left(); len(left) != 2 { // the binary and the mark
		t.Errorf("left in the tool cache: %v", left)
	}
}

// A file of the tool cache that another job has changed is not run.
func TestMain_ReplacesAChangedFileOfTheToolCache(t *testing.T) {
	t.Parallel()
	m := serve(t, release(program(t), ""))
	j := newJob(t, m.url)
	j.step("main").ok(t)
	j.step("post").ok(t)
	write(t, j.cached(), append(program(t), 0))
	main := j.step("main").ok(t)
	wants(t, main.log, "is gone or changed: its sha256 is "+sum(append(program(t), 0)))
	if got := sum(read(t, j.cached())); got != programSum(t) || len(m.asked()) != 2 {
		t.Errorf("the tool cache has sha256 %s after %d requests", got, len(m.asked()))
	}
	j.step("post").ok(t)
}

// Steps that free disk space empty the tool cache, and others may change what is there: the post step revokes all the same.
func TestPost_GetsTheBinaryAnew(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(t *testing.T, j *job){
		"emptied": func(t *testing.T, j *job) {
			if err := os.RemoveAll(j.tools); err != nil {
				t.Error(err)
			}
		},
		"changed": func(t *testing.T, j *job) { write(t, j.cached(), []byte("#!/bin/sh\nexit 0\n")) },
		"a folder": func(t *testing.T, j *job) {
			if err := errors.Join(os.Remove(j.cached()), os.Mkdir(j.cached(), 0o700), os.Mkdir(filepath.Join(j.cached(), "x"), 0o700)); err != nil {
				t.Error(err)
			}
		},
		"a pipe": func(t *testing.T, j *job) {
			if runtime.GOOS == "windows" {
				return // it has no pipes among files
			}
			if err := errors.Join(os.Remove(j.cached()), exec.Command("mkfifo", j.cached()).Run()); err != nil { //nolint:noctx // it ends at once
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t, serve(t, release(program(t), "")).url)
			j.step("main").ok(t)
			harm(t, j)
			j.step("post").ok(t)
			if len(j.alive()) > 0 {
				t.Errorf("alive %v", j.alive())
			}
		})
	}
}

// Inputs and variables of the post step may be others than those of the main step.
func TestPost_TrustsTheSavedStateOnly(t *testing.T) {
	t.Parallel()
	m := serve(t, release(program(t), ""))
	j := newJob(t, m.url)
	j.step("main").ok(t)
	j.set("binary", filepath.Join(t.TempDir(), "other"))
	j.set("download-url", "https://other.example")
	j.tools = t.TempDir()
	j.export("STATE_frogmint-binary", `{"file":"/other","sha256":"00"}`)
	j.action = publish(t, map[string]string{platform(): strings.Repeat("0", 64)})
	j.step("post").ok(t)
	if len(j.alive()) > 0 || len(m.asked()) != 1 {
		t.Errorf("alive %v, %d requests", j.alive(), len(m.asked()))
	}
}

// An earlier step can export variables by the names of the state. The main step stays the main step, and where it finds no
// binary, the post step runs none.
func TestForgedStateRunsNothing(t *testing.T) {
	t.Parallel()
	j := newJob(t, serve(t, http.NotFound).url)
	j.export("STATE_frogmint-binary", `{"file":`+quoted(frogmint(t))+`,"sha256":"`+programSum(t)+`"}`)
	if main := j.step("main"); main.status != 1 {
		t.Errorf("main: exit status %d\n%s", main.status, main.log)
	}
	wants(t, j.step("post").ok(t).log, "nothing to revoke: the main step ran no binary")
}

// A job that is canceled before the script has begun has no state.
func TestPost_RunsNothingWithoutState(t *testing.T) {
	t.Parallel()
	m := serve(t, release(program(t), ""))
	j := newJob(t, m.url)
	wants(t, j.step("post").ok(t).log, "nothing to revoke: the main step ran no binary")
	if len(m.asked()) > 0 || len(j.box.Server.Requests()) > 0 {
		t.Error("the post step asked somebody")
	}
}

func TestBinary_IsRunWithoutADownload(t *testing.T) {
	t.Parallel()
	m := serve(t, http.NotFound)
	j := newJob(t, m.url)
	write(t, filepath.Join(j.action, "release.json"), []byte(`{"version": "dev", "sha256": {}}`))
	j.set("binary", frogmint(t))
	main := j.step("main").ok(t)
	wants(t, main.log, "frogmint binary: "+frogmint(t)+", sha256 "+programSum(t))
	j.step("post").ok(t)
	if len(j.alive()) > 0 || len(m.asked()) > 0 || len(j.left()) > 0 {
		t.Errorf("alive %v, %d requests, in the tool cache: %v", j.alive(), len(m.asked()), j.left())
	}
}

// Nobody can replace a binary that the workflow names: the post step says that the token is alive.
func TestBinary_ChangedIsNotRunByPost(t *testing.T) {
	t.Parallel()
	j := newJob(t, "")
	file := filepath.Join(t.TempDir(), "frogmint"+suffix())
	sandboxtest.WriteProgram(t, file, program(t))
	j.set("binary", file)
	j.step("main").ok(t)
	write(t, file, []byte("#!/bin/sh\nexit 0\n"))
	post := j.step("post")
	if post.status != 1 || len(j.alive()) != 1 {
		t.Errorf("exit status %d, alive %v\n%s", post.status, j.alive(), post.log)
	}
	wants(t, strings.Join(post.errors(), "\n"), file+" is gone or changed", "hint: ", "is not revoked")
}
