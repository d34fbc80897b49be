package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// ended is how one run of exec ended.
type ended struct {
	status      int
	stdout, log string
	alive       int
}

// endOf runs exec with a shell command in a sandbox of its own.
func endOf(t *testing.T, fault string, env map[string]string, command string, flags ...string) ended {
	t.Helper()
	box := sandboxtest.Start(t)
	if fault != "" {
		parsed, err := sandbox.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		box.Server.SetFaults(parsed)
	}
	stderr, stdout := new(bytes.Buffer), new(bytes.Buffer)
	c, _ := execCommand(t, box, stderr)
	lookup := c.LookupEnv
	c.LookupEnv = func(name string) (string, bool) {
		if value, ok := env[name]; ok {
			return value, true
		}
		return lookup(name)
	}
	c.Stdout = stdout
	args := append(append([]string{"frogmint", "exec", "--groups", "CI"}, flags...), "--", "sh", "-c", command)
	return ended{c.Main(t.Context(), args), stdout.String(), stderr.String(), len(box.Server.LiveTokens())}
}

// The command's own status counts; what becomes of the token changes it only where that was asked for.
func TestExec_EndsWithTheCommandsStatus(t *testing.T) {
	t.Parallel()
	const refused = "page=403@revoke"
	for name, test := range map[string]struct {
		fault, command string
		flags          []string
		status, alive  int
		says           string
	}{
		"it works":                    {"", "exit 0", nil, 0, 0, ": revoked"},
		"it fails":                    {"", "exit 7", nil, 7, 0, ": revoked"},
		"it is killed":                {"", "kill -KILL $$", nil, 137, 0, ": revoked"},
		"the token lives on":          {refused, "exit 0", nil, 0, 1, "STILL ALIVE"},
		"the same, to fail":           {refused, "exit 0", []string{"--on-revoke-failure=fail"}, 3, 1, "STILL ALIVE"},
		"the same, it fails":          {refused, "exit 7", []string{"--on-revoke-failure=fail"}, 7, 1, "STILL ALIVE"},
		"the token is to live on":     {"", "exit 0", []string{"--revoke=false"}, 0, 1, "is not revoked, since revoke is false: valid until"},
		"the token has expired":       {"", "sleep 2", []string{"--expiry=1s"}, 0, 0, "hint: set a longer --expiry"},
		"nothing is minted":           {"status=403@mint", "exit 0", nil, 1, 0, "error: "},
		"a token that never expires":  {"", "exit 0", []string{"--expiry=0"}, 0, 0, ": revoked"},
		"the same, with a token file": {"", "exit 0", []string{"--expiry=0", "--token-file=" + filepath.Join(t.TempDir(), "token")}, 0, 0, "the token never expires: it is not renewed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end := endOf(t, test.fault, nil, test.command, test.flags...)
			if end.status != test.status || end.alive != test.alive || !strings.Contains(end.log, test.says) {
				t.Errorf("exit status %d, %d alive\n%s", end.status, end.alive, end.log)
			}
		})
	}
}

// The token is in its file while the command runs, for its owner only, and is gone in the end.
func TestExec_KeepsTheTokenInAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	end := endOf(t, "", nil, `[ "$JF_ACCESS_TOKEN" = "$(cat "`+file+`")" ] && ls -l "`+file+`" | cut -c1-10`, "--token-file", file)
	if _, err := os.Lstat(file); end.status != 0 || end.stdout != "-rw-------\n" || !os.IsNotExist(err) {
		t.Errorf("exit status %d, %q, %v\n%s", end.status, end.stdout, err, end.log)
	}
}

// An output that this token doesn't have leaves its variable unset, with a word; the command runs.
func TestExec_WarnsOfAnOutputThatIsMissing(t *testing.T) {
	t.Parallel()
	end := endOf(t, "", nil, `echo "${END-unset} $WHO"`, "--expiry=0", "--env", "END=expires-at", "--env", "WHO=username")
	if end.status != 0 || end.stdout != "unset admin\n" || !strings.Contains(end.log, "variable END is not set: the token has no expires-at") {
		t.Errorf("exit status %d, %q\n%s", end.status, end.stdout, end.log)
	}
}

// What can't work is found while there is no token.
func TestExec_FailsBeforeThereIsAToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"exec below exec":          {map[string]string{"FROGMINT_EXEC": "1"}, "this runs below frogmint exec already"},
		"no place for jf":          {map[string]string{"RUNNER_TEMP": "/none/none"}, "JFROG_CLI_HOME_DIR: "},
		"a proxy that is none":     {map[string]string{"HTTP_PROXY": "http://u:p/w@host"}, "HTTP_PROXY: it is not the address of a proxy"},
		"a certificate that isn't": {map[string]string{"FROGMINT_CA_CERT": "x"}, "FROGMINT_CA_CERT: neither PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if end := endOf(t, "", test.env, "echo ran"); end.status != 2 || end.stdout != "" || end.alive != 0 || !strings.Contains(end.log, test.want) {
				t.Errorf("exit status %d, %q, %d alive\n%s", end.status, end.stdout, end.alive, end.log)
			}
		})
	}
}
