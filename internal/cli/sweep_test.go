package cli_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestSweep(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	mint := func(run, job, description string, inputs map[string]string) string {
		inputs["access-token"], inputs["description"] = box.AdminToken, description
		r := newRunner(t, box, inputs)
		r.env["GITHUB_RUN_ID"], r.env["GITHUB_JOB"] = run, job
		if status, log := r.main(); status != 0 {
			t.Fatalf("%d\n%s", status, log)
		}
		return r.file("OUTPUT")["access-token"]
	}
	mine, sibling := mint("77", "build", "", map[string]string{"groups": "CI"}), mint("77", "test", "", map[string]string{"groups": "CI"})
	longer, other := mint("77", "build2", "", map[string]string{"groups": "CI"}), mint("771", "build", "", map[string]string{"groups": "CI"})
	described, short := mint("77", "build", "hello", map[string]string{"groups": "CI"}), mint("77", "build", "", map[string]string{"groups": "CI", "force-revocable": "false", "expiry": "4h"})

	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken})
	status, log := r.run(t.Context(), r.env, "frogmint", "sweep")
	if status != 3 { // the token that JFrog can't revoke is left
		t.Errorf("exit status %d\n%s", status, log)
	}
	wants(t, log, ": revoked; JFrog no longer lists it", "not revocable (dies by itself at ", "2 token(s) of this job were listed, 1 are left")
	alive := map[string]string{"a sibling": sibling, "a longer name": longer, "another run": other, "other words": described, "not revocable": short}
	r.live(mine, false, "the job's own")
	for name, token := range alive {
		r.live(token, true, name)
	}
	r.env["INPUT_DESCRIPTION"] = "hello"
	if status, log = r.run(t.Context(), r.env, "frogmint", "sweep", "--run"); status != 0 {
		t.Errorf("exit status %d\n%s", status, log)
	}
	r.live(described, false, "other words")
	r.live(sibling, true, "a sibling")

	delete(r.env, "GITHUB_RUN_ID")
	if status, log = r.run(t.Context(), r.env, "frogmint", "sweep"); status != 2 {
		t.Errorf("without a run: %d\n%s", status, log)
	}
}

// TestSweep_OfARunCoversItsAttempts: a job that is run again knows nothing of the tokens of the attempt before. A run whose
// number only begins like this one's is another.
func TestSweep_OfARunCoversItsAttempts(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	tokens := map[string]string{}
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
	for _, run := range []string{"771", "77"} {
		r.env["GITHUB_RUN_ID"] = run
		if status, log := r.main(); status != 0 {
			t.Fatalf("%d\n%s", status, log)
		}
		tokens[run] = r.file("OUTPUT")["access-token"]
	}
	r.env["GITHUB_RUN_ATTEMPT"] = "2"
	for _, test := range []struct {
		reach string
		alive bool
	}{{"--run=false", true}, {"--run", false}} {
		if status, log := r.run(t.Context(), r.env, "frogmint", "sweep", test.reach); status != 0 {
			t.Errorf("%s: exit status %d\n%s", test.reach, status, log)
		}
		r.live(tokens["77"], test.alive, test.reach)
		r.live(tokens["771"], true, "another run, "+test.reach)
	}
}

func (r *runner) live(token string, want bool, name string) {
	r.t.Helper()
	if got := r.use(token, http.MethodGet, "/artifactory/api/system/version") == http.StatusOK; got != want {
		r.t.Errorf("%s: alive %t, want %t", name, got, want)
	}
}

// TestSweep_ParsesRunAsABooleanFlag: --run takes what every boolean flag takes.
func TestSweep_ParsesRunAsABooleanFlag(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	for _, test := range []struct {
		args []string
		run  bool
	}{
		{nil, false}, {[]string{"--run"}, true}, {[]string{"-run"}, true}, {[]string{"--run=true"}, true}, {[]string{"-run=TRUE"}, true},
		{[]string{"--run=false"}, false}, {[]string{"--run=0"}, false}, {[]string{"--run", "--run=false"}, false},
	} {
		name := "run " + strings.Join(test.args, " ")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
			tokens := map[string]string{}
			r.env["GITHUB_RUN_ID"] = name // a run of its own
			for _, job := range []string{"build", "test"} {
				r.env["GITHUB_JOB"] = job
				if status, log := r.main(); status != 0 {
					t.Fatalf("%d\n%s", status, log)
				}
				tokens[job] = r.file("OUTPUT")["access-token"]
			}
			r.env["GITHUB_JOB"] = "build"
			status, log := r.run(t.Context(), r.env, append([]string{"frogmint", "sweep"}, test.args...)...)
			if status != 0 || !strings.Contains(log, "were listed") {
				t.Errorf("exit status %d\n%s", status, log)
			}
			r.live(tokens["build"], false, "the job's own")
			r.live(tokens["test"], !test.run, "that of another job of the run")
		})
	}
}
