//go:build linux

package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
	"github.com/frogmint/frogmint/test/ghrunner"
)

// job is one step of a job on GitHub's runner: its environment, its files, and all that it printed. It is used by one
// goroutine at a time.
type job struct {
	box      *sandboxtest.Sandbox
	access   *buffer // the sandbox's access log; nil where another job's test reads it
	dir      string
	env      map[string]string
	proxy    *url.URL
	creator  string            // a token that the test made; empty for none
	printed  buffer            // by all steps
	redacted []string          // secrets that only this test knows
	onWrite  func(line []byte) // with each write of the running step
	onPost   func()            // between the steps
	runMain  func() stepResult // runs the main step in another way; nil for the usual one
	over     bool              // nothing of it may be left: it ran its post step, or failed before
	own      []string          // addresses besides the sandbox's that the job may connect to
	dialed   addresses         // all others
}

// files are the runner's files by the variable that names each. Those in values carry the token by intent.
var (
	files  = []string{"GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_ENV", "GITHUB_STEP_SUMMARY"}
	values = []string{"GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_ENV"}
)

// newJob prepares a step with the inputs. When the test ends, all that the job wrote is searched for secrets.
func newJob(t *testing.T, box *sandboxtest.Sandbox, inputs map[string]string) *job {
	t.Helper()
	j := prepare(t, box, inputs)
	t.Cleanup(func() {
		for _, leak := range j.leaks() {
			t.Errorf("%v: %s", inputs, leak)
		}
	})
	return j
}

