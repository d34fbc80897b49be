//go:build container

package act

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// startSandbox serves an embedded JFrog on loopback until the test ends.
func startSandbox(t *testing.T, options ...sandbox.Option) *watched {
	t.Helper()
	server, err := sandbox.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{Server: server}
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	server.SetBaseURL(web.URL)
	return w
}

// checkout copies the files of this repository, those not committed too, into a repository of their own.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := git(t, "../..", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for name := range strings.SplitSeq(strings.TrimSuffix(files, "\x00"), "\x00") {
		copyFile(t, filepath.Join("../..", name), filepath.Join(dir, name))
	}
	nameBuilder(t, dir)
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "remote", "add", "origin", "https://github.com/frogmint/frogmint")
	git(t, dir, "add", ".")
	git(t, dir, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "a copy")
	return dir
}

// nameBuilder writes the builder into a Dockerfile that the action is built from: act can't pass a build argument. The
// commit of a release builds nothing.
func nameBuilder(t *testing.T, dir string) {
	t.Helper()
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if bytes.Contains(read("action.yml"), []byte("image: docker://")) {
		return
	}
	text, argument := read("Dockerfile"), regexp.MustCompile(`(?m)^ARG BUILDER=.*$`)
	if !argument.Match(text) {
		t.Fatal("the Dockerfile has no argument BUILDER")
	}
	text = argument.ReplaceAll(text, []byte("ARG BUILDER="+required(t, "FROGMINT_BUILDER")))
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// copyFile copies a file and its mode.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if os.IsNotExist(err) {
		return // deleted, and not yet committed
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
}

// runAct runs one workflow, with further arguments of act, and returns act's log and whether the job succeeded. What a
// runner would get from GitHub for the ID token comes from the sandbox, by a file, so that it isn't in act's arguments.
func runAct(t *testing.T, dir, workflow string, server *sandbox.Server, args ...string) (log string, ok bool) {
	t.Helper()
	env := filepath.Join(t.TempDir(), "env")
	lines := fmt.Sprintf("JF_URL=%s\nACTIONS_ID_TOKEN_REQUEST_URL=%s\nACTIONS_ID_TOKEN_REQUEST_TOKEN=%s\n",
		server.BaseURL(), server.IDTokenRequestURL(), server.IDTokenRequestToken())
	if err := os.WriteFile(env, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"push", "--workflows", workflow, "--rm", // else a failed job's container stays
		"--platform", "ubuntu-latest=" + required(t, "FROGMINT_JOB_IMAGE"), "--pull=false", "--rebuild",
		"--network", "host", "--no-cache-server", "--env-file", env}, args...)
	log, err := run(t, dir, "act", args...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("running act: %v", err)
	}
	t.Logf("act's log:\n%s", log)
	return log, err == nil
}

// required returns a variable that must be set.
func required(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: bash .ci/container sets it", name)
	}
	return value
}

// run runs a program in a folder and returns its output, standard error too.
func run(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	// act writes its configuration and its cache below these.
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "XDG_CACHE_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// git runs git in a folder and returns its output.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := run(t, dir, "git", args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}
