package cli_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// variablesOf runs exec with the entries in its environment, and returns the variables of the command and the log.
func variablesOf(t *testing.T, box *sandboxtest.Sandbox, environ []string, flags ...string) (env map[string]string, log string) {
	t.Helper()
	stderr, stdout := new(bytes.Buffer), new(bytes.Buffer)
	c, _ := execCommand(t, box, stderr)
	given := c.Environ()
	c.Environ = func() []string { return append(given, environ...) }
	c.Stdout = stdout
	args := append(append([]string{"frogmint", "exec", "--groups", "CI"}, flags...), "--", "env")
	if status := c.Main(t.Context(), args); status != 0 {
		t.Errorf("exit status %d\n%s", status, stderr)
	}
	env = map[string]string{}
	for line := range strings.Lines(stdout.String()) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if _, twice := env[name]; twice {
			t.Errorf("%s is set twice", name)
		}
		env[name] = value
	}
	return env, stderr.String()
}

// The command gets the job's token under every name it was asked for, and the creator's credentials under none.
func TestExec_HandsOnTheJobsTokenOnly(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	given := []string{
		"KEPT=1", "REPLACED=old", "JF_USER=old", "B_TOKEN=" + box.AdminToken, "A_TOKEN=Bearer " + box.AdminToken, "JF_ACCESS_TOKEN=" + box.AdminToken, "FROGMINT_USER=admin",
		"FROGMINT_ACCESS_TOKEN=other", "INPUT_ACCESS-TOKEN=other", "JF_PASSWORD=other", "JFROG_CLI_ENCRYPTION_KEY=key", "SYSTEM_ACCESSTOKEN=id", "MINE=id",
	}
	env, log := variablesOf(t, box, given, "--env", "REPLACED=Bearer {access-token}", "--env", "WHO=username", "--env", "ID=token-id", "--env", "JF_URL={url}/x")
	token := env["JF_ACCESS_TOKEN"]
	for name, want := range map[string]string{
		"KEPT": "1", "REPLACED": "Bearer " + token, "WHO": "admin", "JF_USER": "admin", "JF_URL": box.URL + "/x", "FROGMINT_EXEC": "1", "SYSTEM_ACCESSTOKEN": "id", "MINE": "id",
		"A_TOKEN": "", "B_TOKEN": "", "FROGMINT_USER": "", "FROGMINT_ACCESS_TOKEN": "", "INPUT_ACCESS-TOKEN": "", "JF_PASSWORD": "", "JFROG_CLI_ENCRYPTION_KEY": "",
	} {
		if env[name] != want {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
	if token == "" || token == box.AdminToken || env["ID"] == "" || env["JFROG_CLI_HOME_DIR"] == "" {
		t.Errorf("got %v", env)
	}
	if want := "not handed on to the command, since they hold the creator's credentials: A_TOKEN, B_TOKEN\n"; !strings.Contains(log, want) {
		t.Errorf("%q is missing in:\n%s", want, log)
	}
}

// The job's ID token stays behind where that was asked for.
func TestExec_KeepsBackTheIDToken(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	given := []string{"SYSTEM_ACCESSTOKEN=id", "MINE=id", "OTHER_ID_TOKEN=id", "KEPT=1", "=C:=C:\\dir"} // the last one as Windows has them
	env, log := variablesOf(t, box, given, "--scrub-id-token")
	if env[""] != `C:=C:\dir` {
		t.Errorf("a variable without a name is %q", env[""])
	}
	if got := env["SYSTEM_ACCESSTOKEN"] + env["MINE"] + env["OTHER_ID_TOKEN"] + env["KEPT"]; got != "id1" || strings.Contains(log, "not handed on") {
		t.Errorf("got %q\n%s", got, log)
	}
}

// What can't be a command line of exec mints nothing, and is not repeated where it may be a secret.
func TestExec_RefusesCommandLines(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	const takes = "--env takes NAME=TEMPLATE"
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no command":             {[]string{"--"}, 2, "there is no command"},
		"nothing at all":         {nil, 2, "there is no command"},
		"an empty command":       {[]string{"--", ""}, 2, "there is no command"},
		"no dashes":              {[]string{"hunter2"}, 2, "the command stands after --"},
		"a word before":          {[]string{"--revoke", "hunter2", "--", "true"}, 2, "the command stands after --"},
		"a value is missing":     {[]string{"--groups", "--", "--", "true"}, 2, "--groups: its value is missing"},
		"env without a name":     {[]string{"--env", "=access-token", "--", "true"}, 2, takes},
		"env with a digit first": {[]string{"--env", "1A=access-token", "--", "true"}, 2, takes},
		"env with a dash":        {[]string{"--env", "A-B=access-token", "--", "true"}, 2, takes},
		"env beyond Z":           {[]string{"--env", "A[=access-token", "--", "true"}, 2, takes},
		"env beyond z":           {[]string{"--env", "A{=access-token", "--", "true"}, 2, takes},
		"env twice":              {[]string{"--env", "A=username", "--env", "A=url", "--", "true"}, 2, "--env A: it is given twice"},
		"env that is ours":       {[]string{"--env", "FROGMINT_EXEC=username", "--", "true"}, 2, "frogmint sets it itself"},
		"env with a value":       {[]string{"--env", "A=hunter2", "--", "true"}, 2, "--env A: it takes the name of an output"},
		"env of what isn't":      {[]string{"--env", "A=reference-token", "--", "true"}, 2, "there will be no reference-token"},
		"env of what isn't, too": {[]string{"--env", "A=x{refresh-token}", "--", "true"}, 2, "there will be no refresh-token"},
		"the first of two":       {[]string{"--env", "1=x", "--env", "A=hunter2", "--", "true"}, 2, takes},
		"the creator's token":    {[]string{"--", "echo", "x", box.AdminToken}, 2, "word 3 of the command: it holds the creator's credentials"},
		"the same, in a literal": {[]string{"--env", "A={url}" + box.AdminToken, "--", "true"}, 2, "--env A: it holds the creator's credentials"},
		"no such program":        {[]string{"--", "no-such-program-anywhere"}, 127, "no-such-program-anywhere"},
		"a token file nowhere":   {[]string{"--token-file", "/none/none/token", "--", "true"}, 2, "--token-file: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stderr := new(bytes.Buffer)
			c, _ := execCommand(t, box, stderr)
			status := c.Main(t.Context(), append([]string{"frogmint", "exec"}, test.args...))
			if status != test.status || !strings.Contains(stderr.String(), test.want) || strings.Contains(stderr.String(), "hunter2") || strings.Contains(stderr.String(), box.AdminToken) {
				t.Errorf("exit status %d\n%s", status, stderr)
			}
		})
	}
	if tokens := box.Server.LiveTokens(); len(tokens) > 0 {
		t.Errorf("alive: %+v", tokens)
	}
}

