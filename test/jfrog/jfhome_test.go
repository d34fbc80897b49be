package jfrog_test

import (
	"path/filepath"
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/utils/config"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// jf takes the configuration that frogmint exec writes.
func TestJF_ReadsTheConfigurationOfExec(t *testing.T) {
	planned, err := login.New("jf", login.Host{Env: func(string) string { return "" }, URL: "https://acme.jfrog.io", Temp: t.TempDir()})
	if err == nil {
		err = planned.Open()
	}
	if err == nil {
		err = planned.Write("ci-bot", redact.NewSecret("token"))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("JFROG_CLI_HOME_DIR", filepath.Join(planned.Folder(), "jf"))
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
