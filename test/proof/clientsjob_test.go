//go:build linux

package proof

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
	"github.com/frogmint/frogmint/test/ghrunner"
)

// clientsJob is a job with all clients logged in, on a machine whose user has configured each of them himself.
type clientsJob struct {
	*job
	t                *testing.T
	way              way
	ending           ending
	rows             []documentedClient
	home, work, temp string
	ca               string            // path of the certificate to trust
	before           string            // the user's own files
	token            string            // the job's
	variables        map[string]string // that the login set, as the job's command has them
	running          bool              // that command
}

// platformURL has no port, which terraform couldn't name, and is https, without which go sends no credentials.
const platformURL = "https://acme.example"

func newClientsJob(t *testing.T, w way, e ending, rows []documentedClient) *clientsJob {
	t.Helper()
	box := sandboxtest.Start(t, sandbox.WithBaseURL(platformURL))
	proxy, caPEM := named(t, box)
	list := []string{}
	for _, row := range rows {
		if w != byContainer || row.inContainer {
			list = append(list, row.item)
		}
	}
	c := &clientsJob{t: t, way: w, ending: e, rows: rows, job: prepare(t, box, minting("reference", "false", "refreshable", "false", "login", strings.Join(list, ",")))}
	var err error
	if c.temp, err = os.MkdirTemp("/tmp", "f"); err != nil { // the path of a socket has a limit
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(c.temp) })
	c.home, c.work, c.ca = filepath.Join(c.dir, "home"), filepath.Join(c.dir, "work"), filepath.Join(c.dir, "ca.pem")
	for name, text := range owns() {
		path := filepath.Join(c.home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil { //nolint:gosec // as users leave them
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(c.work, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.ca, caPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(c.work, "over"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.proxy, err = url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(c.env, map[string]string{
		"INPUT_URL": platformURL, "INPUT_CA-CERT": c.ca, "HTTPS_PROXY": proxy, "RUNNER_TEMP": c.temp, "HOME": c.home, "PATH": os.Getenv("PATH"),
		"MAVEN_ARGS": "-B", "NPM_CONFIG_USERCONFIG": filepath.Join(c.home, "own.npmrc"), "DOCKER_CONFIG": filepath.Join(c.home, "docker"),
		"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "me", "CURL_HOME": c.home,
	})
	if e == homeless {
		delete(c.env, "HOME")
	}
	c.before = snapshot(t, c.home)
	return c
}

// named serves the sandbox under platformURL, to which the proxy leads.
func named(t *testing.T, box *sandboxtest.Sandbox) (proxy string, caPEM []byte) {
	t.Helper()
	certificate, err := sandbox.NewCertificate([]string{strings.TrimPrefix(platformURL, "https://")}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, tls.NewListener(listener, certificate.ServerConfig()), box.Server)
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there, err := new(net.Dialer).DialContext(r.Context(), "tcp", listener.Addr().String())
		if err != nil || r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer there.Close() //nolint:errcheck // a copy has failed by then
		w.WriteHeader(http.StatusOK)
		here, ahead, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close() //nolint:errcheck // the same
		go func() { _, _ = io.Copy(there, ahead) }()
		_, _ = io.Copy(here, there)
	})), certificate.CAPEM
}

// owns are the files in which the clients' users keep what is theirs.
func owns() map[string]string {
	const entry = "machine other.example login me password mine\n"
	return map[string]string{
		"own.npmrc": "//other.example/:_authToken=theirs", ".npmrc": "fund=false\n", ".netrc": entry, ".curlrc": "silent\n", ".pypirc": "[pypi]\n",
		"docker/config.json":         `{"auths":{"other.example":{"auth":"eDp5"}},"currentContext":"remote"}`,
		"docker/contexts/meta/x.txt": "{}", ".config/helm/registry/config.json": `{"auths":{}}`,
		".config/helm/repositories.yaml": "apiVersion: \"\"\nrepositories:\n- name: mine\n  url: https://charts.example\n",
		".config/pip/pip.conf":           "[global]\n", ".config/uv/uv.toml": "native-tls = true\n", ".config/pypoetry/auth.toml": "[http-basic]\n",
		".config/go/env": "GOFLAGS=-v\n", ".m2/settings.xml": "<settings/>\n", ".gradle/gradle.properties": "a=b\n", ".cargo/credentials.toml": "[registry]\n",
		".nuget/NuGet/NuGet.Config": "<configuration/>\n", ".conan2/remotes.json": `{"remotes":[]}`, ".terraformrc": "# mine\n",
		".gitconfig": "[user]\n\tname = me\n", ".git-credentials": "https://me:mine@other.example\n", ".bazelrc": "# mine\n",
		".jfrog/jfrog-cli.conf.v6": `{"servers":[],"version":"6"}`,
	}
}

// snapshot is all that is below a folder, byte by byte.
func snapshot(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		fmt.Fprintln(&b, path, info.Mode(), info.ModTime())
		if err == nil && info.Mode().IsRegular() {
			var text []byte
			text, err = os.ReadFile(path)
			fmt.Fprintf(&b, "%q\n", text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (c *clientsJob) execArgv() []string {
	c.env["JF_URL"], c.env["JF_ACCESS_TOKEN"] = platformURL, c.box.AdminToken
	delete(c.env, "INPUT_ACCESS-TOKEN") // which is the action's
	return []string{
		binary(c.t, "frogmint"), "exec", "--groups", "CI", "--expiry", "600", "--ca-cert", c.ca, "--login", c.env["INPUT_LOGIN"],
		"--", "sh", "-c", work,
	}
}

// step runs a step of the action. While a cancelled post step revokes, it is told to end.
func (c *clientsJob) step(env map[string]string, name string) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	interrupt := cancel
	cancelling := c.ending == cancelled && name == "frogmint-post"
	if cancelling {
		c.fault("latency=1s@revoke")
	}
	var status func() (int, string)
	if c.way == byContainer {
		status = c.inContainer(ctx, env, name)
	} else {
		s := c.begin(env, binary(c.t, name))
		status = func() (int, string) {
			code := s.wait()
			c.note(s)
			return code, s.text()
		}
		interrupt = func() { _ = syscall.Kill(s.pid(), syscall.SIGTERM) } // on a busy machine it may have ended
	}
	if cancelling {
		c.await("the revocation", func() bool { return c.asked("DELETE", "/access/api/v1/tokens") })
		interrupt()
	}
	code, log := status()
	if code != 0 {
		c.t.Fatalf("%s: exit status %d\n%s", name, code, visible(log))
	}
	if name == "frogmint-post" {
		wants(c.t, log, " logged out; token ", "JFrog refuses it")
	}
}

// inContainer starts a step as the image's program, whose place tells it where it is.
func (c *clientsJob) inContainer(ctx context.Context, env map[string]string, name string) (status func() (int, string)) {
	out, ended := &buffer{}, make(chan int, 1)
	command := c.command(env, out)
	command.Executable = "/frogmint"
	go func() { ended <- command.Main(ctx, []string{"/" + name}) }()
	return func() (int, string) {
		code := <-ended
		_, _ = c.printed.Write([]byte(out.text()))
		return code, out.text()
	}
}

// learn reads what the main step gave to later steps.
func (c *clientsJob) learn() { c.token = c.value("GITHUB_OUTPUT", "access-token") }

// given are the variables in the runner's file.
func (c *clientsJob) given() map[string]string {
	given := map[string]string{}
	pairs, err := ghrunner.ParseFileCommand(c.content("GITHUB_ENV"))
	if err != nil {
		c.t.Error(err)
	}
	for _, pair := range pairs {
		given[pair.Name] = pair.Value
	}
	return given
}

// later is the environment of a later step.
func (c *clientsJob) later() map[string]string {
	env := maps.Clone(c.env)
	maps.Copy(env, c.given())
	return env
}

func (c *clientsJob) savedForPost() map[string]string {
	env := c.saved()
	env["GITHUB_ENV"] = c.env["GITHUB_ENV"]
	return env
}

// checkRestored holds that the post steps of earlier actions find each variable as it was, or with what its client takes by default.
func (c *clientsJob) checkRestored() {
	c.t.Helper()
	helm := filepath.Join(c.env["HOME"], ".config", "helm")
	defaults := map[string]string{
		"NETRC": filepath.Join(c.env["HOME"], ".netrc"), "HELM_REGISTRY_CONFIG": filepath.Join(helm, "registry", "config.json"),
		"HELM_REPOSITORY_CONFIG": filepath.Join(helm, "repositories.yaml"),
	}
	for name, value := range c.given() {
		want, ok := c.env[name]
		if !ok && c.ending != homeless {
			want = defaults[name]
		}
		if value != want {
			c.t.Errorf("%s is %q after the post step, and was %q", name, value, want)
		}
	}
}

// folder is the login's private folder; "" where there is none.
func (c *clientsJob) folder() string {
	found, err := filepath.Glob(filepath.Join(c.temp, "frogmint-login-*"))
	if err != nil || len(found) > 1 {
		c.t.Errorf("folders: %v, %v", found, err)
	}
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// tokenLives asks the platform: of a token that the job never got, too.
func (c *clientsJob) tokenLives() bool {
	alive, _ := c.live()
	return len(alive) > 0
}

func (c *clientsJob) fault(text string) { c.box.Server.SetFaults(parseFaults(c.t, text)...) }

func (c *clientsJob) asked(method, path string) bool {
	for _, request := range c.box.Server.Requests() {
		if request.Method == method && strings.HasPrefix(request.Path, path) {
			return true
		}
	}
	return false
}

// elsewhereNow is where the token must not be while the job runs, besides the logs, which are searched at its end.
func (c *clientsJob) elsewhereNow(leader int) map[string]string {
	c.t.Helper()
	texts, read := c.others(), 0
	for _, pid := range append(below(leader), leader) {
		text := c.arguments(pid)
		if text == "" && pid != leader {
			continue // a program that the command has run, and that has ended
		}
		if text == "" {
			c.t.Error("the job's process has ended")
		}
		texts["arguments"] += text + "\n"
		read++
	}
	if want := map[way]int{byExec: 3}[c.way]; read < want { // frogmint, its guardian and the command
		c.t.Errorf("the arguments of %d processes only", read)
	}
	return texts
}

// holds reports whether a text gives the token to a client, as it is or for basic authentication.
func (c *clientsJob) holds(text string) bool {
	name := c.value("GITHUB_OUTPUT", "username")
	if c.way == byExec {
		name = c.variables["JF_USER"]
	}
	return c.token != "" && (strings.Contains(text, c.token) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(name+":"+c.token))))
}
