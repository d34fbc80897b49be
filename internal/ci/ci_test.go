package ci_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
)

func lookup(env map[string]string) ci.Env { return func(name string) string { return env[name] } }

func TestSystems_EachIsComplete(t *testing.T) {
	t.Parallel()
	ids, shown := map[string]bool{}, map[string]bool{}
	for _, system := range append(ci.Systems(), ci.Generic()) {
		if ids[system.ID] || shown[system.Name] || system.ID == "" || system.Name == "" {
			t.Errorf("%q (%q) isn't unique", system.ID, system.Name)
		}
		ids[system.ID], shown[system.Name] = true, true
		if system.Detect == nil || system.IDToken == nil {
			t.Errorf("%s lacks what every system has", system.ID)
		}
		if provider := system.ProviderType(); provider != "GitHub" && provider != "GenericOidc" {
			t.Errorf("%s has provider type %q", system.ID, provider)
		}
		if (system.Export == nil) != (system.NoExport != "") || (system.Export == nil) != (system.Setenv == nil) {
			t.Errorf("%s neither exports nor says why", system.ID)
		}
		if system.Export == nil && !strings.Contains(system.NoExport, "frogmint exec") {
			t.Errorf("%s doesn't name frogmint exec: %q", system.ID, system.NoExport)
		}
		if system.ID == "generic" {
			continue
		}
		if _, err := os.Stat(filepath.Join("testdata", system.ID, "want.txt")); err != nil {
			t.Errorf("%s has no golden folder: %v", system.ID, err)
		}
		if system.Detect(lookup(nil)) {
			t.Errorf("%s is detected in an empty environment", system.ID)
		}
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"nothing", nil, "generic"},
		{"any CI", map[string]string{"CI": "true"}, "generic"},
		{"a GitHub runner in Jenkins", map[string]string{"GITHUB_ACTIONS": "true", "JENKINS_URL": "u", "BUILD_ID": "1"}, "github"},
		{"a GitHub runner in CodeBuild", map[string]string{"GITHUB_ACTIONS": "true", "CODEBUILD_BUILD_ARN": "a"}, "github"},
		{"a container that got the request variables only",
			map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}, "github"},
		{"half of the request variables", map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "u"}, "generic"},
		{"Forgejo passes for Gitea and GitHub",
			map[string]string{"FORGEJO_ACTIONS": "true", "GITEA_ACTIONS": "true", "GITHUB_ACTIONS": "true"}, "forgejo"},
		{"Gitea passes for GitHub", map[string]string{"GITEA_ACTIONS": "true", "GITHUB_ACTIONS": "true"}, "gitea"},
		{"GitHub said no", map[string]string{"GITHUB_ACTIONS": "false"}, "generic"},
		{"Harness passes for Drone", map[string]string{"HARNESS_BUILD_ID": "1", "DRONE": "true"}, "harness"},
		{"Drone", map[string]string{"DRONE": "true"}, "drone"},
		{"Woodpecker has GitLab's names", map[string]string{"CI": "woodpecker", "CI_PIPELINE_ID": "1"}, "woodpecker"},
		{"Azure by its token's source", map[string]string{"SYSTEM_OIDCREQUESTURI": "u", "SYSTEM_ACCESSTOKEN": "t"}, "azure"},
		{"Azure's other spelling", map[string]string{"TF_BUILD": "true"}, "azure"},
		{"Buildkite in a container", map[string]string{"BUILDKITE_AGENT_ACCESS_TOKEN": "t", "BUILDKITE_JOB_ID": "j"}, "buildkite"},
		{"CircleCI by its token", map[string]string{"CIRCLE_OIDC_TOKEN": "t"}, "circleci"},
		{"Bitbucket by its token", map[string]string{"BITBUCKET_STEP_OIDC_TOKEN": "t"}, "bitbucket"},
		{"Semaphore by its token", map[string]string{"SEMAPHORE_OIDC_TOKEN": "t"}, "semaphore"},
		{"Jenkins without its address", map[string]string{"JENKINS_HOME": "/h", "BUILD_TAG": "jenkins-app-1"}, "jenkins"},
		{"a job that talks to a Jenkins", map[string]string{"JENKINS_URL": "https://jenkins.example"}, "generic"},
		{"a pod without a token", map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "generic"},
		{"a name beats what is seen", map[string]string{"FROGMINT_CI": "gitlab", "GITHUB_ACTIONS": "true"}, "gitlab"},
		{"none, by name", map[string]string{"FROGMINT_CI": "generic", "GITHUB_ACTIONS": "true"}, "generic"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			system, err := ci.Detect(lookup(test.env))
			must(t, err)
			if system.ID != test.want {
				t.Errorf("detected %q, want %q", system.ID, test.want)
			}
		})
	}
}

