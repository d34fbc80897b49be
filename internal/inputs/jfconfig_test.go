package inputs_test

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

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/action"
)

const jfKey = "0123456789abcdef0123456789abcdef"

// seal encrypts a field as jf documents it: AES-256-GCM, the nonce before the ciphertext, base64.
func seal(t *testing.T, value string) string {
	t.Helper()
	block, err := aes.NewCipher([]byte(jfKey))
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

// writeConfig makes jf's home with some servers, of which "two" is the default.
func writeConfig(t *testing.T, token, password, encrypted string) (home string) {
	t.Helper()
	return writeServers(t, fmt.Sprintf(`{"servers":[
		{"url":"https://one.example/","artifactoryUrl":"https://one.example/artifactory/","accessToken":%q,"user":"ann","password":%[2]q,"serverId":"one"},
		{"artifactoryUrl":"https://two.example/artifactory/","user":"bob","password":%[2]q,"serverId":"two","isDefault":true},
		{"url":"https://apart.example/","artifactoryUrl":"https://rt.example/","accessToken":%[1]q,"serverId":"apart"},
		{"url":"http://plain.example/","accessToken":%[1]q,"serverId":"plain"},
		{"url":"https://bare.example/","user":"bob","serverId":"bare"},
		{"url":"https://nobody.example/","password":%[2]q,"serverId":"nobody"},
		{"url":"https://sub.example/artifactory","accessToken":%[1]q,"serverId":"wrong"}
	],"version":"6"%[3]s}`, token, password, encrypted))
}

func writeServers(t *testing.T, content string) (home string) {
	t.Helper()
	return filepath.Dir(writeFile(t, "jfrog-cli.conf.v6", content))
}

func TestLoad_TakesServer(t *testing.T) {
	t.Parallel()
	plain := writeConfig(t, secret, secret+"!", "")
	sealed := writeConfig(t, seal(t, secret), seal(t, secret+"!"), `,"enc":true`)
	withYAML := writeConfig(t, seal(t, secret), seal(t, secret+"!"), `,"enc":true`)
	if err := os.Mkdir(filepath.Join(withYAML, "security"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(withYAML, "security", "security.yaml"), []byte("version: \"1\"\nmasterKey: \""+jfKey+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	user := t.TempDir()
	if err := os.Rename(writeConfig(t, secret, secret+"!", ""), filepath.Join(user, ".jfrog")); err != nil {
		t.Fatal(err)
	}
	for name, variables := range map[string]map[string]string{
		"plain":                {"JFROG_CLI_HOME_DIR": plain},
		"key in the variable":  {"JFROG_CLI_HOME_DIR": sealed, "JFROG_CLI_ENCRYPTION_KEY": jfKey},
		"key in a file":        {"JFROG_CLI_HOME_DIR": sealed, "JFROG_CLI_ENCRYPTION_KEY": writeFile(t, "master.key", jfKey+"\n")},
		"key in security.yaml": {"JFROG_CLI_HOME_DIR": withYAML},
		"home":                 {"HOME": user, "USERPROFILE": "/nowhere"},
		"profile":              {"USERPROFILE": user},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := variables["JFROG_CLI_HOME_DIR"]
			if home == "" {
				home = filepath.Join(user, ".jfrog")
			}
			path := filepath.Join(home, "jfrog-cli.conf.v6")
			for id, want := range map[string]action.Config{
				"one":   {URL: "https://one.example", Credentials: action.Credentials{Token: action.NewSecret(secret), Origin: `server "one" of ` + path + " (FROGMINT_SERVER_ID)"}},
				"two":   {URL: "https://two.example", Credentials: action.Credentials{User: "bob", Password: action.NewSecret(secret + "!"), Origin: `server "two" of ` + path + " (FROGMINT_SERVER_ID)"}},
				"":      {URL: "https://two.example", Credentials: action.Credentials{User: "bob", Password: action.NewSecret(secret + "!"), Origin: `server "two" of ` + path + " (no other credentials were given)"}},
				"apart": {URL: "https://apart.example", ArtifactoryURL: "https://rt.example", Credentials: action.Credentials{Token: action.NewSecret(secret), Origin: `server "apart" of ` + path + " (FROGMINT_SERVER_ID)"}},
			} {
				all := map[string]string{"FROGMINT_SERVER_ID": id}
				for name, value := range variables {
					all[name] = value
				}
				got := mustLoad(t, all)
				want.API, want.Mint, want.Timeout = got.Config.API, got.Config.Mint, got.Config.Timeout
				if diff := cmp.Diff(want, got.Config, comparing...); diff != "" {
					t.Errorf("%q: %s", id, diff)
				}
				if diff := cmp.Diff([]string{"credentials: " + want.Credentials.Origin}, got.Notes); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestLoad_RefusesServer(t *testing.T) {
	t.Parallel()
	plain := writeConfig(t, secret, secret, "")
	sealed := writeConfig(t, seal(t, secret), "", `,"enc":true`)
	none, noDefault := t.TempDir(), writeServers(t, `{"servers":[{"serverId":"one"}]}`)
	const fix = "run jf config show to see the servers"
	tests := map[string]struct {
		home, id, key string
		more          map[string]string
		error, fix    string
	}{
		"no file":           {none, "one", "", nil, "input server-id: reading jf's configuration: open " + none, "an action in a container sees only"},
		"not JSON":          {writeServers(t, `{"servers":"`+secret), "one", "", nil, "input server-id: reading jf's configuration: ", fix},
		"unknown server":    {plain, "three", "", nil, "input server-id: " + plain + `/jfrog-cli.conf.v6 has no server "three"`, fix},
		"no default":        {noDefault, "", "", nil, "input server-id: " + noDefault + "/jfrog-cli.conf.v6 has no default server", fix},
		"wrong key":         {sealed, "one", strings.Repeat("x", 32), nil, `input server-id: decrypting server "one" in ` + sealed + "/jfrog-cli.conf.v6: the key is not the one that encrypted it", fix},
		"short key":         {sealed, "one", "short", nil, `input server-id: decrypting server "one" in ` + sealed + "/jfrog-cli.conf.v6: the key in JFROG_CLI_ENCRYPTION_KEY has 5 bytes, not 32", fix},
		"no key":            {sealed, "one", "", nil, `input server-id: decrypting server "one" in ` + sealed + "/jfrog-cli.conf.v6: JFROG_CLI_ENCRYPTION_KEY holds no key, and: open ", fix},
		"no key file":       {sealed, "one", "/nowhere/my.key", nil, `input server-id: decrypting server "one" in ` + sealed + "/jfrog-cli.conf.v6: JFROG_CLI_ENCRYPTION_KEY holds no key, and: open /nowhere/my.key", fix},
		"not sealed":        {writeConfig(t, "!"+secret, "", `,"enc":true`), "one", jfKey, nil, `input server-id: decrypting server "one"`, fix},
		"sealed too short":  {writeConfig(t, "AAAA", "", `,"enc":true`), "one", jfKey, nil, `input server-id: decrypting server "one"`, fix},
		"no credentials":    {plain, "bare", "", nil, `input server-id: server "bare" has neither an access token nor a user with password`, "jf config edit"},
		"no user":           {plain, "nobody", "", nil, `input server-id: server "nobody" has neither`, "jf config edit"},
		"http":              {plain, "plain", "", nil, "input url: http to a host that isn't this machine", "set allow-http"},
		"url of a service":  {plain, "wrong", "", nil, `url of server "wrong": its path "/artifactory" is that of one service`, "base URL"},
		"another url":       {plain, "one", "", map[string]string{"JF_URL": "https://b.example"}, `JF_URL: it is not the address of server "one", https://one.example`, "remove one of url and server-id"},
		"url for default":   {plain, "", "", map[string]string{"INPUT_URL": "https://b.example"}, `input url: it is not the address of server "two", https://two.example`, "remove one"},
		"other Artifactory": {plain, "", "", map[string]string{"INPUT_ARTIFACTORY-URL": "https://b.example"}, "input artifactory-url: it is another host than https://two.example", "remove it"},
		"Artifactory below": {plain, "one", "", map[string]string{"FROGMINT_ARTIFACTORY_URL": "https://b.example"}, "FROGMINT_ARTIFACTORY_URL: it is another host than https://one.example", "remove it"},
		"provider's input":  {plain, "one", "", map[string]string{"INPUT_OIDC-AUDIENCE": "x"}, `input oidc-audience: it has no effect with server "one"`, "remove it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{"JFROG_CLI_HOME_DIR": test.home, "JFROG_CLI_ENCRYPTION_KEY": test.key, "INPUT_SERVER-ID": test.id}
			for name, value := range test.more {
				variables[name] = value
			}
			_, err := load(t, variables)
			wantProblem(t, err, test.error, test.fix)
			if strings.Contains(fmt.Sprint(err), jfKey) || strings.Contains(fmt.Sprint(err), "xxxx") {
				t.Errorf("the error holds the key: %v", err)
			}
		})
	}
}

// TestLoad_SameURLBesideServer: a url that says the same is no contradiction.
func TestLoad_SameURLBesideServer(t *testing.T) {
	t.Parallel()
	home := writeConfig(t, secret, secret, "")
	got := mustLoad(t, map[string]string{"JFROG_CLI_HOME_DIR": home, "INPUT_SERVER-ID": "one", "INPUT_URL": "https://ONE.example:443", "INPUT_ARTIFACTORY-URL": "https://one.example/rt"})
	if got.Config.URL != "https://one.example" || got.Config.ArtifactoryURL != "https://one.example/rt" {
		t.Errorf("%+v", got.Config)
	}
}

func FuzzLoad_Server(f *testing.F) {
	f.Add([]byte(`{"servers":[{"serverId":"a","accessToken":"x","url":"https://a.example"}]}`), jfKey)
	f.Add([]byte(`{"servers":[{"serverId":"a","accessToken":"x"}],"enc":true}`), jfKey)
	f.Fuzz(func(t *testing.T, content []byte, key string) {
		if strings.HasSuffix(key, ".key") || key == "" {
			key = jfKey
		}
		got, err := load(t, map[string]string{"JFROG_CLI_HOME_DIR": writeServers(t, string(content)), "JFROG_CLI_ENCRYPTION_KEY": key, "INPUT_SERVER-ID": "a"})
		if (err == nil) != (got.Config.URL != "") || err == nil && got.Config.Credentials.Token.IsZero() && got.Config.Credentials.Password.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
