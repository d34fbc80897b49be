package login_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// Who can read the old file can't read the new one.
func TestTokenFile_IsANewFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil { //nolint:gosec // others may read it
		t.Fatal(err)
	}
	old, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close() //nolint:errcheck // opened for reading
	if err := login.TokenFile(path).Check(); err != nil {
		t.Error(err)
	}
	if err := login.TokenFile(path).Write("user", redact.NewSecret("new")); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 10)
	if n, _ := old.Read(text); string(text[:n]) != "old" {
		t.Errorf("whoever had the old file open reads %q", text[:n])
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "new" {
		t.Errorf("got %q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	for range 2 { // the command may have removed it
		if err := login.TokenFile(path).Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestTokenFile_FailsWithoutATrace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "in use"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, filepath.Join(dir, "nowhere", "token")} {
		if login.TokenFile(path).Check() == nil || login.TokenFile(path).Write("user", redact.NewSecret("token")) == nil {
			t.Errorf("%s: no error", path)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
