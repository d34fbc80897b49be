package cli_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestBadInput holds every complaint about an input to its words: the input as the user wrote it, what is wrong, what to do.
func TestBadInput(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	const oidc = "oidc-provider-name"
	authority := string(sandboxtest.StartTLS(t).CAPEM)
	bundle := strings.TrimSpace(strings.Repeat(authority, (96<<10)/len(authority)+1))
	tests := map[string]struct {
		inputs map[string]string
		env    map[string]string
		error  string
		hint   string
	}{
		"no url": {map[string]string{"url": "", oidc: "github"}, nil,
			"input url: it is not set", "give the platform's base URL as url or JF_URL"},
		"http to another host": {map[string]string{"url": "http://jfrog.example", oidc: "github"}, nil,
			`input url: http to a host that isn't this machine would show the credentials to the network`, "use https, or set allow-http to true"},
		"url with a password": {map[string]string{"url": "https://bob:hunter2@jfrog.example", oidc: "github"}, nil,
			"input url: it holds a user name or password", "give the platform's base URL"},
		"url of a service": {map[string]string{"url": "https://jfrog.example/artifactory/", oidc: "github"}, nil,
			`input url: its path "/artifactory" is that of one service`, "https://acme.jfrog.io"},
		"url with another scheme": {map[string]string{"url": "ftp://jfrog.example", oidc: "github"}, nil,
			"input url: its scheme is neither https nor http", "base URL"},
		"no url at all": {map[string]string{"url": "jfrog.example", oidc: "github"}, nil, "input url: it is not a URL", "base URL"},
		"two kinds of credentials": {map[string]string{oidc: "github", "access-token": "hunter2hunter2"}, nil,
			"input oidc-provider-name: input access-token is set too, and both name the creator's credentials", "keep one of them"},
		"two kinds in the variables": {map[string]string{}, map[string]string{"JF_ACCESS_TOKEN": "hunter2hunter2", "JF_USER": "bob", "JF_PASSWORD": "hunter2"},
			"JF_ACCESS_TOKEN: JF_PASSWORD is set too", "keep one of them"},
		"no credentials":        {map[string]string{}, nil, "credentials: there are none", "set oidc-provider-name to exchange"},
		"user without password": {map[string]string{"user": "bob"}, nil, `input user: user "bob" has no password`, "set password in the same place"},
		"password without user": {map[string]string{"password": "hunter2hunter2"}, nil, "input password: there is no user beside it", "together"},
		"token with a line break": {map[string]string{"access-token": "hunter2\nhunter2"}, nil,
			"input access-token: it holds a character that no token has", "paste the token whole"},
		"groups with scope": {map[string]string{oidc: "github", "groups": "CI", "scope": "applied-permissions/user"}, nil,
			"input scope: groups is set too", "write all of it into scope"},
		"grant-admin with scope": {map[string]string{oidc: "github", "grant-admin": "true", "scope": "applied-permissions/user"}, nil,
			"input scope: grant-admin is set too", "write all of it into scope"},
		"negative expiry": {map[string]string{oidc: "github", "expiry": "-1"}, nil, `input expiry: "-1" is not a whole number of seconds`, "write seconds (600), or a duration (45m, 2h), 0 for a token that never expires, or platform"},
		"expiry in words": {map[string]string{oidc: "github", "expiry": "1 fortnight"}, nil, `input expiry: invalid duration "1 fortnight"`, "write seconds"},
		"expiry far away": {map[string]string{oidc: "github", "expiry": "1000000000000"}, nil,
			`input expiry: "1000000000000" is not a whole number of seconds from 0 to a hundred years`, "write seconds"},
		"expiry past all numbers": {map[string]string{oidc: "github", "expiry": strings.Repeat("9", 40)}, nil, "invalid duration", "write seconds"},
		"half a second":           {map[string]string{oidc: "github", "expiry": "1.5s"}, nil, "is not a whole number of seconds", "write seconds"},
		"long description": {map[string]string{oidc: "github", "description": strings.Repeat("x", 1025)}, nil,
			"input description: 1025 characters, more than the 1024 that JFrog takes", "shorten it"},
		"description that leaves no room": {map[string]string{oidc: "github-broker", "description": strings.Repeat("x", 1000)}, nil,
			"together with the job's identity, more than the 1024", "shorten it by"},
		"line break in a group": {map[string]string{oidc: "github", "groups": "CI,\"a\nb\""}, nil,
			`input groups: name "a\nb" holds a control character`, "separate groups by commas or lines"},
		"open quote in groups": {map[string]string{oidc: "github", "groups": `CI,"a`}, nil, "input groups: a quote that isn't closed", "double quotes"},
		"too many groups": {map[string]string{oidc: "github", "groups": strings.Repeat("group-of-ten,", 50)}, nil,
			"input groups: their scope has 676 bytes, more than the 500", "ask for fewer groups"},
		"long scope":          {map[string]string{oidc: "github", "scope": strings.Repeat("x", 501)}, nil, "input scope: 501 bytes, more than the 500 that JFrog takes", "ask for less"},
		"open quote in scope": {map[string]string{oidc: "github", "scope": `applied-permissions/groups:"a`}, nil, "input scope: a quote that isn't closed", "write it as JFrog does"},
		"provider of 5 kB": {map[string]string{oidc: strings.Repeat("p", 5000)}, nil,
			"input oidc-provider-name: 5000 characters, more than the 255 that JFrog takes", "shorten it"},
		"no boolean":       {map[string]string{oidc: "github", "refreshable": "maybe"}, nil, `input refreshable: "maybe" is neither true nor false`, "write true or false"},
		"no mode":          {map[string]string{oidc: "github", "mint": "sometimes"}, nil, `input mint: "sometimes" is none of auto, always, never`, "write one of them"},
		"no provider type": {map[string]string{oidc: "github", "oidc-provider-type": "gitlab"}, nil, "is none of GitHub, Azure, GenericOidc", "write one of them"},
		"timeout too long": {map[string]string{oidc: "github", "timeout": "2h"}, nil, `input timeout: "2h" is not a whole number of seconds between 1s and 1h`, "write seconds (600)"},
		"no certificate":   {map[string]string{oidc: "github", "ca-cert": "-----BEGIN NOTHING-----"}, nil, "input ca-cert: its PEM text is damaged", "give it whole and with its line breaks"},
		"the CA certificates of a whole system": {map[string]string{oidc: "github", "ca-cert": bundle}, nil,
			"input ca-cert: " + strconv.Itoa(len(bundle)+1) + " bytes, more than the 98304 that can be kept for the post step", "give only the CA certificate"},
		"no such file of an ID token": {map[string]string{oidc: "github", "id-token-file": "/nowhere/token"}, nil,
			"input id-token-file: it can't be read: open /nowhere/token: no such file", "give the path of the file"},
		"a password of blanks": {map[string]string{"user": "bob", "password": " \t "}, nil, `input user: user "bob" has no password`, "set password in the same place"},
		"never mint at all":    {map[string]string{"access-token": "hunter2hunter2", "mint": "never"}, nil, "input mint: without oidc-provider-name only a mint makes a token", "set oidc-provider-name"},
		"never mint, but a refresh token": {map[string]string{oidc: "github", "mint": "never", "refreshable": "true"}, nil,
			"input refreshable: only a minted token can have it", "set mint to auto"},
		"audience without a provider": {map[string]string{"access-token": "hunter2hunter2", "oidc-audience": "x"}, nil,
			"input oidc-audience: it has no effect with access token (input access-token)", "set oidc-provider-name beside it"},
		"reference by the legacy API": {map[string]string{"access-token": "hunter2hunter2", "api": "legacy", "reference": "true"}, nil,
			"input reference: the legacy API doesn't have it", "set api to auto"},
		"unknown server": {map[string]string{"server-id": "work"}, nil, "input server-id: reading jf's configuration", "JFROG_CLI_HOME_DIR"},
		"two places of the ID token": {map[string]string{oidc: "github", "id-token-env": "A", "id-token-file": "b"}, nil,
			"input id-token-env: id-token-file is set too", "name one place"},
		"no ID token there": {map[string]string{oidc: "github", "id-token-env": "MY_TOKEN"}, nil, "variable MY_TOKEN: holds no ID token", "check that the pipeline asks"},
		"no permission": {map[string]string{oidc: "github"}, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": ""},
			"asking GitHub for the job's ID token: ACTIONS_ID_TOKEN_REQUEST_URL is not set", "permissions: id-token: write"},
		"no output file": {map[string]string{oidc: "github"}, map[string]string{"GITHUB_OUTPUT": ""}, "GITHUB_OUTPUT is not set", "run frogmint as a step"},
		"no state file":  {map[string]string{oidc: "github"}, map[string]string{"GITHUB_STATE": "/"}, "GITHUB_STATE names a file that can't be used: / is not a regular file", "runner"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, box, test.inputs)
			for name, value := range test.env {
				r.env[name] = value
			}
			status, log := r.main()
			if status != 2 {
				t.Errorf("exit status %d", status)
			}
			wants(t, log, test.error, "%0Ahint: ", test.hint)
			if strings.Contains(log, "hunter2") {
				t.Errorf("a secret is in the log:\n%s", log)
			}
			for _, name := range []string{"OUTPUT", "STATE"} {
				if _, changed := test.env["GITHUB_"+name]; !changed && r.content(name) != "" {
					t.Errorf("something was written to %s", name)
				}
			}
		})
	}
}

func TestEveryProblemIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	r := newRunner(t, sandboxtest.Start(t), map[string]string{"url": "", "expiry": "-1", "refreshable": "maybe"})
	status, log := r.main()
	if status != 2 || strings.Count(log, "::error::") != 4 {
		t.Errorf("exit status %d\n%s", status, log)
	}
	wants(t, log, "input url:", "input expiry:", "input refreshable:", "credentials: there are none")
}

func TestLayersInTheirOrder(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newRunner(t, box, map[string]string{"url": "", "oidc-provider-name": " github ", "groups": "  ", "access-token": ""})
	for name, value := range map[string]string{
		"JF_URL": box.URL, "JF_ACCESS_TOKEN": "hunter2hunter2", "FROGMINT_GROUPS": "CI", "FROGMINT_OIDC_PROVIDER_NAME": "nobody",
	} {
		r.env[name] = value
	}
	status, log := r.main()
	if status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	wants(t, log, `credentials: OIDC provider "github" (input oidc-provider-name)`,
		"not used, since these credentials come first: JF_ACCESS_TOKEN")
	if strings.Contains(log, "hunter2") {
		t.Error("a secret that isn't used is in the log")
	}
	status, log = r.run(t.Context(), r.env, "frogmint", "mint", "--format", "token", "--oidc-provider-name", "nowhere")
	if status != 1 || !strings.Contains(log, `OIDC provider "nowhere" (--oidc-provider-name)`) {
		t.Errorf("a flag doesn't beat the input: %d\n%s", status, log)
	}
}
