package login_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// What a client can't do is told before there is a token.
func TestNew_RefusesWhatAClientCannotDo(t *testing.T) {
	t.Parallel()
	repositories := func(text string) func(*testing.T, *job) {
		return func(t *testing.T, j *job) {
			t.Helper()
			j.own(t, "r.yaml", text)
			j.env["HELM_REPOSITORY_CONFIG"] = filepath.Join(j.home, "r.yaml")
		}
	}
	at := func(url string) func(*testing.T, *job) { return func(_ *testing.T, j *job) { j.url = url } }
	set := func(name, value string) func(*testing.T, *job) {
		return func(_ *testing.T, j *job) { j.env[name] = value }
	}
	settings := func(text string) func(*testing.T, *job) {
		return func(t *testing.T, j *job) { t.Helper(); j.own(t, ".m2/settings.xml", text) }
	}
	const server = `maven: a server "a" is in its own configuration`
	const auth = "DOCKER_AUTH_CONFIG"
	const taken = `helm: a repository "ci-bot" is in its own configuration`
	for name, test := range map[string]struct {
		list    string
		prepare func(*testing.T, *job)
		want    string // empty: it can
	}{
		"go, http":             {"go", at("http://acme.example"), "go: it sends credentials over https only"},
		"go, https":            {"go", at("https://acme.example"), ""},
		"terraform, port":      {"terraform", at("https://acme.example:8443"), "terraform: it can't name acme.example:8443 in a variable"},
		"terraform, no port":   {"terraform", at("https://acme.example"), ""},
		"maven, space":         {"maven=a", func(_ *testing.T, j *job) { j.temp += "/a b" }, "has a space, which MAVEN_ARGS can't hold"},
		"npm, registry":        {"npm=a", set("NPM_CONFIG_REGISTRY", "https://other"), "npm: the variable NPM_CONFIG_REGISTRY is set already"},
		"npm, its child":       {"npm=a", set("npm_config_registry", "https://other"), "npm: the variable npm_config_registry is set already"},
		"npm, yarn's":          {"npm=a", set("YARN_REGISTRY", "https://other"), "npm: the variable YARN_REGISTRY is set already"},
		"npm, no repository":   {"npm", set("NPM_CONFIG_REGISTRY", "https://other"), ""},
		"poetry, token":        {"poetry=a-b", set("POETRY_PYPI_TOKEN_A_B", "x"), "poetry: the variable POETRY_PYPI_TOKEN_A_B is set already"},
		"poetry, other token":  {"poetry=a-b", set("POETRY_PYPI_TOKEN_A", "x"), ""},
		"docker, this host":    {"docker", set(auth, `{"auths":{"acme.jfrog.io":{"auth":"eDp5"}}}`), "docker: the variable " + auth + " is set already, and has credentials for acme.jfrog.io"},
		"docker, another host": {"docker", set(auth, `{"auths":{"other.example":{"auth":"eDp5"}}}`), ""},
		"docker, no JSON":      {"docker", set(auth, "x"), ""},
		"a line break":         {"maven=a", set("MAVEN_ARGS", "-B\n-X"), "maven: the variable MAVEN_ARGS is set already, and has a line break"},
		"maven, a server":      {"maven=b, maven=a", settings("<servers>\n<server>\n<username>x</username><id> a </id></server></servers>"), server},
		"maven, in a comment":  {"maven=a", settings("<servers><!-- <server><id>a</id></server> --></servers>"), ""},
		"maven, a comment":     {"maven=a", settings("<!-- x --><servers><!-- y --><server><id>a</id></server></servers>"), server},
		"maven, no end":        {"maven=a", settings("<!-- <server><id>a</id></server>"), ""},
		"maven, another":       {"maven=a", settings("<server><id>ab</id></server><repository><id>a</id></repository>"), ""},
		"maven, other file":    {"maven=a", set("MAVEN_ARGS", "-B -s nowhere.xml"), ""},
		"maven, tab":           {"maven=a", func(_ *testing.T, j *job) { j.temp += "/a\tb" }, "has a space, which MAVEN_ARGS can't hold"},
		"helm, an item":        {"helm=ci-bot", repositories("repositories:\n- name: ci-bot\n  url: x\n"), taken},
		"helm, behind":         {"helm=ci-bot", repositories("repositories:\n- url: x\n  name: ci-bot\n"), taken},
		"helm, CRLF":           {"helm=ci-bot", repositories("repositories:\r\n- name: ci-bot\r\n  url: x\r\n"), taken},
		"helm, double quotes":  {"helm=ci-bot", repositories("repositories:\n- name: \"ci-bot\"\n"), taken},
		"helm, single quotes":  {"helm=ci-bot", repositories("repositories:\n- 'name': 'ci-bot'\n"), taken},
		"helm, no line break":  {"helm=ci-bot", repositories("repositories:\n- url: x\n  name: ci-bot"), taken},
		"helm, a user":         {"helm=ci-bot", repositories("repositories:\n- name: x\n  username: ci-bot\n"), ""},
		"helm, a longer name":  {"helm=ci-bot", repositories("repositories:\n- name: ci-bot-2\n"), ""},
		"helm, a shorter name": {"helm=ci-bot", repositories("repositories:\n- name: bot\n"), ""},
		"helm, empty list":     {"helm=ci-bot", repositories("repositories: []"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			test.prepare(t, j)
			_, err := login.New(test.list, j.host())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// Behind off go takes no other way to get credentials. It sends a helper's over https only, too.
func TestNew_RefusesAHelperThatGoWouldNotAsk(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ auth, url, want string }{
		"off":  {"off", "https://acme.example", "go: the variable GOAUTH is set already, and says off"},
		"http": {"", "http://acme.example", "go: it sends credentials over https only"},
	} {
		j := newJob(t)
		j.helper, j.env["GOAUTH"], j.url = "/usr/bin/frogmint", test.auth, test.url
		if _, err := login.New("go", j.host()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// What a client would take instead of its helper's answer is refused, too, and what would keep the client from its helper.
func TestNew_RefusesWhatHidesAHelper(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.helper, j.env["CARGO_REGISTRIES_A_TOKEN"], j.temp = "/usr/bin/frogmint", "mine", j.temp+"/a:b"
	for list, want := range map[string]string{
		"cargo=a": "cargo: the variable CARGO_REGISTRIES_A_TOKEN is set already",
		"docker":  `docker: the temporary folder "` + j.temp + `" has a colon, which PATH can't hold`,
		"npm":     "",
	} {
		if _, err := login.New(list, j.host()); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", list, err, want)
		}
	}
}

// A command gets its variables as they are: no CI hands them on.
func TestNew_LetsACommandHaveLineBreaks(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.env["MAVEN_ARGS"] = "-B\n-X"
	host := j.host()
	host.Command = true
	if _, err := login.New("maven=a", host); err != nil {
		t.Error(err)
	}
}

// One cause is one problem.
func TestNew_TellsOneProblemOnce(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"poetry=a.b":          `poetry can't read the key "a.b"`,
		"cargo=a-b,cargo=A_B": "the repositories a-b and A_B would both set the variable CARGO_REGISTRIES_A_B_INDEX",
	} {
		_, err := login.New(list, newJob(t).host())
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", list, err)
		}
	}
	host := newJob(t).host()
	host.Container = true
	_, err := login.New("pip, twine=a, uv", host) // they share a file
	if err == nil || strings.Count(err.Error(), "it needs a file") != 2 || strings.Contains(err.Error(), "twine") {
		t.Errorf("in a container: got %v", err)
	}
}

// Later steps that were to read the user's own file still do after the login.
func TestSave_TellsWhatAVariableMeansWhereItIsUnset(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.own(t, ".netrc", "machine other.example login me password mine\n")
	config := filepath.Join(j.home, "helm")
	j.env["HELM_CONFIG_HOME"], j.env["CURL_HOME"] = config, j.home
	text, err := j.logIn(t, "curl, helm=a, npm").Save()
	if err != nil {
		t.Fatal(err)
	}
	saved, err := login.Restore(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"NETRC":                  filepath.Join(j.home, ".netrc"),
		"CURL_HOME":              j.home,
		"HELM_REGISTRY_CONFIG":   filepath.Join(config, "registry", "config.json"),
		"HELM_REPOSITORY_CONFIG": filepath.Join(config, "repositories.yaml"),
		"NPM_CONFIG_USERCONFIG":  "",
	} {
		if got, ok := saved.Before[name]; !ok || got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestLogin_GivesJFTheJobsCertificates(t *testing.T) {
	t.Parallel()
	for _, pem := range []string{"", "-----BEGIN CERTIFICATE-----\n"} {
		host := newJob(t).host()
		host.Command, host.RootsPEM = true, []byte(pem)
		l, err := login.New("", host)
		if err == nil {
			err = l.Open()
		}
		if err == nil {
			err = l.Write("ci-bot", redact.NewSecret("TOKEN-1"))
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, want := shown(t, l), "-- jf/security/certs/frogmint.pem --\n"+pem; strings.Contains(got, want) != (pem != "") {
			t.Errorf("got\n%s", got)
		}
	}
}

// A first token that wasn't written everywhere leaves nothing to renew.
func TestLogin_WritesAnewAfterAFirstFailure(t *testing.T) {
	t.Parallel()
	l, err := login.New("npm, docker", newJob(t).host())
	if err == nil {
		err = l.Open()
	}
	inTheWay := filepath.Join(l.Folder(), "docker", "config.json")
	if err = errors.Join(err, os.MkdirAll(inTheWay, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := l.Write("ci-bot", redact.NewSecret("TOKEN-1")); err == nil {
		t.Error("it wrote over a folder")
	}
	if err := errors.Join(os.Remove(inTheWay), l.Write("ci-bot", redact.NewSecret("TOKEN-2"))); err != nil {
		t.Fatal(err)
	}
	if got := shown(t, l); strings.Contains(got, "TOKEN-1") || !strings.Contains(got, "artifactory/:_authToken=TOKEN-2\n") {
		t.Errorf("got\n%s", got)
	}
}
