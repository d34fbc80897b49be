//go:build unix

package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// stub stands for a package client or a script of the reader's: it fails unless its token is alive. test/clients has the
// clients themselves.
const stub = `#!/bin/sh
set -eu
printf 'Authorization: Bearer %s\n' "$JF_ACCESS_TOKEN" | /usr/bin/env curl -fsS -H @- "$JF_URL/artifactory/api/system/version" >/dev/null
echo "$(basename "$0") $*" >>"$HOME/ran"
`

// stubs are the programs that the pages run below frogmint.
func stubs() []string {
	return []string{
		"npm", "yarn", "docker", "pip", "twine", "poetry", "mvn", "go", "helm", "bazel", "cargo", "dotnet", "conan", "git", "jf",
		"../deploy.sh", "../eight-hours.sh",
	}
}

// providers are OIDC integrations that trust every job of the sandbox, by the names that the pages give them.
const providers = `{"providers": [%s]}`

const provider = `{"name": %q, "issuer_url": "", "provider_type": "Generic OpenID Connect", "identity_mappings": [
  {"name": "m", "priority": 1, "claims": {}, "token_spec": {"username": "robot", "scope": "applied-permissions/user", "expires_in": 300}}]}`

// newStubWorld has the sandbox, the programs as stubs, and the pages' integrations.
func newStubWorld(t *testing.T, args ...string) *world {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config.json")
	text := fmt.Sprintf(providers, fmt.Sprintf(provider, "gitlab")+","+fmt.Sprintf(provider, "github-actions"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, append(args, "--config", config)...)
	for _, name := range stubs() {
		w.write(filepath.Join("bin", name), stub, 0o700)
	}
	w.write("app.tgz", "deployed\n", 0o600)
	return w
}

// credentials are those that a command on a page counts on: an ID token, or the creator's access token.
func (w *world) credentials(command string) []string {
	env := []string{"JF_URL=" + w.env["JF_URL"], "TMP=" + w.dir, "RUNNER_TEMP=" + w.dir}
	if strings.Contains(command, "oidc-provider-name") || strings.Contains(command, "OIDC_PROVIDER_NAME") {
		return append(env, "GITLAB_CI=true", "JFROG_ID_TOKEN="+w.idToken())
	}
	return append(env, "JF_ACCESS_TOKEN="+w.env["JF_ACCESS_TOKEN"], "FROGMINT_GROUPS=CI,deployers", "FROGMINT_USERNAME=ci-bot")
}

// idToken asks the sandbox's issuer for one.
func (w *world) idToken() string {
	w.t.Helper()
	answer := w.shell(`curl -fsS -H "Authorization: Bearer $TOKEN" "$URL" | sed -n 's/.*"value": *"\([^"]*\)".*/\1/p'`,
		"URL="+w.env["ACTIONS_ID_TOKEN_REQUEST_URL"], "TOKEN="+w.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
	return strings.TrimSpace(answer)
}

// TestCommands_Run runs each frogmint exec of the pages, with stubs for the programs below it: each of them gets a token that
// works, and none is alive afterwards.
func TestCommands_Run(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "ca.pem") // go sends credentials over https only
	w, ran := newStubWorld(t, "--tls", "--ca-file", ca), 0
	w.always = []string{"SSL_CERT_FILE=" + ca, "CURL_CA_BUNDLE=" + ca}
	for _, page := range pages(t) {
		for _, b := range blocks(read(t, page)) {
			if !isCommand(b) {
				continue
			}
			for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
				line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
				if !strings.Contains(line, "frogmint exec") {
					continue
				}
				ran++
				w.write("ran", "", 0o600)
				w.shell(strings.NewReplacer("127.0.0.1:8081", "registry", "exec frogmint", "frogmint").Replace(w.before(b.text, line)+line), w.credentials(b.text)...)
				if !strings.Contains(line, "curl") && w.read("ran") == "" {
					t.Errorf("%s: nothing ran below %s", page, line)
				}
			}
		}
	}
	if alive := w.alive(); strings.Contains(alive, "token_id") || ran < 17 {
		t.Errorf("%d commands ran, and left %s", ran, alive)
	}
}

// before is what a block exports in the lines before one.
func (w *world) before(text, line string) string {
	var exports []string
	for earlier := range strings.Lines(text) {
		if strings.Contains(earlier, line) {
			break
		}
		if strings.HasPrefix(earlier, "export ") {
			exports = append(exports, earlier)
		}
	}
	return strings.Join(exports, "")
}

// alive is JFrog's list of frogmint's tokens.
func (w *world) alive() string {
	w.t.Helper()
	w.write("admin.header", "Authorization: Bearer "+w.env["JF_ACCESS_TOKEN"], 0o600)
	return w.shell("curl -fsS -G -H @admin.header --data-urlencode 'description=frogmint*' https://acme.jfrog.io/access/api/v1/tokens")
}

