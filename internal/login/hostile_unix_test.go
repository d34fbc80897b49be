//go:build unix

package login_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// owned are the files of the user's that a login reads: which client does, where each is, and something that its client would write.
var owned = []struct{ list, file, text, told string }{
	{"npm", ".npmrc", "//other.example/:_authToken=theirs", "npm"},
	{"pip", ".netrc", "machine other.example login me password theirs", "pip"},
	{"curl", ".curlrc", "user-agent = theirs", "curl"},
	{"docker", ".docker/config.json", `{"auths":{"other.example":{"auth":"theirs"}}}`, "docker"},
	{"helm", "helm/registry/config.json", `{"auths":{"other.example":{"auth":"theirs"}}}`, "helm"},
	{"helm=a", "helm/repositories.yaml", "repositories:\n- name: theirs\n  url: https://charts.example", "helm"},
}

// owning is a job whose user has made a file of his in some way.
func owning(t *testing.T, file string, create func(path string) error) (j *job, path string) {
	t.Helper()
	j = newJob(t)
	j.env["HELM_CONFIG_HOME"] = filepath.Join(j.home, "helm") // by default it isn't at the same place everywhere
	path = filepath.Join(j.home, file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), create(path)); err != nil {
		t.Fatal(err)
	}
	return j, path
}

// A link is read as the client reads it, and stays one.
func TestLogin_IncludesWhatALinkLeadsTo(t *testing.T) {
	t.Parallel()
	for _, own := range owned {
		target := filepath.Join(t.TempDir(), "target")
		j, path := owning(t, own.file, func(path string) error {
			return errors.Join(os.WriteFile(target, []byte(own.text), 0o600), os.Symlink(target, path))
		})
		l := j.logIn(t, own.list)
		if got := shown(t, l); !strings.Contains(got, "theirs") {
			t.Errorf("%s is not included:\n%s", own.file, got)
		}
		if err := errors.Join(l.Write("ci-bot", redact.NewSecret("TOKEN-2")), l.Remove()); err != nil {
			t.Error(err)
		}
		if to, err := os.Readlink(path); err != nil || to != target || read(t, target) != own.text {
			t.Errorf("%s leads to %q, %v, with %q", own.file, to, err, read(t, target))
		}
	}
}

// What can't be read is told, with the file, at once and before there is a token. Only what isn't there counts as nothing.
func TestNew_TellsWhichOwnFileCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		create func(path string) error
		want   string // empty: it can
	}{
		"a link to nothing":  {func(path string) error { return os.Symlink("/nowhere", path) }, ""},
		"a link to itself":   {func(path string) error { return os.Symlink(path, path) }, "too many levels of symbolic links"},
		"a link to a folder": {func(path string) error { return os.Symlink("/", path) }, "it is no regular file"},
		"a link to no end":   {func(path string) error { return os.Symlink("/dev/zero", path) }, "it is no regular file"},
		"a folder":           {func(path string) error { return os.Mkdir(path, 0o700) }, "it is no regular file"},
		"a pipe":             {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "it is no regular file"},
		"5 MB":               {func(path string) error { return os.WriteFile(path, make([]byte, 5_000_000), 0o600) }, "more than 1 MiB"},
		"below a file": {func(path string) error {
			return errors.Join(os.RemoveAll(filepath.Dir(path)), os.WriteFile(filepath.Dir(path), nil, 0o600))
		}, "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, own := range owned {
				j, path := owning(t, own.file, test.create)
				_, err := login.New(own.list, j.host())
				if test.want == "" {
					if err != nil {
						t.Errorf("%s: %v", own.file, err)
					}
					continue
				}
				want := own.told + `: its own configuration "` + path + `" can't be read: `
				if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: got %v, want %q", own.file, err, want+test.want)
				}
			}
		})
	}
}

// Formats that have no wrong content, by what their clients make of it, are included as they are: the login's own lines stay
// lines. What is no JSON or no list of repositories is told.
func TestLogin_TakesNoHarmFromInvalidOwnFiles(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\x00\xff\xfe[", "{", "{\"auths\":", "\"", "x\r", "machine", "[a]\n[b", "# \\"} {
		for _, own := range owned {
			j, path := owning(t, own.file, func(path string) error { return os.WriteFile(path, []byte(text), 0o600) })
			l, err := login.New(own.list, j.host())
			if own.told == "docker" || own.told == "helm" {
				if want := own.told + `: its own configuration "` + path + `" is not what ` + own.told + " writes"; err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s %q: got %v", own.file, text, err)
				}
				continue
			}
			if err = errors.Join(err, l.Open(), l.Write("ci-bot", redact.NewSecret("TOKEN-1"))); err != nil {
				t.Fatal(err)
			}
			line := map[string]string{
				"npm": "//acme.jfrog.io/artifactory/:_authToken=TOKEN-1", "pip": "machine acme.jfrog.io login ci-bot password TOKEN-1",
				"curl": `netrc-file = "FOLDER/netrc"`,
			}[own.told]
			if got := shown(t, l); !slices.Contains(strings.Split(got, "\n"), line) || !strings.Contains(got, strings.TrimRight(text, "\r")) {
				t.Errorf("%s %q: no line %q in\n%s", own.file, text, line, got)
			}
		}
	}
}

// A second platform is one more for those that tell platforms apart by what they read. The others would lose the first one.
func TestNew_AddsASecondPlatformWhereItIsAnother(t *testing.T) {
	t.Parallel()
	for list, adds := range map[string]bool{
		"npm": true, "npm=a": true, "docker": true, "pip": true, "uv": true, "go": true, "helm": true, "helm=a,helm=b": true, "git": true,
		"curl": true, "bazel": true, "terraform": true, "cargo=a,cargo=b": true, "nuget=a,nuget=b": true, "conan=a,conan=b": true, "poetry=a,poetry=b": true,
		"pip=a": false, "twine=a": false, "uv=a": false, "maven=a": false, "gradle": false, "go=a": false, "git=a": true, "jf": false,
		"cargo=a": false, "nuget=a": false, "conan=a": false, "poetry=a": false, "helm=a": false,
	} {
		j := newJob(t)
		first, second, several := strings.Cut(list, ",")
		if !several {
			second = first
		}
		l := j.logIn(t, first)
		for _, v := range l.Variables() {
			j.env[v.Name] = v.Value
		}
		j.url = "https://other.jfrog.io"
		if _, err := login.New(second, j.host()); adds && err != nil || !adds && (err == nil || !strings.Contains(err.Error(), " already")) {
			t.Errorf("%s: got %v", list, err)
		}
	}
}
