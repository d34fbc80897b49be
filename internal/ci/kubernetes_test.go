package ci_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
)

// kubernetesIn mounts a projected token as the kubelet does: a link to a link that it can replace at once.
func kubernetesIn(t testing.TB, dir string) ci.System {
	t.Helper()
	project(t, dir, "id-token-for "+asked+"\n")
	return ci.KubernetesAt(filepath.Join(dir, "token"))
}

func project(t testing.TB, dir, token string) {
	t.Helper()
	version, err := os.MkdirTemp(dir, "..version")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(version, "token"), []byte(token), 0o600))
	must(t, os.Symlink(filepath.Base(version), filepath.Join(dir, "..next")))
	must(t, os.Rename(filepath.Join(dir, "..next"), filepath.Join(dir, "..data")))
	if _, err := os.Lstat(filepath.Join(dir, "token")); err != nil {
		must(t, os.Symlink(filepath.Join("..data", "token"), filepath.Join(dir, "token")))
	}
}

func TestKubernetes_ReadsTheTokenAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	system := kubernetesIn(t, w.dir)
	for _, want := range []string{"first", "second"} {
		project(t, w.dir, want)
		token, err := system.IDToken(t.Context(), w.host, "")
		must(t, err)
		if token.Reveal() != want {
			t.Errorf("got %q, want %q", token.Reveal(), want)
		}
	}
}

func TestKubernetes_NeedsItsFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
	missing := ci.KubernetesAt(filepath.Join(w.dir, "token"))
	if missing.Detect(w.get) {
		t.Error("a pod without the volume is taken for one with it")
	}
	if _, err := missing.IDToken(t.Context(), w.host, ""); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
	present := kubernetesIn(t, w.dir)
	if !present.Detect(w.get) {
		t.Error("a pod with the volume isn't recognized")
	}
	for _, text := range []string{"", " \n", strings.Repeat("x", 64<<10+1)} {
		project(t, w.dir, text)
		if token, err := present.IDToken(t.Context(), w.host, ""); err == nil || !token.IsZero() {
			t.Errorf("a file of %d bytes is taken for a token", len(text))
		}
	}
}
