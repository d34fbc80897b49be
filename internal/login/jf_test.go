package login_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

func TestJFHome_HoldsTheTokenUntilItIsRemoved(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	home, err := login.NewJFHome(temp, login.JFServer{
		ID: "acme", URL: "https://acme.jfrog.io", ArtifactoryURL: "https://artifactory.acme.com/", RootsPEM: []byte("certificate"),
	})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(home.Path, "jfrog-cli.conf.v6")
	for _, token := range []string{"first", "second"} {
		if err := home.Write(redact.NewSecret(token)); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"version": "6", "servers": []any{map[string]any{
			"serverId": "acme", "isDefault": true, "accessToken": token, "url": "https://acme.jfrog.io/", "artifactoryUrl": "https://artifactory.acme.com/",
			"distributionUrl": "https://acme.jfrog.io/distribution/", "xrayUrl": "https://acme.jfrog.io/xray/", "missionControlUrl": "https://acme.jfrog.io/mc/",
			"pipelinesUrl": "https://acme.jfrog.io/pipelines/", "accessUrl": "https://acme.jfrog.io/access/",
		}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if certificate, err := os.ReadFile(filepath.Join(home.Path, "security", "certs", "frogmint.pem")); err != nil || string(certificate) != "certificate" {
		t.Errorf("got the certificate %q, %v", certificate, err)
	}
	for path, want := range map[string]os.FileMode{home.Path: 0o700, config: 0o600} {
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want mode %v", path, info.Mode(), err, want)
		}
	}
	if err := home.Remove(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestNewJFHome_NeedsAFolder(t *testing.T) {
	t.Parallel()
	if home, err := login.NewJFHome(filepath.Join(t.TempDir(), "nowhere"), login.JFServer{}); err == nil {
		t.Errorf("got %v", home)
	}
}
