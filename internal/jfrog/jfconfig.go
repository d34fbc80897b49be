package jfrog

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// Server is an entry of jf's own configuration.
type Server struct {
	ID       string
	URL      string
	User     string
	Password redact.Secret
	Token    redact.Secret
}

type configFile struct {
	Servers []struct {
		ServerID       string `json:"serverId"`
		URL            string `json:"url"`
		ArtifactoryURL string `json:"artifactoryUrl"`
		User           string `json:"user"`
		Password       string `json:"password"`
		AccessToken    string `json:"accessToken"`
		IsDefault      bool   `json:"isDefault"`
	} `json:"servers"`
	Encrypted bool `json:"enc"`
}

// ConfigPath is where jf keeps its servers below its home directory.
func ConfigPath(home string) string { return filepath.Join(home, "jfrog-cli.conf.v6") }

// ReadServer reads the entry with this id from jf's configuration in home, the default one for an empty id. Encrypted
// fields are opened with key, which is jf's JFROG_CLI_ENCRYPTION_KEY (32 bytes, or the path of a file ending in .key),
// or else with the master key in security/security.yaml. Errors name the file and never hold a secret.
func ReadServer(ctx context.Context, home, id, key string) (Server, error) {
	path := ConfigPath(home)
	content, err := readLocal(ctx, path)
	if err != nil {
		return Server{}, fmt.Errorf("reading jf's configuration: %w", err)
	}
	var file configFile
	if json.Unmarshal(content, &file) != nil {
		return Server{}, fmt.Errorf("reading jf's configuration: %s is not JSON", path)
	}
	for _, entry := range file.Servers {
		if entry.ServerID != id && (id != "" || !entry.IsDefault) {
			continue
		}
		server := Server{ID: entry.ServerID, URL: entry.URL, User: entry.User}
		if server.URL == "" {
			server.URL = strings.TrimSuffix(strings.TrimRight(entry.ArtifactoryURL, "/"), "/artifactory")
		}
		open := func(value string) (redact.Secret, error) { return redact.NewSecret(value), nil }
		if file.Encrypted {
			if open, err = decrypter(ctx, home, key); err != nil {
				return Server{}, fmt.Errorf("decrypting %s: %w", path, err)
			}
		}
		if server.Password, err = open(entry.Password); err == nil {
			server.Token, err = open(entry.AccessToken)
		}
		if err != nil {
			return Server{}, fmt.Errorf("decrypting server %q in %s: %w", entry.ServerID, path, err)
		}
		return server, nil
	}
	if id == "" {
		return Server{}, fmt.Errorf("%s has no default server", path)
	}
	return Server{}, fmt.Errorf("%s has no server %q", path, redact.Text(id, 80))
}

func decrypter(ctx context.Context, home, key string) (func(string) (redact.Secret, error), error) {
	key, err := masterKey(ctx, home, key)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, errors.New("the key can't be used")
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errors.New("the key can't be used")
	}
	return func(value string) (redact.Secret, error) {
		if value == "" {
			return redact.Secret{}, nil
		}
		sealed, err := base64.StdEncoding.DecodeString(value)
		if err != nil || len(sealed) < gcm.NonceSize() {
			return redact.Secret{}, errors.New("a field isn't what jf writes")
		}
		opened, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
		if err != nil {
			return redact.Secret{}, errors.New("the key is not the one that encrypted it")
		}
		return redact.NewSecret(string(opened)), nil
	}, nil
}

// masterKey finds the 32 bytes: the variable first, as jf does.
func masterKey(ctx context.Context, home, key string) (string, error) {
	source := "JFROG_CLI_ENCRYPTION_KEY"
	switch {
	case strings.HasSuffix(key, ".key"):
		source = key
		content, err := readLocal(ctx, key)
		if err != nil {
			return "", err
		}
		key = strings.TrimSpace(string(content))
	case key == "":
		source = filepath.Join(home, "security", "security.yaml")
		content, err := readLocal(ctx, source)
		if err != nil {
			return "", fmt.Errorf("JFROG_CLI_ENCRYPTION_KEY is not set, and: %w", err)
		}
		key = yamlValue(string(content), "masterKey")
	}
	if len(key) != 32 {
		return "", fmt.Errorf("the key in %s has %d bytes, not 32", source, len(key))
	}
	return key, nil
}

// yamlValue reads one key of a flat file, which is all that jf writes there.
func yamlValue(content, key string) string {
	for line := range strings.Lines(content) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+":"); ok {
			return strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return ""
}

func readLocal(ctx context.Context, path string) ([]byte, error) {
	return limit.ReadFile(ctx, path, limit.LocalFile, "file")
}
