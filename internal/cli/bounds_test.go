package cli_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t)
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "timeout": "1s", "on-revoke-failure": "fail"})
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
		})
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

// The creator's password stays out of the log wherever else it was put by mistake.
func TestLog_HidesTheCreatorsPassword(t *testing.T) {
	t.Parallel()
	const password = "hunter2hunter2"
	yes := true
	box := sandboxtest.Start(t, sandbox.WithConfig(sandbox.Config{
		Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: &yes}, Users: []sandbox.UserConfig{{Name: "root", Password: password, Admin: true}},
	}))
	r := newRunner(t, box, map[string]string{"user": "root", "password": password, "username": password, "groups": "CI"})
	status, log := r.main()
	if status != 0 {
		t.Errorf("exit status %d\n%s", status, log)
	}
	wants(t, log, "REDACTED")
	noSecrets(t, log+r.content("STEP_SUMMARY"), []string{password, "root:" + password})
}
