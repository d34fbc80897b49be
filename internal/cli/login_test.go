package cli_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// loggingIn is a job whose user has a .npmrc, and a temporary folder of the runner's.
func loggingIn(t *testing.T, list string) (r *runner, temp string) {
	t.Helper()
	r = newRunner(t, sandboxtest.Start(t), map[string]string{"oidc-provider-name": "github-broker", "groups": "CI", "login": list})
	temp = t.TempDir()
	r.env["RUNNER_TEMP"] = temp
	if err := os.WriteFile(filepath.Join(r.env["HOME"], ".npmrc"), []byte("theirs=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return r, temp
}

// postIn runs the post step with the file for variables, which the runner gives to it as to every step.
func (r *runner) postIn(t *testing.T) (int, string) {
	t.Helper()
	return r.run(t.Context(), map[string]string{"STATE_frogmint": r.file("STATE")["frogmint"], "GITHUB_ENV": r.env["GITHUB_ENV"]}, "/frogmint-post")
}

func left(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestAction_LogsClientsInAndOut(t *testing.T) {
	t.Parallel()
	r, temp := loggingIn(t, "npm=npm-virtual, docker\ntwine=pypi-local")
	r.env["DOCKER_CONFIG"] = filepath.Join(r.env["HOME"], "docker")
	status, log := r.main()
	if status != 0 {
		t.Fatalf("exit status %d\n%s", status, log)
	}
	wants(t, log, "3 clients logged in as token-broker, by variables and files in "+temp)
	variables, token := r.file("ENV"), r.file("OUTPUT")["access-token"]
	basic := base64.StdEncoding.EncodeToString([]byte("token-broker:" + token))
	for name, part := range map[string]string{variables["NPM_CONFIG_USERCONFIG"]: "_authToken=" + token, filepath.Join(variables["DOCKER_CONFIG"], "config.json"): basic} {
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), part) || !strings.HasPrefix(name, temp) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if variables["TWINE_PASSWORD"] != token || variables["TWINE_USERNAME"] != "token-broker" {
		t.Errorf("twine has %q", variables["TWINE_USERNAME"])
	}
	if mask, use := strings.Index(log, "::add-mask::"+basic), strings.Index(log, "logged in"); mask < 0 || mask > use {
		t.Error("the basic form is masked too late, or never")
	}
	if strings.Contains(visibleLines(log), token) || strings.Contains(visibleLines(log), basic) {
		t.Errorf("a secret is in the log:\n%s", log)
	}

	status, log = r.postIn(t)
	if status != 0 || len(left(t, temp)) > 0 {
		t.Errorf("post: exit status %d, left %v", status, left(t, temp))
	}
	wants(t, log, "3 clients logged out; token "+r.file("OUTPUT")["token-id"]+": revoked; JFrog refuses it")
	after := r.file("ENV")
	want := map[string]string{"NPM_CONFIG_USERCONFIG": "", "YARN_ALWAYS_AUTH": "", "DOCKER_CONFIG": r.env["DOCKER_CONFIG"], "TWINE_USERNAME": "", "TWINE_PASSWORD": "", "TWINE_REPOSITORY_URL": ""}
	if !maps.Equal(after, want) {
		t.Errorf("later post steps have %v", after)
	}
	if text, err := os.ReadFile(filepath.Join(r.env["HOME"], ".npmrc")); err != nil || string(text) != "theirs=1\n" {
		t.Errorf("the user's own is %q, %v", text, err)
	}
}

// visibleLines is what the runner shows: commands to it are not.
func visibleLines(log string) string {
	var shown strings.Builder
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "::add-mask::") {
			shown.WriteString(line)
		}
	}
	return shown.String()
}

