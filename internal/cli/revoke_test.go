package cli_test

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// A token is revoked from each place where it may be, and only one of them is read.
func TestRevoke_ReadsTheTokenFromOnePlace(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	dir := t.TempDir()
	for name, test := range map[string]struct {
		args   []string
		stdin  string
		status int
		want   string
	}{
		"standard input":        {nil, " TOKEN\r\n", 0, ": revoked"},
		"the same, as -":        {[]string{"-"}, "TOKEN", 0, ": revoked"},
		"a variable":            {[]string{"--token-env", "THE_TOKEN"}, "x", 0, ": revoked"},
		"a file":                {[]string{"--token-file", "FILE"}, "x", 0, ": revoked"},
		"two places":            {[]string{"--token-env", "THE_TOKEN", "--token-file", "FILE"}, "", 2, "one token is revoked at a time"},
		"an argument":           {[]string{"TOKEN"}, "", 2, "no argument is expected but -"},
		"two arguments":         {[]string{"-", "-"}, "", 2, "no argument is expected but -"},
		"- beside a variable":   {[]string{"--token-env", "THE_TOKEN", "-"}, "", 2, "no argument is expected but -"},
		"- beside a file":       {[]string{"--token-file", "FILE", "-"}, "", 2, "no argument is expected but -"},
		"nothing to read":       {nil, " \n", 2, "standard input: there is no token"},
		"an unset variable":     {[]string{"--token-env", "NONE"}, "TOKEN", 2, "--token-env NONE: there is no token"},
		"a token as a variable": {[]string{"--token-env", "TOKEN"}, "", 2, "--token-env NAME: there is no token"},
		"an empty file":         {[]string{"--token-file", "EMPTY"}, "TOKEN", 2, "--token-file: there is no token"},
		"no file":               {[]string{"--token-file", "FILEx"}, "TOKEN", 2, "--token-file: no such file"},
		"a token as a file":     {[]string{"--token-file", "TOKEN"}, "", 2, "--token-file: "},
		"too long":              {nil, "TOKEN" + strings.Repeat("x", 100_000), 2, "standard input: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, box, nil)
			status, token := r.run(t.Context(), map[string]string{"JF_URL": box.URL, "JF_ACCESS_TOKEN": box.AdminToken}, "frogmint", "mint", "--groups", "CI", "--format", "token")
			if status != 0 {
				t.Fatalf("exit status %d: %s", status, token)
			}
			// The log is in front of what is printed, in this runner.
			token = strings.TrimSpace(token[strings.LastIndex(strings.TrimSpace(token), "\n")+1:])
			file := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			empty := filepath.Join(dir, "empty"+strings.ReplaceAll(name, " ", "-"))
			if err := os.WriteFile(empty, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			fill := strings.NewReplacer("THE_TOKEN", "THE_TOKEN", "TOKEN", token, "FILE", file, "EMPTY", empty)
			args := []string{"frogmint", "revoke"}
			for _, arg := range test.args {
				args = append(args, fill.Replace(arg))
			}
			r.stdout.Reset()
			command := r.command(map[string]string{"JF_URL": box.URL, "THE_TOKEN": token})
			command.Stdin = strings.NewReader(fill.Replace(test.stdin))
			status, log := command.Main(t.Context(), args), r.log()
			if status != test.status || !strings.Contains(log, test.want) || strings.Contains(log, token) {
				t.Errorf("exit status %d\n%s", status, log)
			}
			want := http.StatusOK
			if test.status == 0 {
				want = http.StatusUnauthorized
			}
			if got := r.use(token, http.MethodGet, "/access/api/v1/tokens/me"); got != want {
				t.Errorf("the token gives %d", got)
			}
		})
	}
}

// Whether a token that lives on is a failure is for the caller to say; here it is one by default.
func TestRevoke_FailsWhereTheTokenLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := sandboxtest.StartInBubble(t)
		for flag, want := range map[string]int{"": 3, "--on-revoke-failure=fail": 3, "--on-revoke-failure=warn": 0} {
			r := newRunner(t, box, nil)
			command := r.command(map[string]string{"JF_URL": box.URL, "JF_PROXY": ""})
			command.Stdin = strings.NewReader(base64.StdEncoding.EncodeToString([]byte("reftkn:01:1999999999:" + strings.Repeat("x", 28))))
			args := []string{"frogmint", "revoke"}
			if flag != "" {
				args = append(args, flag)
			}
			if status, log := command.Main(t.Context(), args), r.log(); status != want || !strings.Contains(log, "token without an id: ") {
				t.Errorf("%s: exit status %d\n%s", flag, status, log)
			}
		}
	})
}
