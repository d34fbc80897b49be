package cli_test

import (
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestRunnersWithoutPostStage are told at once that nothing will revoke the token, in the runner's own form, and nothing else
// is promised.
func TestRunnersWithoutPostStage(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	for name, test := range map[string]struct {
		env    map[string]string
		inputs map[string]string
		warns  bool
	}{
		"GitHub":           {nil, nil, false},
		"Forgejo":          {map[string]string{"FORGEJO_ACTIONS": "true", "GITEA_ACTIONS": "true"}, nil, true},
		"an old Gitea":     {map[string]string{"GITEA_ACTIONS": "true", "GITEA_ACTIONS_RUNNER_VERSION": "v1.0.6"}, nil, true},
		"a new Gitea":      {map[string]string{"GITEA_ACTIONS": "true", "GITEA_ACTIONS_RUNNER_VERSION": "v2.3.0"}, nil, false},
		"Forgejo, to keep": {map[string]string{"FORGEJO_ACTIONS": "true"}, map[string]string{"revoke": "false"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs := map[string]string{"access-token": box.AdminToken, "groups": "readers"}
			for input, value := range test.inputs {
				inputs[input] = value
			}
			r := newRunner(t, box, inputs)
			for variable, value := range test.env {
				r.env[variable] = value
			}
			status, log := r.main()
			if status != 0 || strings.Contains(log, "::warning::the token may not be revoked when the job ends: ") != test.warns {
				t.Errorf("exit status %d:\n%s", status, log)
			}
			promised := test.inputs == nil && !test.warns
			if page := r.content("STEP_SUMMARY"); strings.Contains(log, "which revokes it") != promised || strings.Contains(page, "the post step") != promised {
				t.Errorf("promises a revocation, want %t:\n%s\n%s", promised, log, page)
			}
		})
	}
}

func TestWrongNameOfACI(t *testing.T) {
	t.Parallel()
	r := newRunner(t, sandboxtest.Start(t), nil)
	r.env["FROGMINT_CI"] = "hudson"
	for _, args := range [][]string{{"frogmint", "mint"}, {"frogmint", "mint", "--format", "token"}, {"frogmint", "exec", "--", "true"}} {
		status, log := r.run(t.Context(), r.env, args...)
		if status != 2 && status != 125 || !strings.Contains(log, `FROGMINT_CI: unknown CI "hudson"`) || !strings.Contains(log, "jenkins") {
			t.Errorf("%q: exit status %d:\n%s", args, status, log)
		}
	}
}

// GitHub builds the action from a tag, and the build doesn't know which. A step of the command isn't that action.
func TestMainStep_NamesTheActionsTag(t *testing.T) {
	t.Parallel()
	r := newRunner(t, sandboxtest.Start(t), map[string]string{"oidc-provider-name": "github-user"})
	r.env["GITHUB_ACTION_REF"] = "v1.2.3"
	if status, log := r.main(); status != 0 || !strings.Contains(log, ", action at v1.2.3, in GitHub Actions, for http") {
		t.Errorf("exit status %d:\n%s", status, log)
	}
	r.env["FROGMINT_URL"], r.env["FROGMINT_OIDC_PROVIDER_NAME"] = r.sandbox.URL, "github-user"
	if status, log := r.run(t.Context(), r.env, "frogmint", "mint"); status != 0 || strings.Contains(log, "v1.2.3") {
		t.Errorf("exit status %d:\n%s", status, log)
	}
}
