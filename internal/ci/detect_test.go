package ci_test

import (
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
)

// TestDetect_MasksOnlyWhereTheyAreRead: a mask that nobody reads prints the secret in clear, in a terminal for instance.
func TestDetect_MasksOnlyWhereTheyAreRead(t *testing.T) {
	t.Parallel()
	actions := map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
	azure := map[string]string{"SYSTEM_OIDCREQUESTURI": "u", "SYSTEM_ACCESSTOKEN": "t"}
	buildkite := map[string]string{"BUILDKITE_AGENT_ACCESS_TOKEN": "t", "BUILDKITE_JOB_ID": "j"}
	for _, test := range []struct {
		system string
		env    map[string]string
		more   map[string]string
		want   bool
	}{
		{"github", actions, nil, false},
		{"github", actions, map[string]string{"GITHUB_ACTIONS": "true"}, true},
		{"github", actions, map[string]string{"FROGMINT_CI": "github"}, true},
		{"forgejo", actions, map[string]string{"FORGEJO_ACTIONS": "true"}, true},
		{"gitea", actions, map[string]string{"GITEA_ACTIONS": "true"}, true},
		{"azure", azure, nil, false},
		{"azure", azure, map[string]string{"TF_BUILD": "True"}, true},
		{"buildkite", buildkite, nil, false},
		{"buildkite", buildkite, map[string]string{"BUILDKITE_AGENT_JOB_API_SOCKET": "s"}, false},
		{"buildkite", buildkite, map[string]string{"BUILDKITE_AGENT_JOB_API_SOCKET": "s", "BUILDKITE_AGENT_JOB_API_TOKEN": "t"}, true},
		{"gitlab", nil, map[string]string{"GITLAB_CI": "true"}, false},
		{"gitlab", nil, map[string]string{"FROGMINT_CI": "gitlab"}, false},
		{"gitlab", nil, map[string]string{"GITLAB_CI": "true", "FROGMINT_GITLAB_PROXY_EXEC": "true"}, true},
		{"circleci", nil, map[string]string{"CIRCLECI": "true"}, false},
		{"travis", nil, map[string]string{"TRAVIS": "true"}, false},
		{"generic", nil, nil, false},
	} {
		env := map[string]string{}
		for _, some := range []map[string]string{test.env, test.more} {
			for name, value := range some {
				env[name] = value
			}
		}
		system, err := ci.Detect(lookup(env))
		must(t, err)
		if system.ID != test.system || (system.Mask != nil) != test.want {
			t.Errorf("%v: %s, masks: %v", env, system.ID, system.Mask != nil)
		}
	}
}

// TestCheck_AzurePrintsNoVariablesInATerminal: what it would print holds the token.
func TestCheck_AzurePrintsNoVariablesInATerminal(t *testing.T) {
	t.Parallel()
	for build, want := range map[string]bool{"": false, "True": true} {
		w := azureWorld(t, map[string]string{"TF_BUILD": build})
		for _, uses := range []ci.Uses{{Export: true}, {Setenv: true}} {
			if err := ci.Azure().Check(w.host, uses); (err == nil) != want || err != nil && hint(err) == "" {
				t.Errorf("TF_BUILD=%s: %v", build, err)
			}
		}
		must(t, ci.Azure().Check(w.host, ci.Uses{}))
	}
}

// TestDetectActions: the action's own steps always mask, whatever a step before set.
func TestDetectActions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		want string
		env  map[string]string
	}{
		{"github", map[string]string{"GITHUB_ACTIONS": "false", "FROGMINT_CI": "generic", "GITLAB_CI": "true"}},
		{"github", map[string]string{"GITHUB_SERVER_URL": "https://github.com", "FORGEJO_ACTIONS": "true", "GITEA_ACTIONS": "true"}},
		{"forgejo", map[string]string{"GITHUB_SERVER_URL": "https://code.example", "FORGEJO_ACTIONS": "true", "GITEA_ACTIONS": "true", "FROGMINT_CI": "gitlab"}},
		{"gitea", map[string]string{"GITEA_ACTIONS": "true", "GITHUB_ACTIONS": "true", "FROGMINT_CI": "hudson"}},
	} {
		system := ci.DetectActions(lookup(test.env))
		if system.ID != test.want || system.Mask == nil || system.Save == nil || system.Export == nil || system.PostUnreliable == nil {
			t.Errorf("got %s for %v", system.ID, test.env)
		}
	}
}

// TestJob_Names reads the names that take more than one variable.
func TestJob_Names(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		system ci.System
		env    map[string]string
		want   ci.Job
	}{
		{ci.Generic(), map[string]string{"CI": "true"}, ci.Job{}},
		{ci.TeamCity(), map[string]string{"BUILD_NUMBER": "7"}, ci.Job{System: "teamcity", Run: "7"}},
		{ci.TeamCity(), map[string]string{"BUILD_NUMBER": "7", "TEAMCITY_BUILDCONF_NAME": "Deploy", "TEAMCITY_PROJECT_NAME": "Acme & Sons"},
			ci.Job{System: "teamcity", Repository: "Acme & Sons", Run: "Deploy/7", Name: "Deploy"}},
		{ci.CircleCI(), map[string]string{"CIRCLE_PROJECT_USERNAME": "acme", "CIRCLE_PROJECT_ID": "id"}, ci.Job{System: "circleci", Repository: "id"}},
		{ci.Drone(), map[string]string{"DRONE_STEP_NAME": "deploy"}, ci.Job{System: "drone"}},
		{ci.Drone(), map[string]string{"DRONE_STAGE_NAME": "build"}, ci.Job{System: "drone", Name: "build"}},
		{ci.Travis(), map[string]string{"TRAVIS_TAG": "v1", "TRAVIS_BRANCH": "main"}, ci.Job{System: "travis", Branch: "v1"}},
		{ci.Buildkite(), map[string]string{"BUILDKITE_REPO": "https://bot:hunter22@git.acme.example/x.git"},
			ci.Job{System: "buildkite", Repository: "https://git.acme.example/x.git"}},
	} {
		if got := test.system.Job(lookup(test.env)); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.system.ID, got, test.want)
		}
	}
}
