//go:build linux

package proof

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// The leak that is planted: where the program masks its secrets, it prints each of them in hex.
const (
	leakFile  = "internal/cli/runner.go"
	leakAfter = "func (r *runner) Mask(secrets ...action.Secret) error {\n"
	leakCode  = "\tfor _, secret := range secrets {\n\t\t_, _ = fmt.Fprintf(r.host.Out, \"planted leak: %x\\n\", secret.Reveal())\n\t}\n"
)

// TestPlantedLeakIsFound builds the program with a leak in it: the search for secrets, which finds nothing after all other
// jobs, must find this one.
func TestPlantedLeakIsFound(t *testing.T) {
	t.Parallel()
	dir, err := buildBinary(root, "-overlay", plantLeak(t))
	if err != nil {
		t.Fatal(err)
	}
	c := newCell(t, minting())
	if result := c.job.exec(t, filepath.Join(dir, "frogmint-main")); result.status != 0 || !strings.Contains(result.log, "planted leak: ") {
		t.Fatalf("exit status %d\n%s", result.status, visible(result.log))
	}
	if leaks := c.job.leaks(); !slices.ContainsFunc(leaks, func(leak string) bool { return strings.HasSuffix(leak, "in hex") }) {
		t.Errorf("not found: %v", leaks)
	}
	c.job.printed = buffer{} // found
	if result := c.job.post(); result.status != 0 {
		t.Errorf("exit status %d\n%s", result.status, result.log)
	}
}

// What a login leaves behind is found like a leak, once the job is over.
func TestForgottenLoginIsFound(t *testing.T) {
	t.Parallel()
	j := prepare(t, sandboxtest.Start(t), minting("login", "curl"))
	if result := j.main(); result.status != 0 || len(j.leaks()) > 0 {
		t.Fatalf("exit status %d, %v\n%s", result.status, j.leaks(), visible(result.log))
	}
	j.over = true
	if leaks := j.leaks(); len(leaks) != 1 || !strings.Contains(leaks[0], "frogmint-login-") {
		t.Errorf("found: %v", leaks)
	}
	if result := j.post(); result.status != 0 || len(j.leaks()) > 0 {
		t.Errorf("exit status %d, %v\n%s", result.status, j.leaks(), visible(result.log))
	}
}

// plantLeak writes a copy of a source file with the leak in it, and an overlay for go build that has it in the file's place.
func plantLeak(t *testing.T) (overlay string) {
	t.Helper()
	source := read(t, leakFile)
	before, after, found := strings.Cut(source, leakAfter)
	if !found {
		t.Fatalf("%s has no line %q", leakFile, leakAfter)
	}
	original, err := filepath.Abs(filepath.Join(root, leakFile))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	leaking := filepath.Join(dir, "runner.go")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {original: leaking}})
	if err != nil {
		t.Fatal(err)
	}
	overlay = filepath.Join(dir, "overlay.json")
	for path, content := range map[string]string{leaking: before + leakAfter + leakCode + after, overlay: string(text)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return overlay
}
