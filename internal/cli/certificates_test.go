package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestReadCertificatesOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	write := func(path string) error {
		return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(path), 0o600))
	}
	if err := errors.Join(write(at("image", "ca.crt")), write(at("more", "ca.crt")), write(at("more", "own.pem")), write(at("own", "own.pem")),
		os.Symlink("ca.crt", at("image", "link.0")), os.Symlink(at("gone"), at("own", "gone"))); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file, dirs string
		want       bool // whether the directories are left out
	}{
		"the bundle is all there is":     {at("image", "ca.crt"), at("image"), true},
		"a directory isn't there":        {at("image", "ca.crt"), at("image") + ":" + at("no"), true},
		"only directories without files": {at("image", "ca.crt"), at("no"), true},
		"another file":                   {at("more", "ca.crt"), at("more"), false},
		"another directory has one":      {at("image", "ca.crt"), at("image") + ":" + at("own"), false},
		"a copy":                         {at("image", "ca.crt"), at("more"), false},
		"no bundle":                      {at("no"), at("image"), false},
	} {
		set := map[string]string{}
		c := &Command{
			LookupEnv: func(name string) (string, bool) {
				value := map[string]string{certFile: test.file, certDir: test.dirs}[name]
				return value, value != ""
			},
			Setenv: func(name, value string) error { set[name] = value; return nil },
		}
		c.readCertificatesOnce()
		_, leftOut := set[certDir]
		if leftOut != test.want || len(set) > 1 {
			t.Errorf("%s: set %v", name, set)
		}
		c.Setenv = nil
		c.readCertificatesOnce()
	}
}
