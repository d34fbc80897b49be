package login

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// JFHomeVariable names the folder in which jf looks for its configuration.
const JFHomeVariable = "JFROG_CLI_HOME_DIR"

// jfConfig is the name of jf's configuration in its folder.
const jfConfig = "jfrog-cli.conf.v6"

// JFServer is a platform in jf's configuration.
type JFServer struct {
	ID             string // empty: frogmint
	URL            string // base URL of the platform
	ArtifactoryURL string // empty: URL + /artifactory
	RootsPEM       []byte // CA certificates to trust besides the system's
}

// JFHome is a configuration folder for jf. jf reads no variable with a token: without a configuration of the job's own it
// fails, or works as whoever the machine's own configuration says.
type JFHome struct {
	Path   string // mode 0700
	server JFServer
}

// NewJFHome makes the folder below a temporary one; "" is the system's. There is no token in it yet.
func NewJFHome(temp string, server JFServer) (*JFHome, error) {
	path, err := os.MkdirTemp(temp, "frogmint-jf-")
	if err != nil {
		return nil, err
	}
	home := &JFHome{Path: path, server: server}
	if len(server.RootsPEM) == 0 {
		return home, nil
	}
	certs := filepath.Join(path, "security", "certs")
	if err = os.MkdirAll(certs, 0o700); err == nil {
		err = os.WriteFile(filepath.Join(certs, "frogmint.pem"), server.RootsPEM, 0o600)
	}
	if err != nil {
		_ = home.Remove()
		return nil, err
	}
	return home, nil
}

// Write implements Place.
func (h *JFHome) Write(token redact.Secret) error {
	base := strings.TrimRight(h.server.URL, "/")
	server := map[string]any{
		"serverId": cmp.Or(h.server.ID, "frogmint"), "url": base + "/", "accessToken": token.Reveal(), "isDefault": true,
		"artifactoryUrl": strings.TrimRight(cmp.Or(h.server.ArtifactoryURL, base+"/artifactory"), "/") + "/",
	}
	// jf itself derives these when it makes an entry, and not when it reads one.
	for key, path := range map[string]string{
		"distributionUrl": "distribution", "xrayUrl": "xray", "missionControlUrl": "mc", "pipelinesUrl": "pipelines", "accessUrl": "access",
	} {
		server[key] = base + "/" + path + "/"
	}
	config, err := json.Marshal(map[string]any{"version": "6", "servers": []any{server}})
	if err == nil {
		err = replaceFile(filepath.Join(h.Path, jfConfig), config)
	}
	if err != nil {
		return fmt.Errorf("writing a configuration for jf: %w", err)
	}
	return nil
}

// Remove implements Place: it removes the folder, with all that jf has put there.
func (h *JFHome) Remove() error {
	if err := os.RemoveAll(h.Path); err != nil {
		return fmt.Errorf("removing the configuration for jf: %w", err)
	}
	return nil
}
