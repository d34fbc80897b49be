package jfrog_test

import (
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/utils/config"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// jf takes the configuration that frogmint exec writes.
func TestJF_ReadsTheConfigurationOfExec(t *testing.T) {
	home, err := login.NewJFHome(t.TempDir(), login.JFServer{URL: "https://acme.jfrog.io"})
	if err != nil {
		t.Fatal(err)
	}
	if err := home.Write(redact.NewSecret("token")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("JFROG_CLI_HOME_DIR", home.Path)
	for _, name := range []string{"", "frogmint"} {
		server, err := config.GetSpecificConfig(name, true, false)
		if err != nil {
			t.Fatal(err)
		}
		if server.AccessToken != "token" || server.Url != "https://acme.jfrog.io/" || server.ArtifactoryUrl != "https://acme.jfrog.io/artifactory/" || server.XrayUrl != "https://acme.jfrog.io/xray/" {
			t.Errorf("got %+v", server)
		}
	}
}
