package action

import (
	"context"
	"time"
)

// API names a generation of JFrog's token API.
type API string

// The APIs. Auto uses the Access API (JFrog 7.21.1), and the legacy one only where the server is too old for it.
const (
	APIAuto   API = "auto"
	APIAccess API = "access"
	APILegacy API = "legacy"
)

// MintMode says when a token is minted from the one that an exchange gave.
type MintMode string

// The modes. Auto mints when what was asked differs from what the identity mapping gave, or when only a minted token can
// be revoked.
const (
	MintAuto   MintMode = "auto"
	MintAlways MintMode = "always"
	MintNever  MintMode = "never"
)

// Defaults, and special values of Config.Expiry.
const (
	DefaultTimeout = time.Minute
	DefaultExpiry  = time.Hour

	NeverExpires   time.Duration = -1 // ask for a token that never expires
	PlatformExpiry time.Duration = -2 // leave the expiry to the platform

	maxTimeout = time.Hour
)

// Credentials are what the new token is made with: a provider, a token, or a user with a password.
type Credentials struct {
	Provider string // OIDC integration in JFrog; the ID token comes from Config.IDToken
	Token    Secret
	User     string
	Password Secret
	Origin   string // where they were found, for the log; may be empty
}

// Config is what one job asks for. URL and Credentials are required, with IDToken where the credentials are a provider;
// the zero value of everything else is a safe default.
type Config struct {
	URL            string // base URL of the platform: https, or http to this machine
	ArtifactoryURL string // where Artifactory isn't below URL + /artifactory
	AllowHTTP      bool   // allow http to other machines
	Credentials    Credentials

	IDToken         func(ctx context.Context, audience string) (Secret, error) // gets the job's ID token
	IDTokenAudience string                                                     // empty: the CI's own
	ProviderType    string                                                     // GitHub, Azure or GenericOidc; may be empty
	IdentityMapping string
	ApplicationKey  string

	Username    string // empty: the creator's
	Groups      []string
	Scope       string // in JFrog's syntax; excludes Groups and GrantAdmin
	GrantAdmin  bool
	Project     string
	Expiry      time.Duration // whole seconds, NeverExpires or PlatformExpiry; 0: an hour, or what the mapping gives
	Refreshable bool
	Reference   bool
	Description string // put before the job's identity; 1024 characters in all
	Audience    string

	API  API      // empty: APIAuto
	Mint MintMode // empty: MintAuto
	// ForceRevocable makes a token revocable although it lives under six hours (JFrog 7.50.3). Nil asks for it where the API
	// has it; true also refuses an API without it; false doesn't ask.
	ForceRevocable    *bool
	AllowBroaderScope bool // warn instead of failing
	NoRevoke          bool // nothing revokes the token when the job ends: don't save its state
	FailOnRevoke      bool // a token that lives on is a failure and not a warning

	RootsPEM                    []byte        // CA certificates to trust besides the system's
	ClientCertPEM, ClientKeyPEM []byte        // for a platform that wants a client certificate
	Timeout                     time.Duration // budget of the whole call, an hour at most; 0: DefaultTimeout
}
