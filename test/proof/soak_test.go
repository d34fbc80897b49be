//go:build linux

package proof

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

var soakJobs = flag.Int("soak", 200, "how many jobs the soak test runs; 2000 is the full test")

// soakAtOnce is how many of them run at a time, and soakFaults in how many of a hundred a fault strikes.
const (
	soakAtOnce = 100
	soakFaults = 5
)

// mapped is how long the tokens of the sandbox's identity mappings live at most. JFrog can't revoke tokens so short, while
// what the jobs mint lives for an hour.
const mapped = 5 * time.Minute

// TestSoak runs many jobs, 100 at a time, against one server that keeps failing: each ends with a token that was used and whose
// revocation was proved, or says clearly that it failed. Nothing stays: no token, no goroutine, no open file. It runs
// alone, since others would leave goroutines of theirs.
func TestSoak(t *testing.T) { //nolint:paralleltest // it counts what the process holds
	before := goleak.IgnoreCurrent()
	startPoller(t)
	descriptors := openFiles(t, 1<<20)
	box, stop := soakServer(t)
	results := make(chan string, *soakJobs)
	runSoak(t, box, results)
	count := map[string]int{}
	for range *soakJobs {
		count[<-results]++
	}
	t.Logf("%v", count)
	if count[jobDone] < *soakJobs*(100-2*soakFaults)/100 || count[jobDone]+count[jobFailed] != *soakJobs {
		t.Errorf("the jobs ended so: %v", count)
	}
	if struck := box.Server.FaultsStruck(); struck < *soakJobs*(soakFaults-1)/100 {
		t.Errorf("faults struck %d times only", struck)
	}
	for _, token := range box.Server.LiveTokens() {
		if token.Revocable || strings.Contains(token.Description, "nonce=") {
			t.Errorf("left alive: %+v", token)
		}
	}
	box.Server.SetFaults(parseFaults(t, "clock-skew="+mapped.String())...)
	if left := box.Server.LiveTokens(); len(left) > 0 {
		t.Errorf("%d tokens are alive %s later, such as %+v", len(left), mapped, left[0])
	}
	stop()
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	if after := openFiles(t, descriptors); after > descriptors {
		t.Errorf("%d descriptors are open, %d were", after, descriptors)
	}
}

// soakServer is a sandbox that keeps no connection: the product's processes end with their step and so do their
// connections, but here all steps are one process.
func soakServer(t *testing.T) (*sandboxtest.Sandbox, func()) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := smallKeys()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.New(sandbox.WithKeys(keys), sandbox.WithBaseURL("http://"+listener.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	serving := server.HTTPServer()
	serving.SetKeepAlivesEnabled(false)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = serving.Serve(listener)
	}()
	return &sandboxtest.Sandbox{
			Server: server, URL: server.BaseURL(), AdminToken: server.AdminToken(),
			IDTokenRequestURL: server.IDTokenRequestURL(), IDTokenRequestToken: server.IDTokenRequestToken(),
		}, func() {
			_ = serving.Close()
			<-served
		}
}

// runSoak runs the jobs. Every few jobs a fault stands, each of them in its turn, and is gone when it has struck once. The next
// one waits for that: the first jobs begin all at once, and would take none of the faults that follow each other too fast.
func runSoak(t *testing.T, box *sandboxtest.Sandbox, results chan<- string) {
	t.Helper()
	faults := soakTroubles(t)
	slots := make(chan struct{}, soakAtOnce)
	var running sync.WaitGroup
	set := 0
	for i := range *soakJobs {
		slots <- struct{}{}
		if set <= i*soakFaults/100 && box.Server.FaultsStruck() == set {
			box.Server.SetFaults(faults[set%len(faults)])
			set++
		}
		j := newSoakJob(t, box, i)
		running.Go(func() {
			results <- j.work()
			<-slots
		})
	}
	running.Wait()
	box.Server.SetFaults()
}

func soakTroubles(t *testing.T) []sandbox.Fault {
	t.Helper()
	var texts []string
	for _, what := range []string{"status=503,times=1", "reset,times=1", "commit-then-drop,times=1", "truncate,times=1", "status=429,times=1", "html,times=1", "latency=300ms,times=1", "status=500,times=1", "status=403,times=1", "retry-after=1"} {
		// Each endpoint in its turn, so that a short soak has a fault at each. A list is asked for after a lost mint only.
		for _, at := range []string{"mint", "revoke", "exchange", "probe", "idtoken"} {
			texts = append(texts, what+"@"+at)
		}
	}
	return parseFaults(t, texts...)
}

func newSoakJob(t *testing.T, box *sandboxtest.Sandbox, i int) *job {
	t.Helper()
	// None has a refresh token: where the answer to its last use is lost, a token lives that nobody can know of. That is a row
	// of the fault table, and what is counted here is what must never happen.
	kinds := []map[string]string{
		{"access-token": adminToken, "groups": "CI", "reference": "true"},
		{"oidc-provider-name": "github-broker", "groups": "CI"},
		{"access-token": adminToken, "groups": "deployers"},
		{"oidc-provider-name": "github-user", "mint": "always"},
	}
	j := prepare(t, box, kinds[i%len(kinds)])
	// No trouble lasts: the budget bounds only what a busy machine may take.
	j.env["GITHUB_RUN_ID"], j.env["INPUT_ON-REVOKE-FAILURE"], j.env["INPUT_TIMEOUT"] = fmt.Sprint(i), "fail", "80"
	return j
}

// What a job may end in. Anything else is a finding.
const (
	jobDone   = "used its token and proved it dead"
	jobFailed = "failed clearly"
)

// work is a whole job: its token, a deploy with it, and its end.
func (j *job) work() string {
	defer func() { _ = os.RemoveAll(j.dir) }()
	result := j.main()
	if result.status != 0 {
		if result.hung || !tells(result) {
			return fmt.Sprintf("main: %+v", result)
		}
		return jobFailed
	}
	token := j.value("GITHUB_OUTPUT", "access-token")
	want := http.StatusCreated
	if j.value("GITHUB_OUTPUT", "username") == "robot" {
		want = http.StatusForbidden // a reader is let in, and may not deploy
	}
	if got := j.use(token, http.MethodPut, "/artifactory/libs-local/"+j.env["GITHUB_RUN_ID"]); got != want {
		return fmt.Sprintf("deploy: %d, not %d", got, want)
	}
	if result = j.post(); result.status != 0 {
		return fmt.Sprintf("post: %+v", result)
	}
	if got := j.use(token, http.MethodGet, "/artifactory/api/system/version"); got != http.StatusUnauthorized {
		return fmt.Sprintf("after the post step: %d", got)
	}
	return jobDone
}

// tells reports whether a failure says so.
func tells(result stepResult) bool {
	for line := range strings.Lines(result.log) {
		if message, ok := strings.CutPrefix(line, "::error::"); ok && len(message) > 20 {
			return true
		}
	}
	return false
}

// startPoller makes the runtime open the descriptors that it waits on, which stay. Depending on what standard output is, it
// has done so already, or does so with the first connection.
func startPoller(t *testing.T) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
}

// openFiles counts what is open, once no more than the limit are or half a minute is over: what was just closed may take
// a moment.
func openFiles(t *testing.T, limit int) int {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) <= limit || time.Now().After(deadline) {
			return len(entries)
		}
	}
}
