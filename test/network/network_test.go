package network

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
	"github.com/frogmint/frogmint/test/ghrunner"
)

// job is a step on GitHub's runner whose way to JFrog leads through a proxy that breaks TCP.
type job struct {
	box   *sandboxtest.Sandbox
	proxy *toxiproxy.Proxy
	env   map[string]string
}

// toxiproxy logs each piece of data that it holds up.
func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	sandboxtest.AtOnce("12")
	os.Exit(m.Run())
}

func newJob(t *testing.T, timeout string) *job {
	t.Helper()
	box := sandboxtest.Start(t)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.New(io.Discard))
	proxy := toxiproxy.NewProxy(server, "jfrog", "127.0.0.1:0", strings.TrimPrefix(box.URL, "http://"))
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	j := &job{box: box, proxy: proxy, env: map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo-org/octo-repo", "GITHUB_RUN_ID": "77", "GITHUB_JOB": "build",
		"INPUT_URL": "http://" + proxy.Listen, "INPUT_ACCESS-TOKEN": box.AdminToken, "INPUT_GROUPS": "CI",
		"INPUT_ON-REVOKE-FAILURE": "fail", "INPUT_TIMEOUT": timeout,
	}}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"} {
		j.env[name] = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(j.env[name], nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// poison makes all connections misbehave from now on, those that are open too.
func (j *job) poison(t *testing.T, toxic string) {
	t.Helper()
	if toxic == "" {
		return
	}
	if _, err := j.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		t.Fatal(err)
	}
}

// heal lets the network work again.
func (j *job) heal() { j.proxy.Toxics.ResetToxics(context.Background()) }

func (j *job) run(env map[string]string, name string) (int, string) {
	var out buffer
	command := &cli.Command{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		Environ:   func() []string { return nil },
		Proxy:     func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	status := command.Main(context.Background(), []string{name})
	return status, out.text()
}

func (j *job) main() (int, string) { return j.run(j.env, "frogmint-main") }

func (j *job) post() (int, string) {
	text, _ := os.ReadFile(j.env["GITHUB_STATE"])
	pairs, _ := ghrunner.ParseFileCommand(string(text))
	env := map[string]string{}
	for _, pair := range pairs {
		env["STATE_"+pair.Name] = pair.Value
	}
	return j.run(env, "frogmint-post")
}

// unnamed says which token is alive without the report naming it under exit status 3.
func (j *job) unnamed(status int, log string) error {
	for _, token := range j.box.Server.LiveTokens() {
		if status != 3 || !strings.Contains(log, token.ID) && !strings.Contains(log, token.Description) {
			return fmt.Errorf("a token is alive, unnamed: %+v", token)
		}
	}
	return nil
}

type buffer struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept.Write(p)
}

func (b *buffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept.String()
}

const (
	latency    = `{"type":"latency","attributes":{"latency":300}}`
	farAway    = `{"type":"latency","attributes":{"latency":60000}}`
	slowClose  = `{"type":"slow_close","attributes":{"delay":500}}`
	resetPeer  = `{"type":"reset_peer","attributes":{"timeout":0}}`
	resetLater = `{"type":"reset_peer","attributes":{"timeout":400}}`
	cutAnswer  = `{"type":"limit_data","attributes":{"bytes":400}}` // in the middle of the mint's answer
	cutRequest = `{"type":"limit_data","stream":"upstream","attributes":{"bytes":200}}`
	blackHole  = `{"type":"timeout","attributes":{"timeout":0}}`
	closing    = `{"type":"timeout","attributes":{"timeout":300}}`
	narrow     = `{"type":"bandwidth","attributes":{"rate":1}}` // KB/s
	slices     = `{"type":"slicer","attributes":{"average_size":20,"size_variation":10,"delay":2000}}`
)

// TestNetwork breaks the network at the beginning of a step, for good or until the server has done what it was asked.
func TestNetwork(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		toxic string
		works bool // the job doesn't notice, or only by the time it takes
	}{
		"as it should be": {"", true}, "latency": {latency, true}, "latency beyond the budget": {farAway, false}, "slow_close": {slowClose, true},
		"reset_peer": {resetPeer, false}, "reset_peer, later": {resetLater, false}, "limit_data": {cutAnswer, false},
		"limit_data upstream": {cutRequest, false}, "timeout": {blackHole, false}, "timeout that closes": {closing, false},
		"bandwidth": {narrow, true}, "slicer": {slices, true},
	} {
		for _, passing := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, passing %t", name, passing), func(t *testing.T) {
				t.Parallel()
				main := newJob(t, "5")
				main.breakMain(t, test.toxic, passing, test.works)
				post := newJob(t, "5")
				post.breakPost(t, test.toxic, passing, test.works)
			})
		}
	}
}

// healAfter heals the network when the server has answered a request of the kind, or tried to, twice at the most.
func (j *job) healAfter(method, path string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil && !asked(j.box.Server, method, path) {
			time.Sleep(5 * time.Millisecond)
		}
		j.heal()
	}()
	return func() { cancel(); <-ended }
}

func asked(server *sandbox.Server, method, path string) bool {
	for _, request := range server.Requests() {
		if request.Method == method && strings.HasPrefix(request.Path, path) {
			return true
		}
	}
	return false
}

func (j *job) breakMain(t *testing.T, toxic string, passing, works bool) {
	t.Helper()
	j.poison(t, toxic)
	if passing {
		time.AfterFunc(1500*time.Millisecond, j.heal) // for what keeps the request from arriving
		defer j.healAfter(http.MethodPost, "/access/api/v1/tokens")()
	}
	began := time.Now()
	status, log := j.main()
	took := time.Since(began)
	if status == 0 {
		j.heal()
		if status, log := j.post(); status != 0 {
			t.Errorf("post: %d\n%s", status, log)
		}
	}
	if works && status != 0 || took > 20*time.Second {
		t.Errorf("main: %d after %s\n%s", status, took, visible(log))
	}
	if err := j.unnamed(status, log); err != nil {
		t.Errorf("%v\n%s", err, visible(log))
	}
	if live := j.box.Server.LiveTokens(); passing && len(live) > 0 {
		t.Errorf("main: %d left alive although the network worked again\n%s", len(live), visible(log))
	}
}

func (j *job) breakPost(t *testing.T, toxic string, passing, works bool) {
	t.Helper()
	if status, log := j.main(); status != 0 {
		t.Fatalf("main: %d\n%s", status, visible(log))
	}
	j.poison(t, toxic)
	if passing {
		time.AfterFunc(1500*time.Millisecond, j.heal)
		defer j.healAfter(http.MethodDelete, "/access/api/v1/tokens")()
	}
	status, log := j.post()
	if (works || passing) && (status != 0 || !strings.Contains(log, ": revoked; JFrog refuses it")) {
		t.Errorf("post: %d\n%s", status, log)
	}
	if !works && !passing && toxic != "" && status == 0 && len(j.box.Server.LiveTokens()) > 0 {
		t.Errorf("post: a token is alive and the exit status is 0\n%s", log)
	}
	if err := j.unnamed(status, log); err != nil {
		t.Errorf("%v\n%s", err, log)
	}
}

// visible is a log without its masks.
func visible(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "::add-mask::") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
