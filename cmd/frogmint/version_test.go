package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const tag = "v1.2.3"

// A release's own build is told its version. Who builds from a tag by other means gets it by what Go records.
func TestVersion_NamesTheTag(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(t *testing.T, bin string){
		"go install": installTag,
		"checkout":   buildCheckout,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin := t.TempDir()
			build(t, bin)
			frogmint := func(args ...string) string {
				cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "frogmint"), args...)
				cmd.Env = append(os.Environ(), "FROGMINT_CI=generic", "JF_URL=http://127.0.0.1:1", "JF_ACCESS_TOKEN=none")
				out, _ := cmd.CombinedOutput() // nobody answers there
				return string(out)
			}
			if out := frogmint("version"); out != "frogmint "+tag+"\n" {
				t.Errorf("version: %q", out)
			}
			if out := frogmint("exec", "--timeout", "1s", "--", filepath.Join(bin, "frogmint"), "version"); !strings.Contains(out, "frogmint "+tag+" in ") {
				t.Errorf("the log: %q", out)
			}
		})
	}
}

// installTag has `go install` get the tag from a module proxy.
func installTag(t *testing.T, bin string) {
	proxy := t.TempDir()
	put(t, proxy, "list", []byte(tag+"\n"))
	put(t, proxy, tag+".info", []byte(`{"Version": "`+tag+`"}`))
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	shippedFiles(t, func(name string, content []byte) {
		if name == "go.mod" {
			put(t, proxy, tag+".mod", content)
		}
		entry, err := w.Create(module + "@" + tag + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = entry.Write(content) // to memory
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, proxy, tag+".zip", archive.Bytes())
	cache := strings.TrimSpace(program(t, ".", nil, "go", "env", "GOMODCACHE"))
	program(t, t.TempDir(), []string{
		"GOPROXY=file://" + proxy + ",file://" + cache + "/cache/download", "GOSUMDB=off", "GOMODCACHE=" + t.TempDir(),
		"GOFLAGS=-trimpath -tags=nethttpomithttp2 -ldflags=-w -modcacherw", "GOBIN=" + bin, "GOWORK=off",
	}, "go", "install", module+"/cmd/frogmint@"+tag)
}

// buildCheckout builds in a checkout of the tag.
func buildCheckout(t *testing.T, bin string) {
	dir := t.TempDir()
	shippedFiles(t, func(name string, content []byte) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	program(t, dir, nil, "git", "init", "-q")
	program(t, dir, nil, "git", "add", ".")
	program(t, dir, nil, "git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "a copy")
	program(t, dir, nil, "git", "tag", tag)
	program(t, dir, []string{"GOFLAGS=-trimpath -tags=nethttpomithttp2 -ldflags=-w -buildvcs=true"}, "go", "build", "-o", bin+"/", "./cmd/frogmint")
}

// shippedFiles calls use for each file that frogmint is built from, by its name in the module.
func shippedFiles(t *testing.T, use func(name string, content []byte)) {
	t.Helper()
	root := os.DirFS("../..")
	for _, top := range []string{"go.mod", "go.sum", "action", "internal", "cmd/frogmint"} {
		err := fs.WalkDir(root, top, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") {
				return err
			}
			content, err := fs.ReadFile(root, name)
			use(name, content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// put writes a file of the module proxy.
func put(t *testing.T, proxy, name string, content []byte) {
	t.Helper()
	folder := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// program runs one to its end.
func program(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := behind(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}
