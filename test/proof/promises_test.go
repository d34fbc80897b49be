//go:build linux

package proof

import (
	"bytes"
	"crypto/sha256"
	"go/ast"
	"go/parser"
	"go/token"
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

// TestPromisesHaveTheirTests finds every test and fuzz target that a page names.
func TestPromisesHaveTheirTests(t *testing.T) {
	t.Parallel()
	exist, named := map[string]bool{}, 0
	for _, name := range testFunctions(t) {
		exist[name] = true
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "SECURITY.md"), filepath.Join(root, "CONTRIBUTING.md")) {
		text := read(t, strings.TrimPrefix(page, root+"/"))
		for _, name := range regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`).FindAllString(text, -1) {
			if named++; !exist[name] {
				t.Errorf("%s names %s, which doesn't exist", page, name)
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d tests are named", named)
	}
}

// testFunctions are the names of all test functions and fuzz targets, those for other systems and other modules too.
func testFunctions(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil && takesTesting(function.Type, function.Name.Name) {
				names = append(names, function.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// takesTesting reports whether a function is one that go test calls: TestX(*testing.T) or FuzzX(*testing.F).
func takesTesting(function *ast.FuncType, name string) bool {
	if function.Params.NumFields() != 1 || function.Results != nil {
		return false
	}
	pointer, ok := function.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	kind, ok := pointer.X.(*ast.SelectorExpr)
	return ok && (kind.Sel.Name == "T" && strings.HasPrefix(name, "Test") || kind.Sel.Name == "F" && strings.HasPrefix(name, "Fuzz"))
}

// TestSameBytesInAnyFolder builds the program as docs/install.md says and as it is shipped, from two copies of the sources.
func TestSameBytesInAnyFolder(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"docs/install.md", "Dockerfile", ".ci/images", ".ci/release-binary"} {
		wants(t, read(t, file), "CGO_ENABLED=0", `GOFLAGS="$(cat cmd/frogmint/build.flags)"`, "-buildvcs=false", `-ldflags "-s -w -funcalign=8`)
	}
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
