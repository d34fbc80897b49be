package login_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
)

// asOrdinaryUser does work as somebody who isn't root, and who owns the test's temporary folders. Root may read and remove everything.
func asOrdinaryUser(t *testing.T, work func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		work()
		return
	}
	const nobody = 65534
	err := filepath.WalkDir(filepath.Dir(t.TempDir()), func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	})
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Of this thread alone, and with it goes the power to override permissions; none of them fails.
	_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0)
	defer func() { _, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0) }()
	work()
}

func TestNew_TellsWhichOwnFileIsUnreadable(t *testing.T) {
	t.Parallel()
	for _, own := range owned {
		j, path := owning(t, own.file, func(path string) error { return os.WriteFile(path, nil, 0) })
		asOrdinaryUser(t, func() {
			want := own.told + `: its own configuration "` + path + `" can't be read: permission denied`
			if _, err := login.New(own.list, j.host()); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", own.file, err, want)
			}
		})
	}
}

// What tools keep read-only in the folder is removed with it.
func TestRemoveFolder_RemovesWhatIsReadOnly(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	l := j.logIn(t, "npm, docker")
	inner := filepath.Join(l.Folder(), "docker", "cache", "inner")
	if err := errors.Join(
		os.MkdirAll(inner, 0o700), os.WriteFile(filepath.Join(inner, "file"), nil, 0o400), os.Symlink(j.home, filepath.Join(inner, "link")),
		os.Chmod(inner, 0o500), os.Chmod(filepath.Dir(inner), 0), os.Chmod(l.Folder(), 0o500), os.Chmod(j.home, 0o500), //nolint:gosec // folders
	); err != nil {
		t.Fatal(err)
	}
	asOrdinaryUser(t, func() {
		if err := l.Remove(); err != nil {
			t.Error(err)
		}
	})
	if info, err := os.Stat(j.home); err != nil || info.Mode().Perm() != 0o500 {
		t.Errorf("what a link leads to is %v now, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(j.temp); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
