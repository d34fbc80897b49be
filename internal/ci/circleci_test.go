package ci_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/ci/citest"
	"github.com/frogmint/frogmint/internal/httpapi"
)

func circleCIWorld(t testing.TB, more map[string]string) *world {
	t.Helper()
	env := map[string]string{"CIRCLECI": "true", "BASH_ENV": "{dir}/bash_env", "CIRCLE_OIDC_TOKEN_V2": "two", "CIRCLE_OIDC_TOKEN": "one"}
	for name, value := range more {
		env[name] = value
	}
	return newWorld(t, env)
}

func TestCircleCI_BashReadsWhatWasExported(t *testing.T) {
	t.Parallel()
	w := circleCIWorld(t, nil)
	file := w.env["BASH_ENV"]
	system := ci.CircleCI()
	must(t, system.Check(w.host, ci.Uses{Export: true, Setenv: true}))
	must(t, os.WriteFile(file, []byte("export OWN=kept"), 0o666)) //nolint:gosec // no line break at the end, as people write them
	must(t, system.Export(w.host, outputs()))
	must(t, system.Setenv(w.host, variables()))
	parsed, err := citest.ParseExports(w.read(t, "bash_env", 0o600))
	must(t, err)
	for _, flags := range []string{"-eo pipefail", "-eux -o pipefail"} {
		t.Run("bash "+flags, func(t *testing.T) {
			t.Parallel()
			env, printed := citest.BashStep(t, flags, file)
			for _, got := range []map[string]string{env, parsed} {
				contains(t, got, asShellVariables(outputs()))
				contains(t, got, asMap(variables()))
				contains(t, got, map[string]string{"OWN": "kept"})
			}
			if strings.Contains(printed, secret().Reveal()) || strings.Contains(printed, "JF_ACCESS_TOKEN") {
				t.Errorf("the step's log shows it:\n%s", printed)
			}
		})
	}
	if _, err := os.Stat("pwned"); err == nil {
		t.Error("a value was run")
	}
}

func TestCircleCI_IDToken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, audience, script string
		env                    map[string]string
		want, wantErr          string
	}{
		{name: "the organization's", want: "two"},
		{name: "the first version", env: map[string]string{"CIRCLE_OIDC_TOKEN_V2": ""}, want: "one"},
		{name: "none", env: map[string]string{"CIRCLE_OIDC_TOKEN_V2": "", "CIRCLE_OIDC_TOKEN": ""}, wantErr: "not set"},
		{name: "an audience", audience: asked, script: circleCI, want: "id-token-for " + asked},
		{name: "an audience with quotes", audience: `a"b$(id)`, script: "#!/bin/sh\nprintf %s \"$5\"\n", want: `{"aud":"a\"b$(id)"}`},
		{name: "no command", audience: asked, wantErr: "not in PATH"},
		{name: "a refusal", audience: asked, script: "#!/bin/sh\nexit 3\n", wantErr: "exit status 3"},
		{name: "nothing printed", audience: asked, script: "#!/bin/sh\n", wantErr: "printed nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := circleCIWorld(t, test.env)
			if test.script != "" {
				w.script(t, "circleci", test.script)
			}
			token, err := ci.CircleCI().IDToken(t.Context(), w.host, test.audience)
			switch {
			case test.wantErr == "" && (err != nil || token.Reveal() != test.want):
				t.Errorf("got %q, error %v", token.Reveal(), err)
			case test.wantErr != "" && (err == nil || !token.IsZero() || !strings.Contains(err.Error(), test.wantErr)):
				t.Errorf("got error %v", err)
			}
			var problem *ci.ProblemError
			if missing := test.name == "no command"; missing && (!errors.As(err, &problem) || !strings.Contains(hint(err), "oidc-audience")) {
				t.Errorf("got %v, hint %q", err, hint(err))
			}
			if httpapi.IsTemporary(err) != (test.name == "a refusal") || err != nil && hint(err) == "" {
				t.Errorf("temporary %v, hint %q", httpapi.IsTemporary(err), hint(err))
			}
		})
	}
}
