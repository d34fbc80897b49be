package ci_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/ci/citest"
	"github.com/frogmint/frogmint/internal/redact"
)

func gitLabWorld(t testing.TB, more map[string]string) *world {
	t.Helper()
	env := map[string]string{"GITLAB_CI": "true", "GITLAB_ENV": "{file}/gitlab_runner_env"}
	for name, value := range more {
		env[name] = value
	}
	return newWorld(t, env)
}

func TestGitLab_RunnerReadsWhatWasExported(t *testing.T) {
	t.Parallel()
	w := gitLabWorld(t, nil)
	file := w.env["GITLAB_ENV"]
	must(t, os.WriteFile(file, []byte("OWN=kept"), 0o666)) //nolint:gosec // as open as GitLab's helper leaves it
	system := ci.GitLab()
	must(t, system.Check(w.host, ci.Uses{Export: true, Setenv: true}))
	must(t, system.Export(w.host, outputs()))
	must(t, system.Setenv(w.host, variables()))
	text := w.read(t, "gitlab_runner_env", 0o600)
	for name, stage := range map[string]map[string]string{
		"bash": citest.GitLabStage(t, file), "the runner itself": citest.GitLabConcreteStage(text),
	} {
		t.Run(name, func(t *testing.T) {
			contains(t, stage, asShellVariables(outputs()))
			contains(t, stage, asMap(variables()))
			contains(t, stage, map[string]string{"OWN": "kept"})
		})
	}
	if _, err := os.Stat("pwned"); err == nil {
		t.Error("a value was run")
	}
}

// TestGitLab_MasksOnlyWithProxyExec is about runners without proxy_exec, where the command itself would show the secret.
func TestGitLab_MasksOnlyWithProxyExec(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", "false", "1", "yes", "TRUE"} {
		w := gitLabWorld(t, map[string]string{"FROGMINT_GITLAB_PROXY_EXEC": word})
		system, err := ci.Detect(w.get)
		must(t, err)
		if system.ID != "gitlab" || system.Mask != nil {
			t.Errorf("%q: detected %s, with a mask", word, system.ID)
		}
		if err := ci.GitLab().Mask(w.host, secret()); err == nil || w.out.Len() > 0 || strings.Contains(err.Error(), secret().Reveal()) {
			t.Errorf("%q: printed %q, error %v", word, w.out, err)
		}
	}
	w := gitLabWorld(t, map[string]string{"FROGMINT_GITLAB_PROXY_EXEC": "true"})
	must(t, ci.GitLab().Mask(w.host, secret()))
	if got := w.out.String(); got != "::add-mask::"+secret().Reveal()+"\n" {
		t.Errorf("printed %q", got)
	}
	for _, value := range []string{"a b", "a\nb", "a%0Ab", "ä", ""} {
		w.out.Reset()
		err := ci.GitLab().Mask(w.host, redact.NewSecret("secret"+value+"x"))
		if value != "" && (err == nil || w.out.Len() > 0 || strings.Contains(err.Error(), value)) {
			t.Errorf("%q: printed %q, error %v", value, w.out, err)
		}
	}
}

