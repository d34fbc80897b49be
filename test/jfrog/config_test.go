package jfrog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/utils/config"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
)

// readServer reads jf's configuration as a command with --server-id does.
func readServer(t *testing.T, id, home, key string) (action.Config, error) {
	t.Helper()
	env := map[string]string{"JFROG_CLI_HOME_DIR": home, "JFROG_CLI_ENCRYPTION_KEY": key}
	in, err := inputs.Load(t.Context(), inputs.CommandSources(map[string]string{"server-id": id, "groups": "CI"}, func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}))
	return in.Config, err
}

// TestConfiguration has jf write its configuration, and frogmint read it.
func TestConfiguration(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	servers := []*config.ServerDetails{
		{ServerId: "one", Url: "https://one.example/", AccessToken: "token-of-one"},
		{ServerId: "two", Url: "https://two.example/", User: "bob", Password: "password-of-two", IsDefault: true},
	}
	for name, test := range map[string]struct{ variable, yaml, wrong string }{
		"plain": {}, "key in the variable": {variable: key, wrong: strings.Repeat("x", 32)}, "key in security.yaml": {yaml: key},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("JFROG_CLI_HOME_DIR", home)
			if test.variable != "" {
				t.Setenv("JFROG_CLI_ENCRYPTION_KEY", test.variable)
			}
			if test.yaml != "" {
				writeKey(t, home, test.yaml)
			}
			if err := config.SaveServersConf(servers); err != nil {
				t.Fatal(err)
			}
			written, err := os.ReadFile(filepath.Join(home, "jfrog-cli.conf.v6"))
			if err != nil {
				t.Fatal(err)
			}
			if encrypted := !strings.Contains(string(written), "token-of-one"); encrypted != (name != "plain") {
				t.Errorf("encrypted: %t", encrypted)
			}
			one, err := readServer(t, "one", home, test.variable)
			if err != nil || one.URL != "https://one.example" || one.Credentials.Token.Reveal() != "token-of-one" {
				t.Errorf("one: %+v, %v", one, err)
			}
			two, err := readServer(t, "", home, test.variable)
			if err != nil || two.URL != "https://two.example" || two.Credentials.User != "bob" || two.Credentials.Password.Reveal() != "password-of-two" {
				t.Errorf("the default: %+v, %v", two, err)
			}
			if test.wrong != "" {
				if _, err := readServer(t, "one", home, test.wrong); err == nil || !strings.Contains(err.Error(), "not the one that encrypted it") {
					t.Errorf("a wrong key: %v", err)
				}
			}
		})
	}
}

// writeKey puts jf's master key where jf looks for it.
func writeKey(t *testing.T, home, key string) {
	t.Helper()
	folder := filepath.Join(home, "security")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "security.yaml"), []byte("version: 1\nmasterKey: "+key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
