package login_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// job is a machine with a home, and variables.
type job struct {
	home, temp, url string
	helper          string // empty: the clients' files hold the token
	env             map[string]string
}

func newJob(t *testing.T) *job {
	t.Helper()
	home := t.TempDir()
	return &job{home: home, temp: t.TempDir(), url: "https://acme.jfrog.io", env: map[string]string{"HOME": home, "USERPROFILE": home}}
}

// own gives the user a file below his home.
func (j *job) own(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(j.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (j *job) host() login.Host {
	return login.Host{Env: func(name string) string { return j.env[name] }, URL: j.url, Temp: j.temp, Helper: j.helper}
}

// logIn logs in with a first token.
func (j *job) logIn(t *testing.T, list string) *login.Login {
	t.Helper()
	l, err := login.New(list, j.host())
	if err == nil {
		err = l.Open()
	}
	if err == nil {
		err = l.Write("ci-bot", redact.NewSecret("TOKEN-1"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// shown is all that a login sets and writes, in a form that people can compare.
func shown(t *testing.T, l *login.Login) string {
	t.Helper()
	variables := map[string]string{}
	for _, v := range l.Variables() {
		if variables[v.Name] = v.Name + "=" + v.Value; v.Secret {
			variables[v.Name] += "   (secret)"
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		b.WriteString(variables[name] + "\n")
	}
	if l.Folder() != "" {
		for _, name := range files(t, l.Folder()) {
			b.WriteString("\n-- " + name + " --\n" + read(t, filepath.Join(l.Folder(), name)))
		}
	}
	text := strings.ReplaceAll(b.String(), l.Folder(), "FOLDER")
	if l.Folder() == "" {
		text = b.String()
	}
	return text
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files lists the regular files below a folder, with slashes.
func files(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			name, _ := filepath.Rel(folder, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