func TestGitLab_RefusesWhatWouldLeakOrFail(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	link, plain := filepath.Join(directory, "link"), filepath.Join(directory, "plain")
	must(t, os.Symlink(filepath.Join(directory, "elsewhere"), link))
	must(t, os.WriteFile(plain, nil, 0o600))
	for _, test := range []struct {
		want string
		env  map[string]string
	}{
		{"GITLAB_ENV is not set", map[string]string{"GITLAB_ENV": ""}},
		{"is not a regular file", map[string]string{"GITLAB_ENV": directory}},
		{"is not a regular file", map[string]string{"GITLAB_ENV": link}},
		{"not a directory", map[string]string{"GITLAB_ENV": filepath.Join(plain, "below")}},
		{"no such file or directory", map[string]string{"GITLAB_ENV": filepath.Join(directory, "none", "below")}},
		{"CI_DEBUG_TRACE is on", map[string]string{"CI_DEBUG_TRACE": "true"}},
		{"CI_DEBUG_TRACE is on", map[string]string{"CI_DEBUG_TRACE": "1"}},
		{"CI_DEBUG_TRACE is on", map[string]string{"CI_DEBUG_TRACE": "t"}},
		{"CI_DEBUG_TRACE is on", map[string]string{"CI_DEBUG_TRACE": "T"}},
		{"CI_DEBUG_TRACE is on", map[string]string{"CI_DEBUG_TRACE": "True"}},
		{"CI_DEBUG_TRACE is on", map[string]string{"CI_DEBUG_TRACE": "TRUE"}},
	} {
		w := gitLabWorld(t, test.env)
		var problem *ci.ProblemError
		if err := ci.GitLab().Check(w.host, ci.Uses{Export: true}); !errors.As(err, &problem) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v", test.env, err)
		}
		if err := ci.GitLab().Check(w.host, ci.Uses{}); err != nil {
			t.Errorf("%v: refused although nothing is exported: %v", test.env, err)
		}
		if test.env["CI_DEBUG_TRACE"] != "" {
			continue
		}
		if err := ci.GitLab().Setenv(w.host, variables()); err == nil || strings.Contains(err.Error(), secret().Reveal()) {
			t.Errorf("%v: got %v", test.env, err)
		}
	}
	for _, off := range []string{"", "0", "false", "yes", "on"} { // the runner takes what it can't parse for false
		w := gitLabWorld(t, map[string]string{"CI_DEBUG_TRACE": off})
		must(t, ci.GitLab().Check(w.host, ci.Uses{Export: true}))
	}
	if _, err := os.Lstat(filepath.Join(directory, "elsewhere")); err == nil {
		t.Error("the link was followed")
	}
	w := gitLabWorld(t, map[string]string{"CI_RUNNER_EXECUTABLE_ARCH": "windows/amd64"})
	for _, value := range []string{"a ", "a\t", "a\u00a0", "a=b"} {
		if err := ci.GitLab().Export(w.host, []ci.Output{{Name: "username", Value: value}}); err == nil {
			t.Errorf("%q was exported", value)
		}
	}
	if got := w.read(t, "gitlab_runner_env", 0o644); got != "" {
		t.Errorf("written before it refused: %q", got)
	}
}

func TestGitLab_IDToken(t *testing.T) {
	t.Parallel()
	w := gitLabWorld(t, map[string]string{"JFROG_ID_TOKEN": " token\n"})
	token, err := ci.GitLab().IDToken(t.Context(), w.host, "")
	must(t, err)
	if token.Reveal() != "token" {
		t.Errorf("got %q", token.Reveal())
	}
	w = gitLabWorld(t, map[string]string{"JFROG_ID_TOKEN": " "})
	if _, err := ci.GitLab().IDToken(t.Context(), w.host, ""); err == nil || !strings.Contains(err.Error(), "JFROG_ID_TOKEN is not set") {
		t.Errorf("got %v", err)
	}
}

// A link that is put in the file's place between the look at it and its opening gets nothing. Nobody can stop the clock
// there: another goroutine puts the link there and takes it away as fast as it can.
func TestGitLab_FileSwappedWhileItIsOpened(t *testing.T) {
	t.Parallel()
	for name, swap := range map[string]func(file, elsewhere string){
		"in place of the file": func(file, elsewhere string) {
			fresh := file + ".fresh"
			_ = os.Symlink(elsewhere, fresh)
			_ = os.Rename(fresh, file)
			_ = os.WriteFile(fresh, nil, 0o600)
			_ = os.Rename(fresh, file)
		},
		"where no file is yet": func(file, elsewhere string) {
			_ = os.Symlink(elsewhere, file)
			_ = os.Remove(file)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			file, elsewhere := filepath.Join(directory, "env"), filepath.Join(directory, "elsewhere")
			must(t, os.WriteFile(elsewhere, nil, 0o600))
			w := gitLabWorld(t, map[string]string{"GITLAB_ENV": file})
			var over atomic.Bool
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for !over.Load() {
					swap(file, elsewhere)
				}
			}()
			written := 0
			for range 5_000 {
				if ci.GitLab().Setenv(w.host, variables()) == nil {
					written++
				}
			}
			over.Store(true)
			<-ended
			if content, err := os.ReadFile(elsewhere); err != nil || len(content) > 0 || written == 0 {
				t.Errorf("%d times written; %d bytes went elsewhere, %v", written, len(content), err)
			}
		})
	}
}
