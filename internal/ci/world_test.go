package ci_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/ci/citest"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// world is a job as its CI set it up: variables, files, services.
type world struct {
	host  ci.Host
	out   *bytes.Buffer
	dir   string
	env   map[string]string
	calls *citest.Calls
	job   *citest.JobAPI
}

// newWorld fills in what a variable of the job may name: {dir} a directory, {file} the same with the file made there,
// {url} and {host} the CI's services, {request-token} their credential, {socket} and {socket-token} Buildkite's.
func newWorld(t testing.TB, env map[string]string) *world {
	t.Helper()
	w := &world{out: &bytes.Buffer{}, dir: t.TempDir(), env: map[string]string{}, job: citest.NewJobAPI(t)}
	url, calls := citest.Server(t)
	w.calls = calls
	fill := strings.NewReplacer("{dir}", w.dir, "{file}", w.dir, "{url}", url, "{host}", strings.TrimPrefix(url, "http://"),
		"{request-token}", citest.RequestToken, "{socket}", w.job.Socket, "{socket-token}", w.job.Token)
	for name, value := range env {
		w.env[name] = fill.Replace(value)
		if strings.HasPrefix(value, "{file}") {
			if err := os.WriteFile(w.env[name], nil, 0o644); err != nil { //nolint:gosec // as open as a runner's own files
				t.Fatal(err)
			}
		}
	}
	w.host = ci.Host{
		Env: w.get, HTTP: newClient(t, httpapi.Options{}), Out: w.out,
		Local: func(socket string) *httpapi.Client {
			if socket == "" {
				return newClient(t, httpapi.Options{})
			}
			return newClient(t, httpapi.Options{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", socket)
			}})
		},
		Run: func(ctx context.Context, name string, args ...string) ([]byte, error) {
			path := filepath.Join(w.dir, name)
			if _, err := os.Stat(path); err != nil {
				return nil, &ci.ProblemError{What: name + " is not in PATH"}
			}
			return exec.CommandContext(ctx, path, args...).Output()
		},
	}
	return w
}

// plainWorld is a job without services.
func plainWorld(t testing.TB, env map[string]string) *world {
	t.Helper()
	w := &world{out: &bytes.Buffer{}, dir: t.TempDir(), env: map[string]string{}}
	for name, value := range env {
		w.env[name] = strings.ReplaceAll(value, "{dir}", w.dir)
	}
	w.host = ci.Host{Env: w.get, Out: w.out}
	return w
}

func (w *world) get(name string) string { return w.env[name] }

func newClient(t testing.TB, options httpapi.Options) *httpapi.Client {
	t.Helper()
	client, err := httpapi.NewClient(options)
	must(t, err)
	t.Cleanup(client.Close)
	return client
}

// script puts a program of the CI into the job.
func (w *world) script(t testing.TB, name, text string) {
	t.Helper()
	sandboxtest.WriteProgram(t, filepath.Join(w.dir, name), []byte(text))
}

// read returns a file that the job wrote, after checking who may read it.
func (w *world) read(t testing.TB, name string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(w.dir, name)
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != mode {
		t.Errorf("mode of %s is %v, want %v", name, info.Mode(), mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// circleCI plays the command that gets ID tokens in a job of CircleCI.
const circleCI = `#!/bin/sh
[ "$#" -eq 5 ] && [ "$1 $2 $3 $4" = "run oidc get --claims" ] || exit 64
audience=${5#'{"aud":"'}
printf 'id-token-for %s\n' "${audience%'"}'}"
`

const asked = "https://acme.jfrog.io"

func secret() redact.Secret {
	return redact.NewSecret("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl")
}

// outputs are a token's, with all that a server or a name may smuggle in.
func outputs() []ci.Output {
	return []ci.Output{
		{Name: "access-token", Value: secret().Reveal(), Secret: true},
		{Name: "token-id", Value: "5c2a1c5e-54b0-4f6f-8c8b-2d8f2c8a3f10"},
		{Name: "username", Value: hostile},
		{Name: "scope", Value: `applied-permissions/groups:readers,"with space, and comma" *`},
		{Name: "expires-in", Value: "3600"},
		{Name: "url", Value: "https://acme.jfrog.io"},
	}
}

const hostile = "o'neil $(touch pwned) `id` ${HOME} %AZP25 %3B %0A ];\"\\ |n ##vso[task.complete] ü🐸 a=b<<EOF #x"

func variables() []ci.Output {
	return []ci.Output{
		{Name: "JF_URL", Value: "https://acme.jfrog.io"}, {Name: "JF_USER", Value: hostile},
		{Name: "JF_ACCESS_TOKEN", Value: secret().Reveal(), Secret: true},
	}
}

// fitting leaves out what one CI refuses: Azure Pipelines would expand it.
func fitting(system ci.System, outputs []ci.Output) []ci.Output {
	if system.ID != "azure" {
		return outputs
	}
	for i := range outputs {
		outputs[i].Value = strings.ReplaceAll(outputs[i].Value, "$(", "(")
	}
	return outputs
}

// asShellVariables are the outputs as the CIs without outputs name them.
func asShellVariables(outputs []ci.Output) map[string]string {
	env := map[string]string{}
	for _, output := range outputs {
		env["FROGMINT_OUT_"+strings.ToUpper(strings.ReplaceAll(output.Name, "-", "_"))] = output.Value
	}
	return env
}

func asMap(variables []ci.Output) map[string]string {
	env := map[string]string{}
	for _, variable := range variables {
		env[variable.Name] = variable.Value
	}
	return env
}

// contains fails unless got has all that want has.
func contains(t testing.TB, got, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
