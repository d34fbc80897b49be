package cli_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// A secret's flag is read from standard input where it is "-", once and without the line's end; one in the arguments is
// warned of, and nothing else is.
func TestSecretFlag_ReadsStandardInput(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	const warning = "every process of this machine can read the value of --"
	for name, test := range map[string]struct {
		flags   []string
		stdin   io.Reader
		status  int
		says    string
		warning string // the flag that is warned of
	}{
		"a token":            {[]string{"--access-token", "-"}, strings.NewReader(box.AdminToken + "\r\n"), 0, "minted token", ""},
		"a password":         {[]string{"--user", box.User, "--password", "-", "--api", "legacy", "--username", "minted"}, strings.NewReader(box.Password + "\n"), 0, "minted token", ""},
		"in the arguments":   {[]string{"--access-token", box.AdminToken}, strings.NewReader("x"), 0, "minted token", "access-token"},
		"both":               {[]string{"--access-token", "-", "--password", "-"}, strings.NewReader("x"), 2, "--access-token and --password both read standard input", ""},
		"one of two":         {[]string{"--access-token", "-", "--password", "secret"}, strings.NewReader("x"), 2, "--password is set too", "password"},
		"nothing to read":    {[]string{"--access-token", "-"}, strings.NewReader(""), 2, "error: ", ""},
		"unreadable":         {[]string{"--access-token", "-"}, iotest.ErrReader(errors.New("torn")), 2, "reading --access-token from standard input: ", ""},
		"longer than tokens": {[]string{"--access-token", "-"}, strings.NewReader(strings.Repeat("x", 100_000)), 2, "reading --access-token from standard input: ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, box, nil)
			command := r.command(map[string]string{"JF_URL": box.URL})
			command.Stdin = test.stdin
			args := append([]string{"frogmint", "mint", "--format", "env", "--groups", "CI"}, test.flags...)
			status, log := command.Main(t.Context(), args), r.log()
			if status != test.status || !strings.Contains(log, test.says) {
				t.Errorf("exit status %d:\n%s", status, log)
			}
			if want := warning + test.warning + ":"; strings.Contains(log, warning) != (test.warning != "") || test.warning != "" && !strings.Contains(log, want) {
				t.Errorf("the warning in:\n%s", log)
			}
		})
	}
}
