package inputs

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/httpapi"
)

// jfServer is an entry of jf's own configuration.
type jfServer struct {
	ServerID       string        `json:"serverId"`
	URL            string        `json:"url"`
	ArtifactoryURL string        `json:"artifactoryUrl"`
	User           string        `json:"user"`
	Password       action.Secret `json:"password"`
	AccessToken    action.Secret `json:"accessToken"`
	IsDefault      bool          `json:"isDefault"`
}

// takeServer takes credentials and URLs from jf's configuration.
func (l *loader) takeServer(ctx context.Context, config *action.Config) (c action.Credentials) {
	server, err := l.readServer(ctx)
	if err != nil {
		l.fail("server-id", err.Error(), "run jf config show to see the servers; JFROG_CLI_HOME_DIR names jf's directory, JFROG_CLI_ENCRYPTION_KEY its key; "+containerFix)
		return c
	}
	how := "no other credentials were given"
	if l.credentials.at >= 0 {
		how = l.from.nameOf("server-id")
	}
	name := fmt.Sprintf("server %q", shown(server.ServerID))
	c.Origin = fmt.Sprintf("%s of %s (%s)", name, l.jfConfig(), how)
	if c.Token = server.AccessToken; c.Token.IsZero() {
		c.User, c.Password = server.User, server.Password
	}
	if c.Token.IsZero() && (c.User == "" || c.Password.IsZero()) {
		l.fail("server-id", name+" has neither an access token nor a user with password", "add credentials with jf config edit")
	}
	artifactory := strings.TrimRight(server.ArtifactoryURL, "/")
	own, problem := platformURL{}.parse(ctx, cmp.Or(server.URL, strings.TrimSuffix(artifactory, "/artifactory")))
	if problem != nil {
		l.failAs("url of "+name, "url", problem)
		return c
	}
	if config.URL != "" && *normalize(own) != *normalize(config.URL) {
		l.fail("url", fmt.Sprintf("it is not the address of %s, %s", name, own), "remove one of url and server-id")
	}
	config.URL = own
	l.checkDestination(*config, own, name)
	if artifactory != own+"/artifactory" {
		config.ArtifactoryURL = cmp.Or(config.ArtifactoryURL, artifactory)
	}
	return c
}

// jfHome is where jf keeps its files.
func (l *loader) jfHome() string {
	home, _ := l.from.lookup("HOME")
	profile, _ := l.from.lookup("USERPROFILE")
	named, _ := l.from.lookup("JFROG_CLI_HOME_DIR")
	return cmp.Or(named, filepath.Join(cmp.Or(home, profile), ".jfrog"))
}

// jfConfig is where jf keeps its servers.
func (l *loader) jfConfig() string { return filepath.Join(l.jfHome(), "jfrog-cli.conf.v6") }

// readServer reads the entry that server-id names, the default one where it is unset. Errors hold no secret.
func (l *loader) readServer(ctx context.Context) (jfServer, error) {
	id, path := l.settings.ServerID, l.jfConfig()
	content, err := httpapi.ReadFile(ctx, path, httpapi.MaxFile, "file")
	if err != nil {
		return jfServer{}, fmt.Errorf("reading jf's configuration: %w", err)
	}
	var file struct {
		Servers   []jfServer `json:"servers"`
		Encrypted bool       `json:"enc"`
	}
	if json.Unmarshal(content, &file) != nil {
		return jfServer{}, fmt.Errorf("reading jf's configuration: %s is not JSON", path)
	}
	at := slices.IndexFunc(file.Servers, func(s jfServer) bool { return s.ServerID == id || id == "" && s.IsDefault })
	switch {
	case at < 0 && id == "":
		return jfServer{}, fmt.Errorf("%s has no default server", path)
	case at < 0:
		return jfServer{}, fmt.Errorf("%s has no server %q", path, id)
	}
	server := file.Servers[at]
	if file.Encrypted {
		err = l.decrypt(ctx, &server.Password, &server.AccessToken)
	}
	if err != nil {
		return jfServer{}, fmt.Errorf("decrypting server %q in %s: %w", shown(server.ServerID), path, err)
	}
	return server, nil
}

// decrypt opens fields in place: base64 of AES-256-GCM, the nonce before the ciphertext.
func (l *loader) decrypt(ctx context.Context, fields ...*action.Secret) error {
	key, err := l.masterKey(ctx)
	if err != nil {
		return err
	}
	block, _ := aes.NewCipher([]byte(key)) // it takes 32 bytes
	gcm, _ := cipher.NewGCM(block)
	for _, field := range slices.DeleteFunc(fields, (*action.Secret).IsZero) {
		sealed, err := base64.StdEncoding.DecodeString(field.Reveal())
		if err != nil || len(sealed) < gcm.NonceSize() {
			return errors.New("a field isn't what jf writes")
		}
		nonce, ciphertext := sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():]
		opened, err := gcm.Open(nil, nonce, ciphertext, nil)
		if err != nil {
			return errors.New("the key is not the one that encrypted it")
		}
		*field = action.NewSecret(string(opened))
	}
	return nil
}

// masterKey finds the 32 bytes as jf does: in the variable, in a file that it names, or in security.yaml, whose keys are flat.
func (l *loader) masterKey(ctx context.Context) (string, error) {
	const variable = "JFROG_CLI_ENCRYPTION_KEY"
	key, _ := l.from.lookup(variable)
	where := variable
	if key == "" || strings.HasSuffix(key, ".key") {
		where = cmp.Or(key, filepath.Join(l.jfHome(), "security", "security.yaml"))
		content, err := httpapi.ReadFile(ctx, where, httpapi.MaxFile, "file")
		if err != nil {
			return "", fmt.Errorf("%s holds no key, and: %w", variable, err)
		}
		key = strings.TrimSpace(string(content))
		if _, rest, found := strings.Cut(key, "masterKey:"); found {
			key, _, _ = strings.Cut(rest, "\n")
			key = strings.Trim(key, " \t\r\"'")
		}
	}
	if len(key) != 32 {
		return "", fmt.Errorf("the key in %s has %d bytes, not 32", where, len(key))
	}
	return key, nil
}
