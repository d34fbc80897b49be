//go:build container

package container

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// maxImage bounds the image's files in bytes: the binary, which TestSize bounds, and a CA bundle.
const maxImage = 8_450_000

// docker runs a docker command and returns what it printed.
func docker(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "docker", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// file is one entry of the image: where a link points, or what a file holds.
type file struct {
	link string
	mode int64
	data []byte
}

// mountPoints are the files that Docker puts into every container.
var mountPoints = []string{
	".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf",
}

// imageFiles returns the image's own files, by way of a container that never runs.
func imageFiles(t *testing.T) map[string]file {
	t.Helper()
	container := strings.TrimSpace(string(docker(t, "create", "--network", "none", image)))
	files := untar(t, docker(t, "export", container))
	docker(t, "rm", container)
	for _, name := range mountPoints {
		delete(files, name)
	}
	return files
}

// untar returns an archive's files, without its folders.
func untar(t *testing.T, data []byte) map[string]file {
	t.Helper()
	files := make(map[string]file)
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatalf("reading an archive: %v", err)
		}
		if h.Typeflag == tar.TypeDir {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("reading %s: %v", h.Name, err)
		}
		files[h.Name] = file{link: h.Linkname, mode: h.Mode, data: content}
	}
}

func TestImageHoldsOnlyWhatItNeeds(t *testing.T) {
	files := imageFiles(t)
	got := slices.Sorted(maps.Keys(files))
	want := []string{"etc/ssl/cert.pem", "frogmint", "frogmint-main", "frogmint-post"}
	if !slices.Equal(got, want) {
		t.Errorf("files: got %q, want %q", got, want)
	}
	for _, link := range []string{"frogmint-main", "frogmint-post"} {
		if files[link].link != "frogmint" {
			t.Errorf("%s points to %q, want frogmint", link, files[link].link)
		}
	}
	if mode := files["frogmint"].mode & 0o777; mode != 0o755 {
		t.Errorf("the binary's mode is %o, want 755", mode)
	}
	size := 0
	for _, f := range files {
		size += len(f.data)
	}
	t.Logf("%d bytes", size)
	if size > maxImage {
		t.Errorf("the image holds %d bytes, more than %d", size, maxImage)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(files["etc/ssl/cert.pem"].data) {
		t.Error("the CA bundle holds no certificate")
	}
}

func TestImageConfig(t *testing.T) {
	var inspected []struct {
		Config struct {
			User       string
			Entrypoint []string
			Cmd        []string
			Labels     map[string]string
		}
	}
	if err := json.Unmarshal(docker(t, "image", "inspect", image), &inspected); err != nil {
		t.Fatal(err)
	}
	got := inspected[0]
	if got.Config.User != "" {
		t.Errorf("the image runs as %q: it could not write the runner's files", got.Config.User)
	}
	if !slices.Equal(got.Config.Entrypoint, []string{"/frogmint"}) || len(got.Config.Cmd) != 0 {
		t.Errorf("entrypoint %q, command %q", got.Config.Entrypoint, got.Config.Cmd)
	}
	if source := got.Config.Labels["org.opencontainers.image.source"]; source != "https://github.com/frogmint/frogmint" {
		t.Errorf("source label: %q", source)
	}
}

func TestImageIsTheCommandToo(t *testing.T) {
	out := docker(t, "run", "--rm", "--network", "none", image, "version")
	if !bytes.HasPrefix(out, []byte("frogmint ")) {
		t.Errorf("version printed %q", out)
	}
}
