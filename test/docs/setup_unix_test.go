//go:build unix

package docs_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestReadme_SetUpEndsInADeployedFile follows README.md to the letter: the administrator's commands, the workflow's steps and
// its end, against frogmint-sandbox. Only the addresses of the platform and of GitHub's issuer are others.
func TestReadme_SetUpEndsInADeployedFile(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	// The job that README.md's mapping is for.
	w := newWorld(t, "--claim", "repository=acme/app", "--claim", "repository_id=123456789", "--claim", "ref=refs/heads/main")
	w.shell(block(t, readme, "sh"), "ADMIN_TOKEN="+w.env["JF_ACCESS_TOKEN"])
	if _, err := os.Stat(filepath.Join(w.dir, "admin.header")); err == nil {
		t.Error("the administrator's token is left in a file")
	}
	const file = "/artifactory/npm-local/app/-/app-1.0.0.tgz"
	if status := w.use(w.env["JF_ACCESS_TOKEN"], file); status != http.StatusNotFound {
		t.Errorf("before the job the file is there: %d", status)
	}

	action, publish := workflowSteps(t, block(t, readme, "yaml"))
	log := w.main(action.With)
	token := w.value("OUTPUT", "access-token")
	w.write("package.json", manifest, 0o600)
	w.shell(publish.Run, append(w.variables(), "PATH="+filepath.Join(w.dir, "bin")+":"+npmPath(t))...)
	if status := w.use(token, file); status != http.StatusOK {
		t.Errorf("the package is not there: %d", status)
	}

	log += w.post()
	for _, endpoint := range []string{"/access/api/v1/tokens/me", "/artifactory/api/system/version"} {
		if status := w.use(token, endpoint); status != http.StatusUnauthorized {
			t.Errorf("after the job %s answers %d to the token", endpoint, status)
		}
	}
	if folders, err := filepath.Glob(filepath.Join(w.dir, "frogmint-login-*")); err != nil || len(folders) > 0 {
		t.Errorf("%v: %q is left", err, folders)
	}
	for line := range strings.Lines(block(t, readme, "")) {
		if !strings.Contains(alike(log), alike(line)) {
			t.Errorf("README.md shows a line that the log hasn't: %s\n%s", line, log)
		}
	}
	for _, secret := range []string{w.env["JF_ACCESS_TOKEN"], token, "aA1!"} {
		if arguments := w.arguments(); strings.Contains(arguments, secret) || !strings.Contains(arguments, "--fail-with-body") {
			t.Errorf("a secret is among the arguments: %s", arguments)
		}
	}
}

// TestExamples_WorkWithReadmesSetUp runs the job of examples/github.yml after README.md's set-up.
func TestExamples_WorkWithReadmesSetUp(t *testing.T) {
	t.Parallel()
	w := setUp(t, "repository_id=123456789", "ref=refs/heads/main")
	action, deploy := workflowSteps(t, read(t, "examples/github.yml"))
	w.write("deploy.sh", read(t, "examples/deploy.sh"), 0o700)
	w.write("app.tar.gz", "deployed\n", 0o600)
	w.main(action.With)
	var env []string
	for name, value := range deploy.Env {
		env = append(env, name+"="+w.fill(value))
	}
	w.shell(deploy.Run, env...)
	w.wantFile("libs-local/app.tar.gz")
	w.wantDead()
}

// npmPath is a PATH that has npm.
func npmPath(t *testing.T) string {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatal("README.md's job needs npm: ", err)
	}
	return filepath.Dir(npm) + ":/usr/bin:/bin"
}

// TestExec_RightAndWrong runs the commands of docs/exec.md that show how a command gets its token.
func TestExec_RightAndWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("dist.zip", "deployed\n", 0o600)
	var right, wrong string
	for _, b := range blocks(read(t, "docs/exec.md")) {
		switch {
		case strings.Contains(b.text, "# wrong"):
			wrong = strings.Replace(b.text, "…", w.env["JF_URL"], 1)
		case strings.Contains(b.text, "dist.zip"):
			right = b.text
		}
	}
	creator := []string{"JF_URL=" + w.env["JF_URL"], "JF_ACCESS_TOKEN=" + w.env["JF_ACCESS_TOKEN"], "FROGMINT_GROUPS=CI"}
	w.shell(right, creator...)
	if status := w.use(w.env["JF_ACCESS_TOKEN"], "/artifactory/libs-local/dist.zip"); status != http.StatusOK {
		t.Errorf("%q deployed nothing: %d", right, status)
	}
	if log := w.shell("if "+strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(wrong), "# wrong"))+"; then false; else echo status $?; fi", creator...); !strings.Contains(log, "it holds the creator's credentials") || !strings.Contains(log, "status 2\n") {
		t.Errorf("%q: %s", wrong, log)
	}
	if strings.Contains(w.arguments(), "Bearer") {
		t.Errorf("a token is among the arguments: %s", w.arguments())
	}
}

// alike replaces what differs from run to run: ids, times and durations.
func alike(log string) string {
	log = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllString(log, "ID")
	log = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:]+Z`).ReplaceAllString(log, "TIME")
	return regexp.MustCompile(`asked for [0-9.]+m?s`).ReplaceAllString(log, "asked for TIME")
}

// step is one step of a workflow.
type step struct {
	ID, Uses, Run string
	With, Env     map[string]string
}

// workflowSteps are the step that uses frogmint and the one that runs a script, in a job that may ask for its ID token.
func workflowSteps(t *testing.T, text string) (action, script step) {
	t.Helper()
	var workflow struct {
		Jobs map[string]struct {
			Permissions map[string]string
			Steps       []step
		}
	}
	if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
		t.Fatal(err)
	}
	for _, job := range workflow.Jobs {
		if job.Permissions["id-token"] != "write" {
			t.Error("the job may not ask for its ID token")
		}
		for _, s := range job.Steps {
			if strings.HasPrefix(s.Uses, "frogmint/frogmint") {
				action = s
			} else if s.Run != "" {
				script = s
			}
		}
	}
	if action.Uses == "" || script.Run == "" {
		t.Fatalf("no such steps in %s", text)
	}
	return action, script
}
