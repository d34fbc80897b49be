//go:build container

package container

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Go reads the file that it finds first, and then all files of two folders: a bundle that stands in one of these is parsed
// twice, at 6 ms of CPU time and 1.7 MB. The image's own folder is counted on the host, by what is opened in it.
func TestImageReadsItsCACertificatesOnce(t *testing.T) {
	files := imageFiles(t)
	folder := filepath.Join(t.TempDir(), "ssl")
	bundle := filepath.Join(folder, "cert.pem")
	if err := os.Mkdir(folder, 0o755); err != nil { //nolint:gosec // as in the image
		t.Fatal(err)
	}
	if err := os.WriteFile(bundle, files["etc/ssl/cert.pem"].data, 0o600); err != nil {
		t.Fatal(err)
	}
	opened := watch(t, bundle)
	stranger := httptest.NewUnstartedServer(nil) // whose certificate none of the bundle has signed
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	cmd := exec.CommandContext(t.Context(), "docker", "run", "--rm", "--network", "host", "-v", folder+":/etc/ssl:ro",
		"-e", "JF_URL="+stranger.URL, "-e", "JF_ACCESS_TOKEN=none", image, "mint", "--format", "token", "--timeout", "20s")
	if out, err := cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("certificate")) {
		t.Errorf("no certificate was refused: %v\n%s", err, out)
	}
	if n := opened(); n != 1 {
		t.Errorf("the CA bundle was opened %d times, want 1", n)
	}
}

// watch counts how often a file is opened, by anybody.
func watch(t *testing.T, path string) (opened func() int) {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	// The kernel makes one event of equal ones in a row: what is opened twice has an end between.
	if _, err := syscall.InotifyAddWatch(fd, path, syscall.IN_OPEN|syscall.IN_CLOSE_NOWRITE); err != nil {
		t.Fatal(err)
	}
	return func() int {
		events := make([]byte, 100*syscall.SizeofInotifyEvent)
		n, err := syscall.Read(fd, events)
		if err != nil && !errors.Is(err, syscall.EAGAIN) {
			t.Fatal(err)
		}
		return max(n, 0) / (2 * syscall.SizeofInotifyEvent) // those of a file have no name behind them
	}
}
