package cli_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// The input timeout ends every command, also where JFrog asks for more time.
func TestTimeout_BoundsEveryCommand(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  string
		run    func(context.Context, *runner) (int, string)
		status int
	}{
		"main": {"retry-after=30,times=99@mint", func(ctx context.Context, r *runner) (int, string) {
			return r.run(ctx, r.env, "/frogmint-main")
		}, 1},
		"post": {"revoke-lag=1h", func(ctx context.Context, r *runner) (int, string) {
			return r.run(ctx, map[string]string{"STATE_frogmint": r.file("STATE")["frogmint"]}, "/frogmint-post")
		}, 3},
		"sweep": {"retry-after=30,times=99@list", func(ctx context.Context, r *runner) (int, string) {
			return r.run(ctx, r.env, "frogmint", "sweep")
		}, 1},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			box := sandboxtest.StartInBubble(t)
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "timeout": "3s", "on-revoke-failure": "fail"})
			if status, log := r.main(); status != 0 {
				t.Fatalf("%d\n%s", status, log)
			}
			fault, err := sandbox.ParseFault(test.fault)
			if err != nil {
				t.Fatal(err)
			}
			box.Server.SetFaults(fault)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			defer time.AfterFunc(10*time.Second, cancel).Stop() // no deadline, which the command could go by
			status, log := test.run(ctx, r)
			if status != test.status || ctx.Err() != nil {
				t.Errorf("exit status %d, ended by the test: %v\n%s", status, ctx.Err(), log)
			}
		}))
	}
}

// JFrog refuses a DELETE that names a content type, and in a form it overlooks some of what is asked.
func TestRequests_NameTheContentTypeOfABodyOnly(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
	main := maps.Clone(r.env)
	for _, args := range [][]string{{"/frogmint-main"}, {"/frogmint-post"}, {"/frogmint-main"}, {"frogmint", "sweep"}} {
		env := main
		if args[0] == "/frogmint-post" {
			env = map[string]string{"STATE_frogmint": r.file("STATE")["frogmint"]}
		}
		if status, log := r.run(t.Context(), env, args...); status != 0 {
			t.Fatalf("%s: %d\n%s", args, status, log)
		}
	}
	seen := map[string]bool{}
	for _, request := range box.Server.Requests() {
		seen[request.Method] = true
		if got := slices.Contains(request.Headers, "Content-Type"); got != (request.Method == http.MethodPost) {
			t.Errorf("%s %s names a content type: %t", request.Method, request.Path, got)
		}
	}
	if len(seen) != 3 {
		t.Errorf("only %v were seen", seen)
	}
}

// The creator's credentials stay out of the log wherever else they were put by mistake, or by the server.
func TestLog_HidesTheCreatorsCredentials(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	yes := true
	box := sandboxtest.Start(t, sandbox.WithConfig(sandbox.Config{
		Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: &yes}, Users: []sandbox.UserConfig{{Name: "root", Password: secret, Admin: true}},
	}))
	for name, test := range map[string]struct {
		inputs map[string]string
		front  front
	}{
		"a password": {map[string]string{"access-token": "", "user": "root", "password": secret, "username": secret}, untouched},
		"a token": {map[string]string{"access-token": secret}, func(w http.ResponseWriter, r *http.Request) bool {
			r.Header.Set("Authorization", "Bearer "+box.AdminToken)
			return answered(box, func(body map[string]any) { body["token_id"] = secret })(w, r)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newJob(t, box, test.front, test.inputs)
			status, log := r.main()
			if status != 0 {
				t.Errorf("exit status %d\n%s", status, log)
			}
			wants(t, log, "REDACTED")
			noSecrets(t, log+r.content("STEP_SUMMARY"), []string{secret, "root:" + secret})
		})
	}
}

// What JFrog or a person named ends no cell of the job's page.
func TestSummary_KeepsItsTable(t *testing.T) {
	t.Parallel()
	const group = "a|b`c"
	box := sandboxtest.Start(t, sandbox.WithConfig(sandbox.Config{Groups: []sandbox.GroupConfig{{Name: group}}}))
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": group})
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	rows := 0
	for line := range strings.Lines(r.content("STEP_SUMMARY")) {
		if strings.Contains(line, "groups:") {
			rows++
			if strings.Count(line, "|") != 3 || strings.Count(line, "`") != 2 {
				t.Errorf("a row of the table: %q", line)
			}
		}
	}
	if rows != 1 {
		t.Errorf("%d rows with the scope:\n%s", rows, r.content("STEP_SUMMARY"))
	}
}

// A redirect takes no credential to another host.
func TestRedirect_IsNotFollowed(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s was asked elsewhere", r.Method, r.URL.Path)
	}))
	t.Cleanup(other.Close)
	box := sandboxtest.Start(t, faults(t, "redirect="+other.URL))
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "timeout": "3s"})
	if status, log := r.main(); status == 0 || !strings.Contains(log, "redirect") {
		t.Errorf("exit status %d\n%s", status, log)
	}
}
