package clients

import (
	"bytes"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// program builds frogmint once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "frogmint-clients-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "frogmint")
	build := exec.Command("go", "build", "-o", path, "./cmd/frogmint")
	build.Dir = "../.."
	out, err := build.CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return path, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// job is a job with a home of its own, in which the user has nothing but what a test puts there.
type job struct {
	t    *testing.T
	from int // how many requests there were before
	box  *sandboxtest.Sandbox
	home string
	work string
	temp string
	env  map[string]string
	asks bool // the client asks a helper, which has no token to give after the end
}

func newJob(t *testing.T, box *sandboxtest.Sandbox, needs ...string) *job {
	t.Helper()
	for _, name := range needs {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("this test needs %s: .ci/packages and .ci/tools install them", name)
		}
	}
	j := &job{t: t, box: box, home: t.TempDir(), work: t.TempDir(), temp: t.TempDir()}
	j.env = map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": j.home, "RUNNER_TEMP": j.temp, "JF_URL": box.URL, "JF_ACCESS_TOKEN": box.AdminToken,
		"HOST": strings.TrimPrefix(strings.TrimPrefix(box.URL, "http://"), "https://"), "CACHE": t.TempDir(),
	}
	if len(box.CAPEM) > 0 {
		file := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(file, box.CAPEM, 0o600); err != nil {
			t.Fatal(err)
		}
		j.env["SSL_CERT_FILE"] = file
	}
	return j
}

// run runs a shell script in the job, and returns its exit status and all output.
func (j *job) run(env map[string]string, name string, args ...string) (int, string) {
	j.t.Helper()
	command := exec.CommandContext(j.t.Context(), name, args...)
	command.Dir = j.work
	for _, key := range slices.Sorted(maps.Keys(env)) {
		command.Env = append(command.Env, key+"="+env[key])
	}
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		j.t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(out)
}

// exec runs a script below frogmint exec with a login. Before the script ends it keeps what the clients had, for later.
func (j *job) exec(login, script string) (int, string) {
	j.t.Helper()
	binary, err := program()
	if err != nil {
		j.t.Fatal(binary, err)
	}
	script = "set -e\n" + script + "\nenv -0 >../kept.env\ncp -a \"$RUNNER_TEMP\" ../kept\n"
	kept := filepath.Join(j.work, "steps")
	if err := os.MkdirAll(kept, 0o700); err != nil {
		j.t.Fatal(err)
	}
	return j.run(j.env, binary, "exec", "--groups", "CI", "--username", "ci-bot", "--login", login, "--", "sh", "-c", "cd steps; "+script)
}

// afterwards runs a script with all that the clients had, at its old place, although the token is revoked. The script must
// fail, and must have shown its credentials to the sandbox, which refused them. A client that asks a helper has none to show.
func (j *job) afterwards(script string) string {
	j.t.Helper()
	text, err := os.ReadFile(filepath.Join(j.work, "kept.env"))
	if err != nil {
		j.t.Fatal(err)
	}
	env := map[string]string{}
	for _, entry := range strings.Split(string(text), "\x00") {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	j.moveLogin(filepath.Join(j.work, "kept"), j.temp)
	defer j.moveLogin(j.temp, filepath.Join(j.work, "kept"))
	from := len(j.box.Server.Requests())
	status, out := j.run(env, "sh", "-c", "set -e; cd steps; "+script)
	asked := j.box.Server.Requests()[from:]
	shown := slices.DeleteFunc(slices.Clone(asked), func(r sandbox.Request) bool { return !slices.Contains(r.Headers, "Authorization") })
	refused := slices.ContainsFunc(shown, func(r sandbox.Request) bool { return r.Status == http.StatusUnauthorized })
	if status == 0 || refused == j.asks || j.asks && len(shown) > 0 {
		j.t.Errorf("with the revoked token: exit status %d, %d requests, %d with credentials, which were refused: %v\n%s", status, len(asked), len(shown), refused, out)
	}
	return out
}

// moveLogin moves what is in one folder, which is a login's own folder, to another.
func (j *job) moveLogin(from, to string) {
	j.t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil || len(entries) == 0 {
		j.t.Fatalf("nothing of a login is in %s: %v", from, err)
	}
	for _, entry := range entries {
		if err := os.Rename(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
			j.t.Fatal(err)
		}
	}
}

// check runs a client with a login as the job's own user, sees that a revoked token is refused, and that nothing is left.
func (j *job) check(login, script, refused string, words ...string) string {
	j.t.Helper()
	before := snapshot(j.t, j.home)
	j.from = len(j.box.Server.Requests())
	status, out := j.exec(login, script)
	if status != 0 {
		j.t.Fatalf("exit status %d\n%s", status, out)
	}
	if !strings.Contains(out, "logged out; token ") || !strings.Contains(out, ": revoked; JFrog refuses it") || strings.Contains(out, "eyJ") {
		j.t.Errorf("it says\n%s", out)
	}
	j.asOwnUser(out)
	if left, err := os.ReadDir(j.temp); err != nil || len(left) > 0 {
		j.t.Fatalf("left behind: %v, %v", left, err)
	}
	later := j.afterwards(refused)
	if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(strings.ToLower(later), word) }) {
		j.t.Errorf("with the revoked token: none of %q in\n%s", words, later)
	}
	if after := snapshot(j.t, j.home); !maps.Equal(before, after) {
		j.t.Errorf("the user's files are %v, were %v", after, before)
	}
	return out
}

// asOwnUser sees that artifacts were asked for, and with nothing but the token that the log tells of.
func (j *job) asOwnUser(log string) {
	j.t.Helper()
	_, rest, _ := strings.Cut(log, "minted token ")
	id, _, found := strings.Cut(rest, " for user ci-bot: ")
	if !found {
		j.t.Errorf("nothing on the token in\n%s", log)
	}
	seen := 0
	for _, request := range j.box.Server.Requests()[j.from:] {
		if !isArtifact(request) || request.Status >= 400 {
			continue
		}
		if seen++; request.TokenID != id {
			j.t.Errorf("%s %s by %s, %q", request.Method, request.Path, request.Auth, request.TokenID)
		}
	}
	if seen == 0 {
		j.t.Error("no client asked for an artifact")
	}
}

func isArtifact(request sandbox.Request) bool {
	return strings.HasPrefix(request.Path, "/artifactory/") && !strings.HasPrefix(request.Path, "/artifactory/api/")
}

// snapshot is all that is in a folder, by path.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = entry.Type().String() + string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// write puts a file below the script's folder.
func (j *job) write(name string, content []byte) {
	j.t.Helper()
	path := filepath.Join(j.work, "steps", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		j.t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Clone(content), 0o600); err != nil {
		j.t.Fatal(err)
	}
}