func TestDetect_UnknownNameIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"GitHub Actions", "hudson", "github ", "::error::x"} {
		system, err := ci.Detect(lookup(map[string]string{"FROGMINT_CI": name, "GITHUB_ACTIONS": "true"}))
		var problem *ci.ProblemError
		if !errors.As(err, &problem) || system.ID != "" {
			t.Fatalf("%q: got system %q, error %v", name, system.ID, err)
		}
		if strings.Contains(err.Error(), "::") {
			t.Errorf("the error is a command: %v", err)
		}
		for _, known := range append(ci.Systems(), ci.Generic()) {
			if !strings.Contains(problem.Hint(), known.ID) {
				t.Errorf("the hint doesn't name %s: %s", known.ID, problem.Hint())
			}
		}
	}
}

// TestExport_RefusesValuesThatAreCommands gives each CI values that would be a second variable, or a command, to whoever reads them.
func TestExport_RefusesValuesThatAreCommands(t *testing.T) {
	t.Parallel()
	for _, system := range ci.Systems() {
		if system.Export == nil {
			continue
		}
		t.Run(system.ID, func(t *testing.T) {
			t.Parallel()
			for _, bad := range []ci.Output{
				{Name: "url", Value: "x\nACCESS=1"}, {Name: "url", Value: "x\r"}, {Name: "url", Value: "x\x00"},
				{Name: "url=1;isoutput", Value: "x"}, {Name: "u rl", Value: "x"}, {Name: "url\n", Value: "x"}, {Name: "ürl", Value: "x"},
			} {
				w := newWorld(t, readEnv(t, filepath.Join("testdata", system.ID, "env")))
				if system.Export(w.host, []ci.Output{{Name: "token-id", Value: "good"}, bad}) == nil {
					t.Errorf("exported %q=%q", bad.Name, bad.Value)
				}
				if system.Setenv(w.host, []ci.Output{{Name: "JF_USER", Value: "good"}, bad}) == nil {
					t.Errorf("set %q=%q", bad.Name, bad.Value)
				}
				if written := w.out.String() + w.files(t) + w.requests(); strings.Contains(written, "good") {
					t.Errorf("wrote a part before it refused %q=%q:\n%s", bad.Name, bad.Value, written)
				}
			}
			for _, name := range []string{"", "1JF"} {
				w := newWorld(t, readEnv(t, filepath.Join("testdata", system.ID, "env")))
				if system.Setenv(w.host, []ci.Output{{Name: name, Value: "x"}}) == nil {
					t.Errorf("set a variable named %q", name)
				}
			}
		})
	}
}

// Where a CI has no place for a summary there is none, and where it has one that can't be written it is an error.
func TestSummary_NeedsAPlace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		system   ci.System
		variable string
	}{{ci.Azure(), "AGENT_TEMPDIRECTORY"}, {ci.GitHub(), "GITHUB_STEP_SUMMARY"}} {
		w := plainWorld(t, nil)
		must(t, test.system.Summary(w.host, "### page\n"))
		if w.out.Len() > 0 {
			t.Errorf("%s: without a place it prints %q", test.system.ID, w.out)
		}
		w = plainWorld(t, map[string]string{test.variable: "{dir}/none/none"})
		if err := test.system.Summary(w.host, "### page\n"); err == nil || w.out.Len() > 0 {
			t.Errorf("%s: %v, printed %q", test.system.ID, err, w.out)
		}
	}
	for _, missing := range []string{"BUILDKITE_AGENT_ACCESS_TOKEN", "BUILDKITE_JOB_ID"} {
		must(t, ci.Buildkite().Summary(buildkiteWorld(t, map[string]string{missing: ""}).host, "x"))
	}
	for name, value := range map[string]string{"BUILDKITE_AGENT_ACCESS_TOKEN": "wrong", "BUILDKITE_AGENT_ENDPOINT": "no URL"} {
		if err := ci.Buildkite().Summary(buildkiteWorld(t, map[string]string{name: value}).host, "x"); err == nil || hint(err) == "" {
			t.Errorf("with %s=%s: %v", name, value, err)
		}
	}
}

// A file is private from the first byte on, also where somebody else's was there before, and is none where it can't be.
func TestSetenv_CircleCIKeepsItsFilePrivate(t *testing.T) {
	t.Parallel()
	w := circleCIWorld(t, nil)
	must(t, os.WriteFile(w.env["BASH_ENV"], nil, 0o666)) //nolint:gosec // as an earlier step may leave it
	must(t, ci.CircleCI().Setenv(w.host, []ci.Output{{Name: "A", Value: "b"}}))
	if text := w.read(t, "bash_env", 0o600); strings.HasPrefix(text, "\n") || !strings.HasSuffix(text, "\n") || strings.Contains(text, "\n\n") {
		t.Errorf("got %q", text)
	}
	for name, path := range map[string]string{"no directory": filepath.Join(w.dir, "none", "file"), "a directory": w.dir, "below a file": filepath.Join(w.env["BASH_ENV"], "x")} {
		w := circleCIWorld(t, map[string]string{"BASH_ENV": path})
		if err := ci.CircleCI().Setenv(w.host, []ci.Output{{Name: "A", Value: "b"}}); err == nil || !strings.Contains(err.Error(), "writing to $BASH_ENV: ") {
			t.Errorf("%s: got %v", name, err)
		}
		if err := ci.CircleCI().Check(w.host, ci.Uses{Export: true}); err == nil {
			t.Errorf("%s: the check says nothing", name)
		}
	}
}
