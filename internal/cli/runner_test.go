package cli_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// runner plays what GitHub's runner gives to a step, around the real command and a real sandbox.
type runner struct {
	t       *testing.T
	sandbox *sandboxtest.Sandbox
	env     map[string]string
	proxy   *url.URL // nil for none

	mu     sync.Mutex
	stdout bytes.Buffer
	onLine func() // after every write to standard output
}

func newRunner(t *testing.T, sandbox *sandboxtest.Sandbox, inputs map[string]string) *runner {
	t.Helper()
	r := &runner{t: t, sandbox: sandbox, env: map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo-org/octo-repo", "GITHUB_RUN_ID": "77", "GITHUB_JOB": "build",
		"GITHUB_RUN_ATTEMPT": "1", "ACTIONS_ID_TOKEN_REQUEST_URL": sandbox.IDTokenRequestURL,
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": sandbox.IDTokenRequestToken, "INPUT_URL": sandbox.URL, "HOME": t.TempDir(),
	}}
	for _, name := range []string{"OUTPUT", "STATE", "ENV", "STEP_SUMMARY"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		r.env["GITHUB_"+name] = path
	}
	for name, value := range inputs {
		r.env["INPUT_"+strings.ToUpper(name)] = value
	}
	return r
}

// Write takes what the command prints.
func (r *runner) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.stdout.Write(p)
	if r.onLine != nil {
		r.onLine()
	}
	return n, err
}

func (r *runner) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stdout.String()
}

// run runs one stage or command with the environment, and returns its exit status and what it printed.
func (r *runner) run(ctx context.Context, env map[string]string, args ...string) (int, string) {
	r.t.Helper()
	r.mu.Lock()
	r.stdout.Reset()
	r.mu.Unlock()
	status := r.command(env).Main(ctx, args)
	return status, r.log()
}

func (r *runner) command(env map[string]string) *cli.Command {
	return &cli.Command{
		Stdin: strings.NewReader(""), Stdout: r, Stderr: r,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		Environ:   func() []string { return nil }, DialContext: r.sandbox.DialContext,
		Proxy:     func(*http.Request) (*url.URL, error) { return r.proxy, nil },
		Subscribe: func(chan<- os.Signal, ...os.Signal) {}, Unsubscribe: func(chan<- os.Signal) {},
	}
}

func (r *runner) main() (int, string) {
	r.t.Helper()
	return r.run(r.t.Context(), r.env, "/frogmint-main", "ignored")
}

// post runs the post step with the saved state and nothing else.
func (r *runner) post() (int, string) {
	r.t.Helper()
	return r.run(r.t.Context(), map[string]string{"STATE_frogmint": r.file("STATE")["frogmint"]}, "/frogmint-post")
}

// file parses one of the runner's files by the runner's documented rules.
func (r *runner) file(name string) map[string]string {
	r.t.Helper()
	values := map[string]string{}
	lines := strings.Split(r.content(name), "\n")
	for i := 0; i < len(lines); i++ {
		key, delimiter, heredoc := strings.Cut(lines[i], "<<")
		if !heredoc {
			if key, value, ok := strings.Cut(lines[i], "="); ok {
				values[key] = value
			}
			continue
		}
		var value []string
		for i++; lines[i] != delimiter; i++ {
			value = append(value, lines[i])
		}
		values[key] = strings.Join(value, "\n")
	}
	return values
}

func (r *runner) content(name string) string {
	content, err := os.ReadFile(r.env["GITHUB_"+name])
	if err != nil {
		r.t.Fatal(err)
	}
	return string(content)
}

// use sends a request with a token and returns the status.
func (r *runner) use(token, method, path string) int {
	r.t.Helper()
	return sandboxtest.Use(r.t, method, r.sandbox.URL+path, token)
}

func (r *runner) deploy(token string) int {
	r.t.Helper()
	return r.use(token, http.MethodPut, "/artifactory/libs-local/a.txt")
}

// inBubble is a parallel test in a testing/synctest bubble: time passes only while everybody waits, so that a busy machine takes
// nothing from a budget. Its sandbox is StartInBubble's.
func inBubble(test func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	}
}

// serve answers where the sandbox's clients connect to, loopback or memory, until the test ends.
func serve(t *testing.T, box *sandboxtest.Sandbox, handler http.HandlerFunc) (url string) {
	t.Helper()
	server := unstarted(t, box, handler)
	server.Start()
	return server.URL
}

// unstarted is a server for the sandbox's clients that the test starts.
func unstarted(t *testing.T, box *sandboxtest.Sandbox, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	if box.Network != nil {
		_ = server.Listener.Close()
		server.Listener = box.Network.Listen()
	}
	t.Cleanup(server.Close)
	return server
}

func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}
