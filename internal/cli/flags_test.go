package cli_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestMisuseRepeatsNoValue: what a command line holds is no command to the runner, and the value of a flag may be a secret.
func TestMisuseRepeatsNoValue(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	tests := map[string]struct {
		args []string
		want string
	}{
		"three dashes":              {[]string{"mint", "---access-token=hunter2hunter2"}, "bad flag syntax: ---access-token"},
		"no name":                   {[]string{"mint", "--=hunter2hunter2"}, "bad flag syntax: --"},
		"unknown flag":              {[]string{"mint", "--acess-token=hunter2hunter2"}, "flag provided but not defined: -acess-token"},
		"no argument":               {[]string{"mint", "--access-token"}, "flag needs an argument: -access-token"},
		"boolean flag with a value": {[]string{"exec", "--scrub-id-token=hunter2hunter2", "--", "true"}, "invalid boolean value for -scrub-id-token: parse error"},
		"boolean flag with a quote": {[]string{"exec", `--scrub-id-token=" for -hunter2hunter2`, "--", "true"}, "invalid boolean value for -scrub-id-token: parse error"},
		"sweep":                     {[]string{"sweep", "--run=hunter2hunter2"}, "invalid boolean value for -run: parse error"},
		"command in a name":         {[]string{"revoke", "--x\n::set-env name=PATH::evil"}, "flag provided but not defined: -x : :set-env name"},
		"separator in a name":       {[]string{"exec", "--\u2028##[add-path]x", "--", "true"}, "flag provided but not defined: - # #[add-path]x"},
		"long name":                 {[]string{"doctor", "--" + strings.Repeat("x", 5000)}, "flag provided but not defined: -xxx"},
		"command in a format":       {[]string{"mint", "--format", "##[add-path]x"}, `--format "# #[add-path]x" is none of`},
		"command as a subcommand":   {[]string{"##[add-path]x\n::set-env name=PATH::evil"}, `unknown command "# #[add-path]x : :set-env name=PATH: :evil"`},
		"separator in an argument":  {[]string{"exec", "--env", "A\u2028##[add-path]x=access-token", "--", "true"}, "--env takes NAME=TEMPLATE"},
	}
	line := regexp.MustCompile(`^frogmint: (error|hint): `)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, box, nil)
			status, log := r.run(t.Context(), r.env, append([]string{"frogmint"}, test.args...)...)
			if status != 2 || !strings.HasPrefix(log, "frogmint: error: "+test.want) || strings.Contains(log, "hunter2") || strings.Contains(log, "##") || len(log) > 500 {
				t.Errorf("exit status %d, %q", status, log)
			}
			command := "frogmint " + test.args[0]
			if strings.HasPrefix(test.args[0], "#") {
				command = "frogmint help"
			}
			if !strings.Contains(log, "\nfrogmint: hint: run "+command) {
				t.Errorf("which page is meant? %q", log)
			}
			for one := range strings.Lines(log) {
				if !line.MatchString(one) {
					t.Errorf("a line of its own: %q", one)
				}
			}
		})
	}
}
