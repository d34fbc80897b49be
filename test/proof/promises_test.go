//go:build linux

package proof

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPromisesHaveTheirTests finds every test that docs/security.md names.
func TestPromisesHaveTheirTests(t *testing.T) {
	t.Parallel()
	var tests strings.Builder
	dir := os.DirFS(root)
	err := fs.WalkDir(dir, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			text, err := fs.ReadFile(dir, path)
			tests.Write(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`).FindAllString(read(t, "docs/security.md"), -1)
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, name := range named {
		if !strings.Contains(tests.String(), "func "+name+"(") {
			t.Errorf("docs/security.md names %s, which doesn't exist", name)
		}
	}
}

// TestSameBytesInAnyFolder builds the program as docs/security.md says, from two copies of the sources.
func TestSameBytesInAnyFolder(t *testing.T) {
	t.Parallel()
	here := binary(t, "frogmint")
	copied := filepath.Join(t.TempDir(), "deep/deep/deep/src")
	copySources(t, copied)
	there, err := buildBinary(copied)
	if err != nil {
		t.Fatal(err)
	}
	var built [2][]byte
	for i, path := range []string{here, filepath.Join(there, "frogmint")} {
		if built[i], err = os.ReadFile(path); err != nil || !bytes.Contains(built[i], []byte(builtVersion)) {
			t.Fatalf("not the version that was asked: %v", err)
		}
	}
	if a, b := sha256.Sum256(built[0]), sha256.Sum256(built[1]); a != b {
		t.Errorf("%x is not %x", a, b)
	}
}

func copySources(t *testing.T, to string) {
	t.Helper()
	for _, part := range []string{"action", "internal", "cmd/frogmint"} {
		if err := os.CopyFS(filepath.Join(to, part), os.DirFS(filepath.Join(root, part))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		if err := os.WriteFile(filepath.Join(to, file), []byte(read(t, file)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