// TestActions_Run runs the steps of the pages that use an action, with stubs for the programs of the steps behind it.
func TestActions_Run(t *testing.T) {
	t.Parallel()
	w, ran := newStubWorld(t), 0
	for _, page := range []string{"docs/clients.md", "docs/install.md"} {
		for _, b := range blocks(read(t, page)) {
			steps := actionSteps(b)
			if len(steps) == 0 {
				continue
			}
			ran++
			for _, name := range runnerFiles() {
				w.write(name, "", 0o600)
			}
			with := steps[0].With
			if with["oidc-provider-name"] == "github" {
				with["groups"] = "CI" // the sandbox's own integration of this name is for groups
			}
			w.main(with)
			for _, s := range steps[1:] {
				env := append(w.variables(), "JF_URL="+w.env["JF_URL"], "JF_ACCESS_TOKEN="+w.value("OUTPUT", "access-token"))
				for name, value := range s.Env {
					env = append(env, name+"="+w.fill(value))
				}
				w.shell(s.Run, env...)
			}
			if log := w.post(); !strings.Contains(log, "revoked; JFrog refuses it") && !strings.Contains(log, "not revocable") {
				t.Errorf("%s: %s", page, log)
			}
		}
	}
	if ran != 3 {
		t.Errorf("%d of the pages' steps ran", ran)
	}
}

// actionSteps are the steps of a block of YAML that begins with one of the actions; none for any other block.
func actionSteps(b codeBlock) []step {
	var steps []step
	var job struct{ Steps []step }
	if b.language != "yaml" || b.notRun != "" {
		return nil
	}
	if yaml.Unmarshal([]byte(b.text), &steps) != nil && yaml.Unmarshal([]byte(b.text), &job) == nil {
		steps = job.Steps
	}
	if len(steps) == 0 || !strings.HasPrefix(steps[0].Uses, "frogmint/frogmint") {
		return nil
	}
	return slices.DeleteFunc(steps, func(s step) bool { return s.Uses == "" && s.Run == "" })
}

// TestSandbox_FirstExample types what docs/sandbox.md shows, on another port.
func TestSandbox_FirstExample(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var script []string
	for _, b := range blocks(read(t, "docs/sandbox.md")) {
		if len(script) > 0 || !strings.Contains(b.text, "frogmint-sandbox serve") {
			continue
		}
		for line := range strings.Lines(b.text) {
			line, typed := strings.CutPrefix(line, "$ ")
			if typed || strings.HasPrefix(line, "    ") {
				script = append(script, line)
			}
		}
	}
	serve := strings.Replace(script[0], "serve", "serve --listen 127.0.0.1:0", 1)
	text := strings.Replace(serve, " &", " >ready & server=$!", 1) + "trap 'kill $server' EXIT\nuntil grep -q ready ready; do sleep 0.1; done\n" +
		strings.Join(script[1:], "") + `curl -fsS -u robot:password "$JF_URL/artifactory/libs-local/README.md"`
	if out := w.shell(text); !strings.Contains(out, "revoked; JFrog refuses it") || !strings.HasSuffix(out, "deployed\n") {
		t.Error(out)
	}
}

// TestMappings_PageIsTrue has frogmint read the page's mapping, choose claims as the page does, and compare the page's
// expectations with mappings of these names.
func TestMappings_PageIsTrue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var expectations, bind string
	for _, b := range blocks(read(t, "docs/mappings.md")) {
		if b.language == "indented" && strings.HasPrefix(b.text, "# job") {
			expectations = b.text
		} else if b.language == "indented" {
			bind = b.text
		}
	}
	w.write("mapping.json", block(t, read(t, "docs/mappings.md"), "json"), 0o600)
	w.shell("frogmint mapping lint --mappings mapping.json")
	w.write("claims.json", `{"iss": "https://token.actions.githubusercontent.com", "sub": "repo:octo-org/app:ref:refs/heads/main", "repository": "octo-org/app", `+
		`"repository_owner": "octo-org", "job_workflow_ref": "octo-org/workflows/.github/workflows/release.yml@refs/heads/main"}`, 0o600)
	out := w.shell(strings.TrimSpace(bind)+" --claims claims.json --oidc-provider-name github --groups deployers --format json", "JF_URL="+w.env["JF_URL"])
	if !strings.Contains(out, `"job_workflow_ref": "octo-org/workflows/.github/workflows/release.yml@refs/heads/main"`) {
		t.Error(out)
	}

	w.write("expectations", expectations, 0o600)
	w.write("mappings.json", `[
	  {"name": "deploy", "provider_name": "github", "priority": 1, "claims": {"sub": "repo:octo-org/app:ref:refs/heads/main"}, "token_spec": {"username": "ci", "scope": "applied-permissions/groups:CI"}},
	  {"name": "readers", "provider_name": "github", "priority": 2, "claims": {"repository": "octo-org/*"}, "token_spec": {"username": "ci", "scope": "applied-permissions/groups:CI"}}]`, 0o600)
	w.write("jobs.json", `[
	  {"sub": "repo:octo-org/app:ref:refs/heads/main", "repository": "octo-org/app"},
	  {"sub": "repo:octo-org/app:ref:refs/heads/next", "repository": "octo-org/app"},
	  {"sub": "repo:octo-org/other:ref:refs/heads/main", "repository": "octo-org/other"},
	  {"sub": "repo:mallory/app:ref:refs/heads/main", "repository": "mallory/app"}]`, 0o600)
	check := "frogmint mapping check --mappings mappings.json --claims jobs.json --oidc-provider-name github --expect "
	w.shell(check+"expectations", "JF_URL="+w.env["JF_URL"])
	w.write("expectations", strings.Replace(expectations, "readers", "deploy ", 1), 0o600)
	if out, err := w.try("sh", []string{"-c", check + "expectations"}, "JF_URL="+w.env["JF_URL"]); err == nil {
		t.Errorf("a wrong expectation passes: %s", out)
	}
}