// prepare is newJob without the search.
func prepare(t *testing.T, box *sandboxtest.Sandbox, inputs map[string]string) *job {
	t.Helper()
	dir, err := os.MkdirTemp(jobs, "job-*")
	if err != nil {
		t.Fatal(err)
	}
	j := &job{box: box, dir: dir}
	j.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo-org/octo-repo", "GITHUB_RUN_ID": "77", "GITHUB_JOB": "build",
		"GITHUB_RUN_ATTEMPT": "1", "ACTIONS_ID_TOKEN_REQUEST_URL": box.IDTokenRequestURL,
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": box.IDTokenRequestToken, "INPUT_URL": box.URL, "HOME": j.dir,
	}
	for _, name := range files {
		j.env[name] = filepath.Join(j.dir, name)
		if err := os.WriteFile(j.env[name], nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range inputs {
		j.env["INPUT_"+strings.ToUpper(name)] = value
	}
	if inputs["login"] != "" {
		j.env["RUNNER_TEMP"] = t.TempDir() // what is in a login's private folder is no leak; j.dir is the user's home
	}
	j.setCreator(t)
	return j
}

// setCreator replaces the name of a creator by his token.
func (j *job) setCreator(t *testing.T) {
	t.Helper()
	switch j.env["INPUT_ACCESS-TOKEN"] {
	case adminToken:
		j.env["INPUT_ACCESS-TOKEN"] = j.box.AdminToken
	case readerToken:
		j.creator = j.tokenFor(t, reader)
		j.env["INPUT_ACCESS-TOKEN"] = j.creator
	}
}

// creatorsToken is the description of a token that is no job's.
const creatorsToken = "the creator's own"

// tokenFor makes a token of a user's own permissions, which isn't one of frogmint's.
func (j *job) tokenFor(t *testing.T, user string) string {
	t.Helper()
	body := strings.NewReader(`{"username":"` + user + `","scope":"applied-permissions/user","description":"` + creatorsToken + `","expires_in":3600}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, j.box.URL+"/access/api/v1/tokens", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+j.box.AdminToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := j.box.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var made struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&made); err != nil || made.Token == "" {
		t.Fatalf("no token for %s: %d, %v", user, response.StatusCode, err)
	}
	return made.Token
}

// stepResult is what came of one step.
type stepResult struct {
	status int
	log    string
	took   time.Duration
	hung   bool // it had to be given up; nothing else is known then
}

// hangs is how long a step may take at the most: its budget of at most 60 s, 10 s for cleaning up after a failure, and the
// rest for a machine that does other things too.
const hangs = 90 * time.Second

func (j *job) main() stepResult {
	if j.runMain != nil {
		return j.runMain()
	}
	result := j.run(context.Background(), j.env, "/frogmint-main")
	j.over = result.status != 0
	return result
}

// post runs the post step with the saved state and nothing else.
func (j *job) post() stepResult {
	result := j.run(context.Background(), j.saved(), "/frogmint-post")
	j.over = !result.hung
	return result
}

// saved is the environment that the runner gives to a post step, as far as the program may read it.
func (j *job) saved() map[string]string {
	return map[string]string{"STATE_frogmint": j.value("GITHUB_STATE", "frogmint"), "GITHUB_STEP_SUMMARY": j.env["GITHUB_STEP_SUMMARY"]}
}

func (j *job) run(ctx context.Context, env map[string]string, args ...string) stepResult {
	out := &buffer{then: j.onWrite}
	ended, began := make(chan int, 1), time.Now()
	go func() { ended <- j.command(env, out).Main(ctx, args) }()
	result := stepResult{}
	select {
	case result.status = <-ended:
	case <-time.After(hangs):
		result.hung = true
	}
	result.log, result.took = out.text(), time.Since(began)
	_, _ = j.printed.Write([]byte(result.log))
	return result
}

func (j *job) command(env map[string]string, out *buffer) *cli.Command {
	return &cli.Command{
		Stdin: strings.NewReader(""), Stdout: out, Stderr: out, DialContext: j.dial,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		Environ:   func() []string { return nil },
		Proxy:     func(*http.Request) (*url.URL, error) { return j.proxy, nil },
	}
}

// dial connects to the sandbox, and notes every other address.
func (j *job) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if "http://"+address != j.box.URL && j.proxy == nil && !slices.Contains(j.own, address) {
		j.dialed.note(address)
	}
	if j.box.DialContext != nil {
		return j.box.DialContext(ctx, network, address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// allow lets the job connect to a server besides the sandbox.
func (j *job) allow(url string) { j.own = append(j.own, strings.TrimPrefix(url, "http://")) }

// elsewhere are the addresses besides the sandbox's that the job connected to.
func (j *job) elsewhere() []string { return j.dialed.noted() }

// addresses is safe for concurrent use.
type addresses struct {
	mu  sync.Mutex
	all []string
}

func (a *addresses) note(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, address)
}

func (a *addresses) noted() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all
}

// value reads one value from one of the runner's files as the runner does; empty when it isn't there.
func (j *job) value(file, name string) string {
	pairs, _ := ghrunner.ParseFileCommand(j.content(file))
	found := ""
	for _, pair := range pairs {
		if pair.Name == name {
			found = pair.Value
		}
	}
	return found
}

// content returns what stands in one of the runner's files, nothing when a test put something else in its place.
func (j *job) content(file string) string {
	path := filepath.Join(j.dir, file)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	text, _ := os.ReadFile(path)
	return string(text)
}

// others are the files that the job wrote besides those that carry values, with their text.
func (j *job) others() map[string]string {
	found, dir := map[string]string{}, os.DirFS(j.dir)
	_ = fs.WalkDir(dir, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || slices.Contains(values, path) {
			return nil //nolint:nilerr // what can't be read can't hold a secret that somebody reads
		}
		text, _ := fs.ReadFile(dir, path)
		found[path] = string(text)
		return nil
	})
	return found
}

// use sends a request with a token and returns the status, 0 for no answer.
func (j *job) use(token, method, path string) int {
	request, err := http.NewRequest(method, j.box.URL+path, strings.NewReader("content")) //nolint:noctx // the client has a limit
	if err != nil {
		return 0
	}
	request.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true, DialContext: j.dial}}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// live returns the tokens that frogmint minted, and the number of those that a mapping gave. The legacy API takes no
// description to tell them by, but where it is used nothing is exchanged.
func (j *job) live() (minted []sandbox.TokenInfo, mapped int) {
	for _, token := range j.box.Server.LiveTokens() {
		switch {
		case token.Description == creatorsToken:
		case strings.Contains(token.Description, "nonce="), j.env["INPUT_API"] == "legacy":
			minted = append(minted, token)
		default:
			mapped++
		}
	}
	return minted, mapped
}

// buffer takes output from several goroutines.
type buffer struct {
	mu   sync.Mutex
	kept bytes.Buffer
	then func([]byte)
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	n, err := b.kept.Write(p)
	b.mu.Unlock()
	if b.then != nil {
		b.then(p)
	}
	return n, err
}

func (b *buffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept.String()
}

// fault parses a fault that a test wrote down itself.
func parseFaults(t testing.TB, texts ...string) []sandbox.Fault {
	t.Helper()
	var parsed []sandbox.Fault
	for _, text := range texts {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	return parsed
}

func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}
