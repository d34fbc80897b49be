//go:build unix

package login_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// What the user has configured himself still counts, and his files stay what they are.
func TestLogin_IncludesTheUsersOwn(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	own := map[string]string{
		".npmrc":                            "//acme.jfrog.io/artifactory/api/npm/a/:_password = old\n//acme.jfrog.io/:_authToken=old\n//other.example/:_authToken=theirs\nfund=false\n[section]\nx=1\n",
		".netrc":                            "machine other.example login me password mine\nmachine acme.jfrog.io login old password old",
		".docker/config.json":               `{"auths":{"other.example":{"auth":"eDp5"},"acme.jfrog.io":{"auth":"old"}},"credsStore":"desktop","credHelpers":{"gcr.io":"gcloud"},"currentContext":"remote","HttpHeaders":{"n":12345678901234567890}}`,
		".docker/contexts/meta/x/meta.json": "{}", ".docker/cli-plugins/docker-x": "#!",
		".curlrc":                        "silent",
		".config/helm/repositories.yaml": "apiVersion: \"\"\ngenerated: \"0001\"\nrepositories:\n- name: mine\n  url: https://charts.example\n",
	}
	for name, text := range own {
		j.own(t, name, text)
	}
	j.env["GIT_CONFIG_COUNT"], j.env["GIT_CONFIG_KEY_0"], j.env["GIT_CONFIG_VALUE_0"], j.env["MAVEN_ARGS"] = "1", "user.name", "me", "-B"
	before := files(t, j.home)
	l := j.logIn(t, "npm=a, docker, curl, helm=b, git, maven=c")
	got := shown(t, l)
	for _, want := range []string{
		"-- npmrc --\n//acme.jfrog.io/:_authToken=old\n//other.example/:_authToken=theirs\nfund=false\n//acme.jfrog.io/artifactory/:_authToken=TOKEN-1\n",
		"registry=https://acme.jfrog.io/artifactory/api/npm/a/\n[section]\nx=1\n",
		"machine acme.jfrog.io login ci-bot password TOKEN-1\nmachine other.example login me password mine\nmachine acme.jfrog.io login old password old\n\nmachine acme.jfrog.io login ci-bot password TOKEN-1\n",
		`"auth":"eDp5"`, `"currentContext": "remote"`, "12345678901234567890", `"acme.jfrog.io": ""`, `"gcr.io": "gcloud"`, `"credsStore": "desktop"`,
		"silent\nnetrc-optional\n", "GIT_CONFIG_COUNT=5\n", "GIT_CONFIG_KEY_1=credential.https://acme.jfrog.io.helper\n", "MAVEN_ARGS=-B -gs FOLDER/",
		"generated: \"0001\"\nrepositories:\n- name: b\n", "password: \"TOKEN-1\"\n- name: mine\n  url: https://charts.example\n",
	} {
		if !strings.Contains(got, want) && !strings.Contains(strings.NewReplacer("\t", "", "\n", "", ": ", ":").Replace(got), strings.ReplaceAll(want, ": ", ":")) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, linked := range []string{"docker/contexts/meta/x/meta.json", "docker/cli-plugins/docker-x"} {
		if _, err := os.Stat(filepath.Join(l.Folder(), linked)); err != nil {
			t.Error(err)
		}
	}
	if err := l.Remove(); err != nil {
		t.Error(err)
	}
	if after := files(t, j.home); !slices.Equal(before, after) {
		t.Errorf("the user has %v, had %v", after, before)
	}
	for name, text := range own {
		if got := read(t, filepath.Join(j.home, name)); got != text {
			t.Errorf("%s is %q now", name, got)
		}
	}
}

func TestLogin_IsPrivate(t *testing.T) {
	t.Parallel()
	l := newJob(t).logIn(t, "npm, docker, pip, maven=a, go, helm=b, git, curl, jf")
	for _, name := range append(files(t, l.Folder()), ".", "docker", "curl", "helm", "jf") {
		info, err := os.Stat(filepath.Join(l.Folder(), name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// Clients with a helper find the program under its name, and their files have no token, at first and after a renewal.
func TestLogin_GivesHelpersInsteadOfTokens(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	j.helper = filepath.Join(j.home, "frogmint")
	j.own(t, "frogmint", "#!")
	l := j.logIn(t, "docker, go=a, cargo=b, git=c")
	for range 2 {
		got := shown(t, l)
		for _, secret := range []string{"TOKEN", "Y2ktYm90OlRPS0VO"} {
			if strings.Contains(got, secret) {
				t.Errorf("%s is in\n%s", secret, got)
			}
		}
		if err := l.Write("ci-bot", redact.NewSecret("TOKEN-2")); err != nil {
			t.Fatal(err)
		}
	}
	for _, client := range []string{"docker", "go", "cargo", "git"} {
		if target, err := os.Readlink(filepath.Join(l.Folder(), "bin", client+login.HelperSuffix)); err != nil || target != j.helper {
			t.Errorf("%s has %q, %v", client, target, err)
		}
	}
	if l.Socket() != filepath.Join(l.Folder(), "s") || newJob(t).logIn(t, "docker").Socket() != "" {
		t.Errorf("the socket is %q", l.Socket())
	}
}

// What is granted is the latest token, and comes back as it was, or not at all.
func TestReadGrant_ReadsAllOrNothing(t *testing.T) {
	t.Parallel()
	l := newJob(t).logIn(t, "docker")
	if err := l.Write("ci-bot", redact.NewSecret("TOKEN-2")); err != nil {
		t.Fatal(err)
	}
	text := l.Grant(1795000000)
	want := login.Grant{Base: "https://acme.jfrog.io/artifactory", User: "ci-bot", Token: redact.NewSecret("TOKEN-2"), Renewal: 1795000000}
	if got, err := login.ReadGrant(text); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for end := range len(text) {
		if got, err := login.ReadGrant(text[:end]); err == nil {
			t.Errorf("%q is read as %+v", text[:end], got)
		}
	}
	if _, err := login.ReadGrant(strings.Replace(text, "1795000000", "soon", 1)); err == nil {
		t.Error("a time that is none is read")
	}
}
