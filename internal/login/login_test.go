package login_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

func TestNew_RefusesTheList(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		",\n ,":                          "it names no client",
		"npm, nmp":                       `unknown client "nmp"`,
		"podman":                         `unknown client "podman"`,
		"npm=a,npm=b":                    "npm is given twice, as npm=a and npm=b",
		"docker, docker":                 "docker is given twice",
		"cargo=a,cargo=a":                "cargo=a is given twice",
		"helm=a,helm":                    "helm is given twice, as helm=a and helm",
		"cargo=a-b,cargo=A_B":            "cargo: the repositories a-b and A_B would both set the variable CARGO_REGISTRIES_A_B_INDEX",
		"cargo=a,maven=b,cargo=c":        "",
		"docker=docker-local":            "docker takes no repository",
		"maven":                          "maven needs a repository",
		"npm=":                           `npm: "" is not the key of a repository`,
		"npm=../admin":                   `"../admin" is not the key`,
		"npm=..":                         `".." is not the key`,
		"pip=a/b":                        `"a/b" is not the key`,
		`npm="x"`:                        "is not the key",
		"npm=${HOME}":                    `"${HOME}" is not the key`,
		"npm=$(id)":                      `"$(id)" is not the key`,
		"npm=a;id":                       "is not the key",
		"npm=a b":                        "is not the key",
		"npm=a\r":                        "", // white space around an item
		"npm=a\rb":                       "is not the key",
		"npm=a\x00":                      "is not the key",
		"npm=-rf":                        `"-rf" is not the key`,
		"npm=müll":                       "is not the key",
		"npm=" + strings.Repeat("a", 65): "is not the key",
		"cargo=a.b":                      `cargo: "a.b" has a dot`,
		"poetry=pypi2":                   "can't read the key",
		"npm=a\n::add-mask::x":           `unknown client "`,
	} {
		_, err := login.New(list, newJob(t).host())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", list, err, want)
		}
		if problem, ok := errors.AsType[*login.ProblemError](err); err != nil && (!ok || problem.Fix == "") {
			t.Errorf("%q: no hint", list)
		}
	}
}

// Each problem is told, not the first alone.
func TestNew_TellsAllProblems(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.env["PIP_INDEX_URL"], j.env["TWINE_USERNAME"] = "https://other", "somebody"
	_, err := login.New("pip=a, twine=b", j.host())
	for _, want := range []string{"pip: the variable PIP_INDEX_URL is set already", "twine: the variable TWINE_USERNAME is set already"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestNew_RefusesVariablesThatAreSet(t *testing.T) {
	t.Parallel()
	for variable, list := range map[string]string{
		"GOPROXY=https://proxy": "go=a", "GOAUTH=off": "go", "MAVEN_ARGS=-B -gs x.xml": "maven=a", "GIT_CONFIG_COUNT=many": "git",
		"TF_TOKEN_acme_jfrog_io=x": "terraform", "CARGO_REGISTRIES_A_B_TOKEN=x": "cargo=a-b", "JFROG_CLI_HOME_DIR=/x": "jf",
		"ORG_GRADLE_PROJECT_artifactoryPassword=x": "gradle", "UV_DEFAULT_INDEX=x": "uv=a", "CONAN_PASSWORD_A=x": "conan=a",
		"NuGetPackageSourceCredentials_a=x": "nuget=a", "POETRY_HTTP_BASIC_A_USERNAME=x": "poetry=a",
	} {
		j := newJob(t)
		name, value, _ := strings.Cut(variable, "=")
		j.env[name] = value
		client, _, _ := strings.Cut(list, "=")
		if _, err := login.New(list, j.host()); err == nil || !strings.Contains(err.Error(), client+": ") || !strings.Contains(err.Error(), "the variable "+name+" is set already") {
			t.Errorf("%s, %s: got %v", variable, list, err)
		}
	}
}

// What the user's own file can be: the client would read none of these, either.
func TestNew_RefusesOwnFilesThatCannotBeIncluded(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(path string) error{
		"is no regular file": func(path string) error { return os.MkdirAll(path, 0o700) },
		"more than 1 MiB":    func(path string) error { return os.WriteFile(path, make([]byte, 5<<20), 0o600) },
	} {
		for list, file := range map[string]string{"npm": ".npmrc", "docker": ".docker/config.json", "curl": ".curlrc", "pip": ".netrc", "helm=a": ".config/helm/repositories.yaml"} {
			if runtime.GOOS != "linux" && strings.HasPrefix(list, "helm") {
				continue
			}
			j := newJob(t)
			path := filepath.Join(j.home, file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), prepare(path)); err != nil {
				t.Fatal(err)
			}
			if _, err := login.New(list, j.host()); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), filepath.Base(file)) {
				t.Errorf("%s, %s: got %v", list, name, err)
			}
		}
	}
	j := newJob(t)
	for file, list := range map[string]string{".docker/config.json": "docker", ".config/helm/repositories.yaml": "helm=a"} {
		for _, text := range []string{"{", `{"auths": 5}`, "[]"} {
			j.own(t, file, text)
			if _, err := login.New(list, j.host()); runtime.GOOS == "linux" && (err == nil || !strings.Contains(err.Error(), "is not what "+strings.TrimSuffix(list, "=a")+" writes")) {
				t.Errorf("%s %s: got %v", list, text, err)
			}
		}
	}
}