// A link in the place of the folder is not followed. The token is revoked all the same, and with it what was moved is worthless.
func TestAction_LogsOutWhateverStepsHaveDone(t *testing.T) {
	t.Parallel()
	precious := t.TempDir()
	if err := os.WriteFile(filepath.Join(precious, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(folder string) error{
		"a link": func(folder string) error {
			return errors.Join(os.Rename(folder, folder+"-moved"), os.Symlink(precious, folder))
		},
		"a link within": func(folder string) error { return os.Symlink(precious, filepath.Join(folder, "x")) },
		"a file":        func(folder string) error { return errors.Join(os.RemoveAll(folder), os.WriteFile(folder, nil, 0o600)) },
		"gone":          os.RemoveAll,
		"more":          func(folder string) error { return os.WriteFile(filepath.Join(folder, "cache"), nil, 0o400) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, temp := loggingIn(t, "npm")
			if status, log := r.main(); status != 0 {
				t.Fatalf("exit status %d\n%s", status, log)
			}
			folder := filepath.Join(temp, left(t, temp)[0])
			if err := change(folder); err != nil {
				t.Fatal(err)
			}
			status, log := r.postIn(t)
			if status != 0 || !strings.Contains(log, ": revoked; JFrog refuses it") {
				t.Errorf("exit status %d\n%s", status, log)
			}
			fine := name == "a link within" || name == "more"
			if fine != strings.Contains(log, "1 client logged out") || fine == strings.Contains(log, `::warning::removing the clients' files in "`+folder) {
				t.Errorf("it says\n%s", log)
			}
			if _, err := os.Stat(filepath.Join(precious, "file")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAction_RefusesALoginBeforeThereIsAToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list   string
		change func(r *runner)
		want   string
	}{
		"unknown":     {"nmp", func(*runner) {}, `login: unknown client "nmp"`},
		"set already": {"go=a, twine=b", func(r *runner) { r.env["TWINE_PASSWORD"] = "x" }, "login: twine: the variable TWINE_PASSWORD is set already"},
		"no revoke":   {"npm", func(r *runner) { r.env["INPUT_REVOKE"] = "false" }, "login: with revoke false there is no post step that logs out"},
		"no folder":   {"npm", func(r *runner) { r.env["RUNNER_TEMP"] = "/nowhere" }, "login: making a folder for the clients' files"},
		"no file":     {"npm", func(r *runner) { r.env["GITHUB_ENV"] = "" }, "GITHUB_ENV is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, temp := loggingIn(t, test.list)
			test.change(r)
			status, log := r.main()
			if status != 2 || len(left(t, temp)) > 0 || len(r.sandbox.Server.LiveTokens()) > 0 {
				t.Errorf("exit status %d, left %v", status, left(t, temp))
			}
			wants(t, log, test.want)
		})
	}
}

// The container action's own files aren't where the other steps look: their runner mounts other folders.
func TestAction_InAContainerSetsVariablesOnly(t *testing.T) {
	t.Parallel()
	run := func(list string) (*runner, int, string) {
		r, temp := loggingIn(t, list)
		command := r.command(r.env)
		command.Executable = "/frogmint"
		status := command.Main(t.Context(), []string{"/frogmint-main"})
		if names := left(t, temp); len(names) > 0 {
			t.Errorf("left: %v", names)
		}
		return r, status, r.log()
	}
	r, status, log := run("cargo=cargo-local")
	if status != 0 || !strings.HasPrefix(r.file("ENV")["CARGO_REGISTRIES_CARGO_LOCAL_TOKEN"], "Bearer eyJ") {
		t.Errorf("exit status %d\n%s", status, log)
	}
	wants(t, log, "1 client logged in as token-broker, by variables")
	_, status, log = run("cargo=cargo-local, npm")
	if status != 2 {
		t.Errorf("exit status %d", status)
	}
	wants(t, log, "login: npm: it needs a file", "frogmint/frogmint/native")
}

// What was meant to break out of a name ends as a quoted text in the log, and changes nothing else.
func TestAction_RefusesHostileRepositories(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"../../../access", "..", "a/../b", "a\n::set-output name=access-token::x", "a\r\n::add-path::/x", `a"b`, "a'b", "${HOME}", "$(touch x)", "`id`", "a;id", "a&&id", "a|id",
		"a b", "a\x00b", "a\x1b[2Jb", "a%0A::error::x", "-rf", "*", "a\u202eb", "<a>", "a=b", strings.Repeat("a", 5000),
	} {
		r, temp := loggingIn(t, "npm="+name)
		status, log := r.main()
		if status != 2 || len(left(t, temp)) > 0 || len(r.sandbox.Server.Requests()) > 0 || r.content("ENV")+r.content("STATE")+r.content("OUTPUT") != "" {
			t.Errorf("%q: exit status %d, left %v", name, status, left(t, temp))
		}
		wants(t, log, "::error::")
		for line := range strings.Lines(log) {
			command := strings.HasPrefix(line, "::") && !strings.HasPrefix(line, "::error::")
			if command || len(line) > 1000 || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\x00\x1b\r\u202e") {
				t.Errorf("%q: a line of the log: %.200q", name, line)
			}
		}
	}
}

// The second platform's post step runs first, and leaves the first login as it was before the second.
func TestAction_LogsInToTwoPlatformsOfOneJob(t *testing.T) {
	t.Parallel()
	const list = "npm, docker, helm, git, curl, cargo="
	first, temp := loggingIn(t, list+"one")
	first.env["GIT_CONFIG_COUNT"], first.env["GIT_CONFIG_KEY_0"], first.env["GIT_CONFIG_VALUE_0"] = "1", "user.name", "me"
	before := maps.Clone(first.env)
	if status, log := first.main(); status != 0 {
		t.Fatalf("exit status %d\n%s", status, log)
	}
	between := first.file("ENV")
	second, _ := loggingIn(t, list+"two")
	second.env["RUNNER_TEMP"], second.env["HOME"] = temp, first.env["HOME"]
	maps.Copy(second.env, between)
	if status, log := second.main(); status != 0 {
		t.Fatalf("exit status %d\n%s", status, log)
	}
	npm, err := os.ReadFile(second.file("ENV")["NPM_CONFIG_USERCONFIG"])
	for _, r := range []*runner{first, second} {
		want := strings.TrimPrefix(r.sandbox.URL, "http:") + "/artifactory/:_authToken=" + r.file("OUTPUT")["access-token"] + "\n"
		if err != nil || strings.Count(string(npm), want) != 1 {
			t.Errorf("no %q in\n%s%v", want, npm, err)
		}
	}
	for i, r := range []*runner{second, first} {
		mains := r.file("ENV")
		status, log := r.postIn(t)
		if status != 0 || len(left(t, temp)) != 1-i || r.deploy(r.file("OUTPUT")["access-token"]) != http.StatusUnauthorized {
			t.Errorf("exit status %d, left %v\n%s", status, left(t, temp), log)
		}
		wants(t, log, "6 clients logged out; token ")
		had := []map[string]string{between, before}[i]
		for name := range mains {
			byDefault := map[string]string{"HELM_REGISTRY_CONFIG": filepath.Join(r.env["HOME"], ".config", "helm", "registry", "config.json")}[name]
			if want := cmp.Or(had[name], byDefault); r.file("ENV")[name] != want && runtime.GOOS == "linux" {
				t.Errorf("%s is %q, want %q", name, r.file("ENV")[name], want)
			}
		}
	}
}

// What a mint that fails, or a job that is cancelled, leaves of a login: nothing.
func TestAction_LeavesNoFilesBehindAFailure(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"status=403@mint", "status=500@exchange"} {
		r, temp := loggingIn(t, "npm, docker")
		parsed, err := sandbox.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		r.sandbox.Server.SetFaults(parsed)
		r.env["INPUT_TIMEOUT"] = "2s"
		if status, log := r.main(); status == 0 || len(left(t, temp)) > 0 || r.content("ENV") != "" {
			t.Errorf("%s: exit status %d, left %v\n%s", fault, status, left(t, temp), log)
		}
	}
	r, temp := loggingIn(t, "npm, docker")
	held, err := sandbox.ParseFault("latency=1h@mint") // its answer never comes before the cancellation
	if err != nil {
		t.Fatal(err)
	}
	r.sandbox.Server.SetFaults(held)
	ctx, cancel := context.WithCancel(t.Context())
	r.onLine = func() {
		if strings.Contains(r.stdout.String(), "exchanged") {
			cancel()
		}
	}
	status, log := r.run(ctx, r.env, "/frogmint-main")
	if ctx.Err() == nil || status == 0 || len(left(t, temp)) > 0 || r.content("ENV") != "" {
		t.Errorf("cancelled: exit status %d, left %v\n%s", status, left(t, temp), log)
	}
}
