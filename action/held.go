package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/frogmint/frogmint/internal/limit"
)

// Held is what is kept of a token to take it back: everything that the post stage needs, so that it trusts no input and
// no variable that a later step could have changed.
type Held struct {
	URL          *url.URL
	Token        Secret
	TokenID      string
	Username     string
	ExpiresAt    time.Time // zero for never
	Revocable    bool
	Legacy       bool    // made by the older API
	Creator      Creator // only for the older API, which revokes with the creator's credentials
	FailOnRevoke bool
	JobSummary   bool
	Timeout      time.Duration
	Proxy        string
	RootsPEM     []byte
	CertFile     string // SSL_CERT_FILE and SSL_CERT_DIR as they were: where the system's certificate authorities stand
	CertDir      string
}

const heldVersion = 1

type heldWire struct {
	Version      int          `json:"version"`
	URL          string       `json:"url"`
	Token        string       `json:"token"`
	TokenID      string       `json:"token_id,omitempty"`
	Username     string       `json:"username,omitempty"`
	ExpiresAt    time.Time    `json:"expires_at,omitzero"`
	Revocable    bool         `json:"revocable,omitempty"`
	Legacy       bool         `json:"legacy,omitempty"`
	Creator      *creatorWire `json:"creator,omitempty"`
	FailOnRevoke bool         `json:"fail_on_revoke,omitempty"`
	JobSummary   bool         `json:"job_summary,omitempty"`
	Timeout      int64        `json:"timeout_seconds"`
	Proxy        string       `json:"proxy,omitempty"`
	Roots        string       `json:"roots,omitempty"`
	CertFile     string       `json:"cert_file,omitempty"`
	CertDir      string       `json:"cert_dir,omitempty"`
}

type creatorWire struct {
	Token    string `json:"token,omitempty"`
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
}

// Encode writes the state, secrets included, on one line. It fails on a state of more than 120 KiB, with which no post
// stage could be started.
func (h Held) Encode() ([]byte, error) {
	wire := heldWire{
		Version: heldVersion, URL: h.URL.String(), Token: h.Token.Reveal(), TokenID: h.TokenID, Username: h.Username,
		ExpiresAt: h.ExpiresAt, Revocable: h.Revocable, Legacy: h.Legacy, FailOnRevoke: h.FailOnRevoke,
		JobSummary: h.JobSummary, Timeout: int64(h.Timeout / time.Second), Proxy: h.Proxy, Roots: string(h.RootsPEM),
		CertFile: h.CertFile, CertDir: h.CertDir,
	}
	if h.Legacy {
		wire.Creator = &creatorWire{h.Creator.Token.Reveal(), h.Creator.User, h.Creator.Password.Reveal()}
	}
	state, err := json.Marshal(wire)
	if err == nil && len(state) > limit.StateBytes {
		err = fmt.Errorf("the state to be saved has %d bytes, more than %d (limit state)", len(state), limit.StateBytes)
	}
	if err != nil {
		return nil, err
	}
	return state, nil
}

// DecodeHeld reads what Encode wrote. It fails on unknown fields, another version, more than 120 KiB and values that
// Mint would not have written; the error never holds a part of the state.
func DecodeHeld(state []byte) (Held, error) {
	fail := func(what string) (Held, error) { return Held{}, fmt.Errorf("reading the saved state: %s", what) }
	if len(state) > limit.StateBytes {
		return fail(fmt.Sprintf("%d bytes, more than %d (limit state)", len(state), limit.StateBytes))
	}
	var wire heldWire
	decoder := json.NewDecoder(bytes.NewReader(state))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wire); err != nil || decoder.More() {
		return fail("it is not what frogmint saves")
	}
	if wire.Version != heldVersion {
		return fail(fmt.Sprintf("version %d; this frogmint writes %d", wire.Version, heldVersion))
	}
	base, err := url.Parse(wire.URL)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return fail("its url is not a URL")
	}
	if wire.Token == "" || len(wire.Token) > limit.Token || wire.Timeout < 1 || wire.Timeout > 3600 {
		return fail("it holds no token or no timeout")
	}
	held := Held{
		URL: base, Token: NewSecret(wire.Token), TokenID: wire.TokenID, Username: wire.Username, ExpiresAt: wire.ExpiresAt,
		Revocable: wire.Revocable, Legacy: wire.Legacy, FailOnRevoke: wire.FailOnRevoke, JobSummary: wire.JobSummary,
		Timeout: time.Duration(wire.Timeout) * time.Second, Proxy: wire.Proxy, RootsPEM: []byte(wire.Roots),
		CertFile: wire.CertFile, CertDir: wire.CertDir,
	}
	if wire.Creator != nil {
		held.Creator = Creator{Token: NewSecret(wire.Creator.Token), User: wire.Creator.User, Password: NewSecret(wire.Creator.Password)}
	}
	return held, nil
}
