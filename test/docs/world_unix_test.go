//go:build unix

package docs_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// world is a folder with the shipped programs in it, a JFrog that answers, and a runner's files.
type world struct {
	t      *testing.T
	dir    string
	env    map[string]string // what frogmint-sandbox serve --env-file wrote
	always []string          // further variables of each program
}

// newWorld builds the programs and starts frogmint-sandbox serve. curl is the machine's, which notes its arguments first.
func newWorld(t *testing.T, args ...string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), env: map[string]string{}}
	bin := filepath.Join(w.dir, "bin")
	programs, err := built()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	// Not copies: another test that starts a program would hold an unfinished one open, and it couldn't be run.
	for _, name := range []string{"frogmint", "frogmint-sandbox"} {
		if err := os.Link(filepath.Join(programs, name), filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	sandboxtest.WriteProgram(t, filepath.Join(bin, "curl"), []byte("#!/bin/sh\necho \"$@\" >>\"$ARGUMENTS\"\nexec "+curl+" \"$@\"\n"))
	w.write("README.md", "deployed\n", 0o600)
	for _, name := range []string{"frogmint-main", "frogmint-post"} {
		if err := os.Symlink("frogmint", filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range runnerFiles() {
		w.write(name, "", 0o600)
	}
	w.serve(append([]string{"serve", "--listen", "127.0.0.1:0", "--env-file", filepath.Join(w.dir, "env")}, args...))
	return w
}

// scratch is the folder of what all tests share.
var scratch string

// built builds the programs once and returns their folder.
var built = sync.OnceValues(func() (string, error) {
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", scratch+"/", "./cmd/frogmint", "./cmd/frogmint-sandbox")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return scratch, nil
})

func TestMain(m *testing.M) {
	os.Exit(func() int {
		sandboxtest.AtOnce("6") // most wait for programs
		var err error
		if scratch, err = os.MkdirTemp("", "frogmint-docs-"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(scratch) }()
		return m.Run()
	}())
}

// manifest is a package of README.md alone: npm would also pack the programs and the runner's files, which stand beside it.
const manifest = `{"name": "app", "version": "1.0.0", "files": ["README.md"]}`

func runnerFiles() []string { return []string{"OUTPUT", "STATE", "ENV", "STEP_SUMMARY"} }

func (w *world) write(name, text string, mode os.FileMode) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), mode); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// serve starts the sandbox, waits until it answers, and stops it when the test ends.
func (w *world) serve(args []string) {
	w.t.Helper()
	server := exec.Command(filepath.Join(w.dir, "bin", "frogmint-sandbox"), args...) //nolint:noctx // the cleanup ends it
	server.Stderr = os.Stderr
	stdout, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		if err := server.Wait(); err != nil {
			w.t.Errorf("frogmint-sandbox: %v", err)
		}
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || !strings.HasPrefix(line, "frogmint-sandbox ready: ") {
		w.t.Fatalf("%v: %q", err, line)
	}
	for line := range strings.Lines(w.read("env")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		w.env[name] = value
	}
}

// here replaces the addresses that a page has by those of the sandbox.
func (w *world) here(text string) string {
	return strings.NewReplacer("https://acme.jfrog.io", w.env["JF_URL"], "https://token.actions.githubusercontent.com", w.env["SANDBOX_ISSUER"]).Replace(text)
}

// run runs a program in the folder, which must succeed, and returns what it printed.
func (w *world) run(program string, args []string, env ...string) string {
	w.t.Helper()
	out, err := w.try(program, args, env...)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// try is run of a program that may fail.
func (w *world) try(program string, args []string, env ...string) (string, error) {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), program, args...)
	command.Dir = w.dir
	command.Env = append([]string{"PATH=" + filepath.Join(w.dir, "bin") + ":/usr/bin:/bin", "HOME=" + w.dir, "ARGUMENTS=" + filepath.Join(w.dir, "arguments")}, append(w.always, env...)...)
	out, err := command.CombinedOutput()
	return string(out), err
}

// shell runs a script as a page prints it.
func (w *world) shell(script string, env ...string) string {
	w.t.Helper()
	return w.run("sh", []string{"-e", "-c", w.here(script)}, env...)
}

// main runs the action's main step with these inputs, as GitHub's runner does.
func (w *world) main(with map[string]string) string {
	w.t.Helper()
	log, err := w.tryMain(with)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, log)
	}
	return log
}

// tryMain is main where it may fail.
func (w *world) tryMain(with map[string]string) (string, error) {
	w.t.Helper()
	env := []string{
		"GITHUB_ACTIONS=true", "RUNNER_TEMP=" + w.dir, "GITHUB_REPOSITORY=acme/app", "GITHUB_RUN_ID=7", "GITHUB_RUN_ATTEMPT=1", "GITHUB_JOB=deploy",
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + w.env["ACTIONS_ID_TOKEN_REQUEST_URL"], "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + w.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
	}
	for _, name := range runnerFiles() {
		env = append(env, "GITHUB_"+name+"="+filepath.Join(w.dir, name))
	}
	for name, value := range with {
		env = append(env, "INPUT_"+strings.ToUpper(name)+"="+w.here(value))
	}
	return w.try(filepath.Join(w.dir, "bin", "frogmint-main"), nil, env...)
}

// post runs the action's post step with the saved state.
func (w *world) post() string {
	w.t.Helper()
	return w.run(filepath.Join(w.dir, "bin", "frogmint-post"), nil,
		"GITHUB_ENV="+filepath.Join(w.dir, "ENV"), "STATE_frogmint="+w.value("STATE", "frogmint"))
}

// value is what a step wrote to one of the runner's files.
func (w *world) value(file, name string) string {
	w.t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + `<<(\S+)\n(.*)\n`).FindStringSubmatch(w.read(file))
	if found == nil {
		w.t.Fatalf("%s has no %s", file, name)
	}
	return found[2]
}

// variables are what the main step set for later steps.
func (w *world) variables() []string {
	w.t.Helper()
	var found []string
	for _, variable := range regexp.MustCompile(`(?m)^(\w+)<<\S+\n(.*)\n`).FindAllStringSubmatch(w.read("ENV"), -1) {
		found = append(found, variable[1]+"="+variable[2])
	}
	return found
}

// fill puts a step's outputs into an expression of a workflow.
func (w *world) fill(text string) string {
	w.t.Helper()
	return regexp.MustCompile(`\$\{\{ steps\.\w+\.outputs\.([\w-]+) \}\}`).ReplaceAllStringFunc(text, func(expression string) string {
		_, name, _ := strings.Cut(strings.TrimSuffix(expression, " }}"), ".outputs.")
		return w.value("OUTPUT", name)
	})
}

// use sends a GET with a token and returns the status.
func (w *world) use(token, path string) int {
	w.t.Helper()
	return sandboxtest.Use(w.t, http.MethodGet, w.env["JF_URL"]+path, token)
}

// arguments are those of every curl that ran.
func (w *world) arguments() string { return w.read("arguments") }
