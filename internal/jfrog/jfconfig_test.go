package jfrog_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/jfrog"
)

const jfKey = "0123456789abcdef0123456789abcdef"

// seal encrypts a field as jf documents it: AES-256-GCM, the nonce before the ciphertext, base64.
func seal(t *testing.T, key, value string) string {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(value), nil))
}

// writeConfig makes jf's home with two servers, the second one the default.
func writeConfig(t *testing.T, token, password, encrypted string) string {
	t.Helper()
	home := t.TempDir()
	content := fmt.Sprintf(`{"servers":[
		{"url":"https://one.example/","artifactoryUrl":"https://one.example/artifactory/","accessToken":%q,"serverId":"one"},
		{"artifactoryUrl":"https://two.example/artifactory/","user":"bob","password":%q,"serverId":"two","isDefault":true}
	],"version":"6"%s}`, token, password, encrypted)
	if err := os.WriteFile(jfrog.ConfigPath(home), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestReadServer(t *testing.T) {
	t.Parallel()
	plain := writeConfig(t, "tok", "pw", "")
	sealed := writeConfig(t, seal(t, jfKey, "tok"), seal(t, jfKey, "pw"), `,"enc":true`)
	keyFile := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(keyFile, []byte(jfKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	withYAML := writeConfig(t, seal(t, jfKey, "tok"), seal(t, jfKey, "pw"), `,"enc":true`)
	if err := os.MkdirAll(filepath.Join(withYAML, "security"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(withYAML, "security", "security.yaml"), []byte("version: \"1\"\nmasterKey: \""+jfKey+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ home, key string }{
		"plain": {plain, ""}, "key in the variable": {sealed, jfKey}, "key in a file": {sealed, keyFile}, "key in security.yaml": {withYAML, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, err := jfrog.ReadServer(t.Context(), test.home, "one", test.key)
			if err != nil || one.URL != "https://one.example/" || one.Token.Reveal() != "tok" || !one.Password.IsZero() {
				t.Errorf("one: %+v, %v", one, err)
			}
			two, err := jfrog.ReadServer(t.Context(), test.home, "", test.key)
			if err != nil || two.ID != "two" || two.URL != "https://two.example" || two.User != "bob" || two.Password.Reveal() != "pw" {
				t.Errorf("the default: %+v, %v", two, err)
			}
		})
	}
}

func TestReadServerFails(t *testing.T) {
	t.Parallel()
	plain := writeConfig(t, "tok", "pw", "")
	sealed := writeConfig(t, seal(t, jfKey, "tok"), "", `,"enc":true`)
	broken := t.TempDir()
	if err := os.WriteFile(jfrog.ConfigPath(broken), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ home, id, key, want string }{
		"no file":        {t.TempDir(), "one", "", "reading jf's configuration"},
		"not JSON":       {broken, "one", "", "is not JSON"},
		"unknown server": {plain, "three", "", `no server "three"`},
		"wrong key":      {sealed, "one", strings.Repeat("x", 32), "not the one that encrypted it"},
		"short key":      {sealed, "one", "short", "has 5 bytes, not 32"},
		"no key":         {sealed, "one", "", "JFROG_CLI_ENCRYPTION_KEY is not set"},
		"not sealed":     {writeConfig(t, "tok", "", `,"enc":true`), "one", jfKey, "isn't what jf writes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := jfrog.ReadServer(t.Context(), test.home, test.id, test.key)
			if err == nil || !strings.Contains(err.Error(), test.want) || !server.Token.IsZero() {
				t.Errorf("got %+v, %v; want %q", server, err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), jfKey) || strings.Contains(err.Error(), "xxxx")) {
				t.Errorf("the error holds the key: %v", err)
			}
		})
	}
}

func FuzzReadServer(f *testing.F) {
	f.Add([]byte(`{"servers":[{"serverId":"a","accessToken":"x"}]}`), jfKey)
	f.Add([]byte(`{"servers":[{"serverId":"a","accessToken":"x"}],"enc":true}`), jfKey)
	f.Fuzz(func(t *testing.T, content []byte, key string) {
		home := t.TempDir()
		if err := os.WriteFile(jfrog.ConfigPath(home), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(key, ".key") || key == "" {
			key = jfKey
		}
		server, err := jfrog.ReadServer(t.Context(), home, "a", key)
		if err != nil && (!server.Token.IsZero() || server.URL != "") {
			t.Errorf("failed and returned %+v", server)
		}
	})
}
