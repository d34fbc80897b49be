package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// What the main step has taken back itself, the post step doesn't miss.
func TestAction_LogsOutOnceAfterAFailureBehindTheMint(t *testing.T) {
	t.Parallel()
	r, temp := loggingIn(t, "npm, docker")
	fault, err := sandbox.ParseFault("broader-scope=applied-permissions/admin@mint")
	if err != nil {
		t.Fatal(err)
	}
	r.sandbox.Server.SetFaults(fault)
	if status, log := r.main(); status != 1 || len(left(t, temp)) > 0 || r.content("ENV") != "" {
		t.Fatalf("exit status %d, left %v\n%s", status, left(t, temp), log)
	}
	status, log := r.postIn(t)
	if status != 0 || strings.Contains(log, "::warning::") || strings.Contains(log, "logged out") || r.content("ENV") != "" {
		t.Errorf("post: exit status %d\n%s", status, log)
	}
	wants(t, log, ": revoked; JFrog refuses it")
}

// Steps behind a main step that fails, under if: always(), find the variables as they were.
func TestAction_RestoresVariablesWhereTheMainStepFails(t *testing.T) {
	t.Parallel()
	r, temp := loggingIn(t, "npm, maven=libs-release")
	r.env["MAVEN_ARGS"] = "-B"
	r.onLine = func() {
		if strings.Contains(r.stdout.String(), "logged in as") {
			_ = os.Remove(r.env["GITHUB_OUTPUT"])
		}
	}
	if status, log := r.main(); status != 1 || len(left(t, temp)) > 0 || !strings.Contains(log, "setting the outputs: ") {
		t.Fatalf("exit status %d, left %v\n%s", status, left(t, temp), log)
	}
	if env := r.file("ENV"); env["MAVEN_ARGS"] != "-B" || env["NPM_CONFIG_USERCONFIG"] != "" {
		t.Errorf("later steps have %v", env)
	}
}
