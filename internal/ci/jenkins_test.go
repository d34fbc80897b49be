package ci_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/ci/citest"
)

func TestJenkins_ShellReadsWhatWasExported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"WORKSPACE_TMP": "{dir}/app@tmp"})
	file := filepath.Join(w.dir, "app@tmp", "frogmint.env")
	system := ci.Jenkins()
	must(t, system.Check(w.host, ci.Uses{Export: true, Setenv: true}))
	// An earlier build, or another step, may have left anything there.
	elsewhere := filepath.Join(w.dir, "elsewhere")
	must(t, os.WriteFile(elsewhere, []byte("old"), 0o600))
	must(t, os.Symlink(elsewhere, file))
	must(t, system.Export(w.host, outputs()))
	must(t, system.Setenv(w.host, variables()))
	parsed, err := citest.ParseExports(w.read(t, "app@tmp/frogmint.env", 0o600))
	must(t, err)
	for _, shell := range []string{"sh", "bash"} {
		t.Run(shell, func(t *testing.T) {
			env, printed := citest.SourceFile(t, shell, "-xe", file) // as Jenkins starts its sh steps
			for _, got := range []map[string]string{env, parsed} {
				contains(t, got, asShellVariables(outputs()))
				contains(t, got, asMap(variables()))
			}
			if strings.Contains(printed, secret().Reveal()) || strings.Contains(printed, "JF_ACCESS_TOKEN") {
				t.Errorf("the step's log shows it:\n%s", printed)
			}
		})
	}
	if got := w.read(t, "elsewhere", 0o600); got != "old" {
		t.Errorf("the link was followed: %q", got)
	}
	left, err := filepath.Glob(filepath.Join(w.dir, "app@tmp", ".frogmint-*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if info, err := os.Stat(filepath.Dir(file)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is open to others: %v, %v", info.Mode(), err)
	}
	// The next build's file begins anew.
	must(t, system.Export(w.host, outputs()[1:]))
	if strings.Contains(w.read(t, "app@tmp/frogmint.env", 0o600), secret().Reveal()) {
		t.Error("the file still holds the last token")
	}
}

func TestJenkins_RefusesUnfitDirectories(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"FILE": "{file}/plain"})
	for _, directory := range []string{"", w.env["FILE"], filepath.Join(w.env["FILE"], "below")} {
		w.env["WORKSPACE_TMP"] = directory
		if err := ci.Jenkins().Check(w.host, ci.Uses{Export: true}); err == nil {
			t.Errorf("%q passed", directory)
		}
		if err := ci.Jenkins().Export(w.host, outputs()); err == nil || strings.Contains(err.Error(), secret().Reveal()) {
			t.Errorf("%q: got %v", directory, err)
		}
		must(t, ci.Jenkins().Check(w.host, ci.Uses{}))
	}
	// Something that can't be replaced.
	w.env["WORKSPACE_TMP"] = filepath.Join(w.dir, "tmp")
	must(t, os.MkdirAll(filepath.Join(w.dir, "tmp", "frogmint.env"), 0o700))
	if err := ci.Jenkins().Export(w.host, outputs()); err == nil || !strings.HasPrefix(err.Error(), "writing frogmint.env: ") {
		t.Errorf("a directory in the file's place: %v", err)
	}
	if err := ci.Jenkins().Setenv(w.host, variables()); err == nil {
		t.Error("a directory was appended to")
	}
}

// TestJob_RepositoryWithoutPassword: the address of a repository goes into the token's description and to JFrog.
func TestJob_RepositoryWithoutPassword(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://git.acme.example/x.git":                   "https://git.acme.example/x.git",
		"https://bot:hunter22@git.acme.example/x.git":      "https://git.acme.example/x.git",
		"https://hunter22@git.acme.example/x.git":          "https://git.acme.example/x.git",
		"https://bot:hunter22^@git.acme.example/x.git":     "https://git.acme.example/x.git",
		"https://bot:hunter22%cret@git.acme.example/x.git": "https://git.acme.example/x.git",
		"https://bot:hunter22/w@git.acme.example/x.git":    "https://git.acme.example/x.git",
		"https://bot:1/hunter22@git.acme.example/x.git":    "https://git.acme.example/x.git",
		"https://bot:1?hunter22@git.acme.example/x.git":    "https://git.acme.example/x.git",
		"https://git.acme.example/x.git?token=hunter22":    "https://git.acme.example/x.git?token=REDACTED",
		"bot:hunter22@git.acme.example:x.git":              "git.acme.example:x.git",
		"git@git.acme.example:x.git":                       "git.acme.example:x.git",
		"/srv/git/x.git":                                   "/srv/git/x.git",
		"":                                                 "",
	} {
		w := newWorld(t, map[string]string{"GIT_URL": address})
		if got := ci.Jenkins().Job(w.host.Env).Repository; got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
