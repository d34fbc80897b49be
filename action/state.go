package action

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// State is what it takes to revoke a token: everything that a post step needs, so that it trusts no input and no variable
// that a later step could have changed. It is the same in memory and when saved; encoding/json writes its secrets in
// clear.
type State struct {
	Version        int          `json:"version"`
	URL            string       `json:"url"`
	ArtifactoryURL string       `json:"artifactory_url,omitempty"`
	AccessToken    redact.Clear `json:"token"`
	RefreshToken   redact.Clear `json:"refresh_token,omitzero"`
	TokenID        string       `json:"token_id,omitempty"`
	Username       string       `json:"username,omitempty"`
	ExpiresAt      time.Time    `json:"expires_at,omitzero"` // zero for never
	Revocable      bool         `json:"revocable,omitempty"`
	Legacy         bool         `json:"legacy,omitempty"`    // made by the legacy API, which revokes with the creator's credentials
	Exchanged      bool         `json:"exchanged,omitempty"` // by or after an exchange, so by a server that knows tokens/me
	CreatorToken   redact.Clear `json:"creator_token,omitzero"`
	CreatorUser    string       `json:"creator_user,omitempty"`
	CreatorPass    redact.Clear `json:"creator_password,omitzero"`
	FailOnRevoke   bool         `json:"fail_on_revoke,omitempty"`
	JobSummary     bool         `json:"job_summary,omitempty"` // for the Runner
	TimeoutSeconds int64        `json:"timeout_seconds"`
	Proxy          string       `json:"proxy,omitempty"`
	RootsPEM       string       `json:"roots,omitempty"`
	ClientCertPEM  string       `json:"client_cert,omitempty"`
	ClientKeyPEM   redact.Clear `json:"client_key,omitzero"`
	CertFile       string       `json:"cert_file,omitempty"` // SSL_CERT_FILE and SSL_CERT_DIR as they were, for the Runner
	CertDir        string       `json:"cert_dir,omitempty"`
	Login          string       `json:"login,omitempty"`       // what the Runner needs to log its clients out
	LikelyRoot     string       `json:"likely_root,omitempty"` // the CA certificate, in base64, by which the platform was trusted
}

const stateVersion = 2

// NewState is what it takes to revoke a token that another process minted: where it is used, and what it says of itself,
// unverified. Further fields may be set. A reference token says nothing.
func NewState(url string, token Secret) State {
	known := newToken(jfrog.TokenResponse{AccessToken: token}, url)
	_, err := jfrog.ReadClaims(token)
	return State{
		Version: stateVersion, URL: url, AccessToken: redact.Clear{Secret: token}, TokenID: known.ID, Username: known.Username,
		ExpiresAt: known.ExpiresAt, Revocable: known.Revocable || err != nil,
	}
}

// stateOf is the state of a token that this session was issued.
func (s *session) stateOf(token Token) State {
	c := s.config
	state := State{
		Version: stateVersion, URL: c.URL, ArtifactoryURL: c.ArtifactoryURL, AccessToken: redact.Clear{Secret: token.AccessToken},
		RefreshToken: redact.Clear{Secret: token.RefreshToken}, TokenID: token.ID, Username: token.Username, ExpiresAt: token.ExpiresAt,
		Revocable: token.Revocable, Legacy: token.Legacy, Exchanged: c.Credentials.Provider != "", FailOnRevoke: c.FailOnRevoke,
		TimeoutSeconds: int64(c.Timeout / time.Second), Proxy: s.proxy, RootsPEM: string(c.RootsPEM), ClientCertPEM: string(c.ClientCertPEM),
		ClientKeyPEM: redact.Clear{Secret: NewSecret(string(c.ClientKeyPEM))},
		LikelyRoot:   base64.StdEncoding.EncodeToString(s.http.VerifiedRoot()),
	}
	if token.Legacy {
		state.CreatorToken.Secret, state.CreatorUser, state.CreatorPass.Secret = s.creator.Token, s.creator.User, s.creator.Password
	}
	return state
}

func (s State) creator() jfrog.Credentials {
	return jfrog.Credentials{Token: s.CreatorToken.Secret, User: s.CreatorUser, Password: s.CreatorPass.Secret}
}

func (s State) certificates() certificates {
	likely, _ := base64.StdEncoding.DecodeString(s.LikelyRoot)
	return certificates{[]byte(s.RootsPEM), likely, []byte(s.ClientCertPEM), []byte(s.ClientKeyPEM.Reveal())}
}

// Timeout is the budget of a revocation; 0 stands for DefaultTimeout.
func (s State) Timeout() time.Duration { return time.Duration(s.TimeoutSeconds) * time.Second }

// platform is where the token is used. That http was allowed was decided when the token was made.
func (s State) platform() (jfrog.Platform, error) {
	base, err := jfrog.ParseURL(s.URL, true)
	platform := jfrog.Platform{URL: base}
	if err == nil && s.ArtifactoryURL != "" {
		platform.Artifactory, err = jfrog.ParseURL(s.ArtifactoryURL, true)
	}
	return platform, err
}

// Encode writes the state, secrets included, on one line. It fails on a state of more than 120 KiB, with which no post
// step could be started.
func (s State) Encode() ([]byte, error) {
	text, err := json.Marshal(s)
	if len(text) > httpapi.MaxState && s.LikelyRoot != "" {
		s.LikelyRoot = "" // it only saves time
		text, err = json.Marshal(s)
	}
	if err == nil && len(text) > httpapi.MaxState {
		err = fmt.Errorf("the state to be saved has %d bytes, more than %d (limit state)", len(text), httpapi.MaxState)
	}
	if err != nil {
		return nil, err
	}
	return text, nil
}

// DecodeState reads what Encode wrote. It fails on unknown fields, another version, more than 120 KiB and values that
// Mint would not have written; the error never holds a part of the state.
func DecodeState(text []byte) (State, error) {
	fail := func(what string) (State, error) { return State{}, fmt.Errorf("reading the saved state: %s", what) }
	if len(text) > httpapi.MaxState {
		return fail(fmt.Sprintf("%d bytes, more than %d (limit state)", len(text), httpapi.MaxState))
	}
	var s State
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil || decoder.Decode(new(any)) != io.EOF {
		return fail("it is not what frogmint saves")
	}
	if s.Version != stateVersion {
		return fail(fmt.Sprintf("version %d; this frogmint writes %d", s.Version, stateVersion))
	}
	if _, err := s.platform(); err != nil {
		return fail("its url can't be used: " + err.Error())
	}
	if _, err := url.Parse(s.Proxy); err != nil {
		return fail("its proxy is not a URL")
	}
	if s.AccessToken.IsZero() || len(s.AccessToken.Reveal()) > httpapi.MaxToken || s.TimeoutSeconds < 0 || s.TimeoutSeconds > int64(maxTimeout/time.Second) {
		return fail("it holds no token or no timeout")
	}
	return s, nil
}
