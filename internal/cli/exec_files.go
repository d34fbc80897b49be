package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// tokenFiles are where the command finds the token in use beside its variables: the file of --token-file, and jf's
// configuration, since jf reads no variable with a token. They are always whole: a new token takes the old one's place in
// one step.
type tokenFiles struct {
	tokenFile string // empty for none
	jfHome    string // a folder of this run's own
	server    jfServer
	jfRoots   []byte // CA certificates for jf
}

// Where jf looks for its configuration, and what it is called there.
const (
	jfHomeVariable = "JFROG_CLI_HOME_DIR"
	jfConfigName   = "jfrog-cli.conf.v6"
)

// jfServer is a platform in jf's configuration, as jf config add would write it.
type jfServer struct {
	ServerID            string `json:"serverId"`
	URL                 string `json:"url"`
	ArtifactoryURL      string `json:"artifactoryUrl"`
	DistributionURL     string `json:"distributionUrl"`
	XrayURL             string `json:"xrayUrl"`
	MissionControlURL   string `json:"missionControlUrl"`
	PipelinesURL        string `json:"pipelinesUrl"`
	AccessURL           string `json:"accessUrl"`
	AccessToken         string `json:"accessToken"`
	IsDefault           bool   `json:"isDefault"`
	DisableTokenRefresh bool   `json:"disableTokenRefresh"`
}

// exportError is a token that could not be handed to the command.
type exportError struct{ err error }

var _ error = (*exportError)(nil)

func (e *exportError) Error() string { return e.err.Error() }
func (e *exportError) Unwrap() error { return e.err }

// openFiles makes the folder for jf.
func (e *execution) openFiles() (tokenFiles, error) {
	getenv, config := e.command.getenv, e.in.Config
	home, err := os.MkdirTemp(cmp.Or(getenv("RUNNER_TEMP"), getenv("TMPDIR")), "frogmint-jf-")
	if err != nil {
		return tokenFiles{}, &action.ConfigError{Field: jfHomeVariable, Reason: err.Error(), Fix: "set TMPDIR to a folder that this job may write to"}
	}
	base := strings.TrimRight(config.URL, "/") + "/"
	return tokenFiles{tokenFile: e.request.tokenFile, jfHome: home, jfRoots: config.RootsPEM, server: jfServer{
		ServerID: cmp.Or(getenv("JFROG_CLI_SERVER_ID"), "frogmint"), URL: base, ArtifactoryURL: strings.TrimRight(cmp.Or(config.ArtifactoryURL, base+"artifactory"), "/") + "/",
		DistributionURL: base + "distribution/", XrayURL: base + "xray/", MissionControlURL: base + "mc/", PipelinesURL: base + "pipelines/",
		AccessURL: base + "access/", IsDefault: true, DisableTokenRefresh: true,
	}}, nil
}