// Without a home there is nothing to include.
func TestLogin_WorksWithoutAHome(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.env = map[string]string{}
	l := j.logIn(t, "npm=a, docker, pip=b, maven=c, go=d, helm=e, git, curl, bazel, jf")
	if got := len(files(t, l.Folder())); got != 9 {
		t.Errorf("%d files", got)
	}
}

func TestLogin_RenewsWhatClientsHaveChanged(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	l := j.logIn(t, "npm=a, docker")
	path := filepath.Join(l.Folder(), "docker", "config.json")
	if err := os.WriteFile(path, []byte(strings.Replace(read(t, path), `"auths": {`, `"auths": {"other.example": {"auth": "eDp5"},`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(l.Folder(), "npmrc")); err != nil {
		t.Fatal(err)
	}
	if err := l.Write("ci-bot", redact.NewSecret("TOKEN-2")); err != nil {
		t.Fatal(err)
	}
	got := shown(t, l)
	if strings.Contains(got, "TOKEN-1") || strings.Contains(got, "Y2ktYm90OlRPS0VOLTE=") || !strings.Contains(got, "other.example") ||
		!strings.Contains(got, "Y2ktYm90OlRPS0VOLTI=") || !strings.Contains(got, ":_authToken=TOKEN-2") {
		t.Errorf("got\n%s", got)
	}
}

func TestLogin_RefusesUserNamesThatNoClientTakes(t *testing.T) {
	t.Parallel()
	l := newJob(t).logIn(t, "npm")
	for _, name := range []string{"", "a b", "a:b", "a\nmachine x", `a"b`, `a\b`, "a;Password=x", "${env.HOME}", "#a", "a\u00a0b", "a\u0085b", "a\u2028b", "a\x7f"} {
		if err := l.Write(name, redact.NewSecret("TOKEN-2")); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	for _, name := range []string{"ci-bot", "o'neil", "a,b", "build$", "a#b", "müll@example.com", "a/b"} {
		if err := l.Write(name, redact.NewSecret("TOKEN-2")); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNew_TellsTheContainerActionWhatItCannotDo(t *testing.T) {
	t.Parallel()
	host := newJob(t).host()
	host.Container = true
	l, err := login.New("twine=a, cargo=b, gradle, nuget=c, conan=d, terraform, poetry=e", host)
	if err == nil {
		err = l.Open()
	}
	if err != nil || l.Folder() != "" {
		t.Errorf("%q, %v", l.Folder(), err)
	}
	_, err = login.New("twine=a, npm=b", host)
	problem, ok := errors.AsType[*login.ProblemError](err)
	if !ok || !strings.Contains(problem.Reason, "npm: it needs a file") || !strings.Contains(problem.Fix, "native") {
		t.Errorf("got %v", err)
	}
}

// The folder is the only thing that is removed, whatever stands under its name.
func TestRemoveFolder_FollowsNoLink(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	l := j.logIn(t, "npm")
	j.own(t, "precious", "text")
	if err := os.Symlink(j.home, filepath.Join(l.Folder(), "link")); err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(j.temp, "elsewhere")
	if err := errors.Join(os.Rename(l.Folder(), moved), os.Symlink(j.home, l.Folder())); err != nil {
		t.Fatal(err)
	}
	if err := l.Remove(); err == nil || !strings.Contains(err.Error(), "something else has its name") {
		t.Errorf("a link: got %v", err)
	}
	if err := errors.Join(os.Remove(l.Folder()), os.Rename(moved, l.Folder()), l.Remove()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(l.Folder()); err == nil {
		t.Error("it is still there")
	}
	if read(t, filepath.Join(j.home, "precious")) != "text" {
		t.Error("the user's own is gone")
	}
	if err := l.Remove(); err == nil || !strings.Contains(err.Error(), "moved or removed") {
		t.Errorf("a folder that is gone: got %v", err)
	}
	if err := login.RemoveFolder(j.home); err == nil {
		t.Error("another folder was removed")
	}
}

func TestSave_HoldsNoSecret(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.env["DOCKER_CONFIG"] = j.home
	l := j.logIn(t, "docker, twine=a")
	text, err := l.Save()
	if err != nil || strings.Contains(text, "TOKEN") {
		t.Fatalf("%s, %v", text, err)
	}
	saved, err := login.Restore(text)
	if err != nil || saved.Folder != l.Folder() || saved.Clients != 2 || saved.Before["DOCKER_CONFIG"] != j.home || len(saved.Before) != 4 {
		t.Errorf("%+v, %v", saved, err)
	}
	if _, err := login.Restore("{"); err == nil {
		t.Error("half a state was taken")
	}
}

// A second login, for another platform, includes the first one's files, and gives its variables back.
func TestLogin_AddsUp(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	first := j.logIn(t, "npm=a, docker, curl")
	for _, v := range first.Variables() {
		j.env[v.Name] = v.Value
	}
	host := j.host()
	host.URL = "https://other.jfrog.io"
	second, err := login.New("npm=b, docker, curl", host)
	if err == nil {
		err = second.Open()
	}
	if err == nil {
		err = second.Write("other-bot", redact.NewSecret("TOKEN-2"))
	}
	if err != nil {
		t.Fatal(err)
	}
	got := shown(t, second)
	for _, want := range []string{
		"//acme.jfrog.io/artifactory/:_authToken=TOKEN-1\n", "//other.jfrog.io/artifactory/:_authToken=TOKEN-2\n", `"acme.jfrog.io": {`, `"other.jfrog.io": {`,
		"machine acme.jfrog.io login ci-bot password TOKEN-1\n", "machine other.jfrog.io login other-bot password TOKEN-2\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	text, err := second.Save()
	if err != nil {
		t.Fatal(err)
	}
	saved, err := login.Restore(text)
	if err != nil || saved.Before["DOCKER_CONFIG"] != filepath.Join(first.Folder(), "docker") {
		t.Errorf("%+v, %v", saved, err)
	}
}

func TestClients_CountsOneWithSeveralRepositoriesOnce(t *testing.T) {
	t.Parallel()
	l, err := login.New("cargo=a, docker, cargo=b, helm", newJob(t).host())
	if err != nil || l.Clients() != 3 {
		t.Errorf("%d clients, %v", l.Clients(), err)
	}
}