// Names of variables have all their letters, digits and the underscore.
func TestExec_TakesEveryNameOfAVariable(t *testing.T) {
	t.Parallel()
	env, _ := variablesOf(t, sandboxtest.Start(t), nil, "--env", "AZaz_09=username", "--env", "_=username", "--env", "z=username")
	if env["AZaz_09"] != "admin" || env["z"] != "admin" {
		t.Errorf("got %v", env)
	}
}

// What a client of --login reads is not replaced unseen: it would be logged in as somebody else, or not at all.
func TestExec_RefusesToReplaceWhatALoginSets(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]string{
		"TWINE_PASSWORD": "twine", "DOCKER_CONFIG": "docker", "JFROG_CLI_HOME_DIR": "jf", "FROGMINT_SOCKET": "docker", "PATH": "docker", "NETRC": "curl",
	} {
		box, stderr := sandboxtest.Start(t), new(bytes.Buffer)
		c, _ := execCommand(t, box, stderr)
		c.Executable = "/usr/bin/frogmint"
		status := c.Main(t.Context(), []string{"frogmint", "exec", "--groups", "CI", "--login", "twine=pypi-local, docker, curl", "--env", name + "=username", "--", "true"})
		want := "error: --env " + name + ": frogmint sets this variable itself, for " + client + "\nfrogmint: hint: leave that --env out\n"
		if runtime.GOOS == "windows" && (name == "PATH" || name == "FROGMINT_SOCKET") { // there are no helpers
			continue
		}
		if status != 2 || !strings.Contains(stderr.String(), want) || len(box.Server.Requests()) > 0 {
			t.Errorf("%s: exit status %d\n%s", name, status, stderr)
		}
	}
}
