package action

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/frogmint/frogmint/internal/redact"
)

// Secret is a credential. It prints as REDACTED; Reveal gives the value.
type Secret = redact.Secret

// NewSecret wraps a credential.
func NewSecret(value string) Secret { return redact.NewSecret(value) }

// API names a generation of JFrog's token API.
type API string

// The APIs. Auto asks the Access API (JFrog 7.21.1) and goes to the older one only where the server doesn't know it.
const (
	Auto   API = "auto"
	Access API = "access"
	Legacy API = "legacy"
)

// MintMode says when a token is minted from the one that the exchange gave.
type MintMode string

// The modes.
const (
	MintAuto   MintMode = "auto"
	MintAlways MintMode = "always"
	MintNever  MintMode = "never"
)

// Creator holds what the new token is made with: exactly one of a provider, a token and a user with a password.
type Creator struct {
	Provider string // OIDC integration; the ID token comes from the job
	Token    Secret
	User     string
	Password Secret
	// Chosen says where it was found, for the log.
	Chosen string
}

// Config is what one job asks for. Load makes one and checks it; one made by hand is not checked.
type Config struct {
	URL     *url.URL
	Creator Creator

	IDTokenAudience string
	ProviderType    string
	IdentityMapping string
	IDToken         func(context.Context) (Secret, error) // a pushed ID token; nil where the CI is asked

	Username    string
	Groups      []string
	Scope       string
	GrantAdmin  bool
	Project     string
	Expiry      *int64 // seconds; 0 never expires; nil leaves it to the platform
	ExpiryAsked bool   // whether the user named an expiry
	Refreshable bool
	Reference   bool
	Description string
	Audience    string

	API            API
	Mint           MintMode
	ForceRevocable bool
	// ForceRevocableAsked is whether the user asked for it, or it is the default.
	ForceRevocableAsked bool
	AllowBroaderScope   bool
	Revoke              bool
	FailOnRevoke        bool
	ExportEnv           bool
	JobSummary          bool
	RootsPEM            []byte
	AllowHTTP           bool
	Timeout             time.Duration
}

// raw holds the inputs as text. The secrets are text too: go-envconfig puts the value of what it can't parse into its
// error, and text always parses.
type raw struct {
	URL               string `env:"URL"`
	OIDCProviderName  string `env:"OIDC_PROVIDER_NAME"`
	OIDCAudience      string `env:"OIDC_AUDIENCE"`
	OIDCProviderType  string `env:"OIDC_PROVIDER_TYPE"`
	IdentityMapping   string `env:"IDENTITY_MAPPING_NAME"`
	IDTokenEnv        string `env:"ID_TOKEN_ENV"`
	IDTokenFile       string `env:"ID_TOKEN_FILE"`
	AccessToken       string `env:"ACCESS_TOKEN"`
	User              string `env:"USER"`
	Password          string `env:"PASSWORD"`
	ServerID          string `env:"SERVER_ID"`
	Username          string `env:"USERNAME"`
	Groups            string `env:"GROUPS"`
	Scope             string `env:"SCOPE"`
	GrantAdmin        string `env:"GRANT_ADMIN,default=false"`
	Project           string `env:"PROJECT"`
	Expiry            string `env:"EXPIRY"`
	Refreshable       string `env:"REFRESHABLE,default=false"`
	Reference         string `env:"REFERENCE,default=false"`
	Description       string `env:"DESCRIPTION"`
	Audience          string `env:"AUDIENCE"`
	API               string `env:"API,default=auto"`
	Mint              string `env:"MINT,default=auto"`
	ForceRevocable    string `env:"FORCE_REVOCABLE,default=true"`
	AllowBroaderScope string `env:"ALLOW_BROADER_SCOPE,default=false"`
	Revoke            string `env:"REVOKE,default=true"`
	OnRevokeFailure   string `env:"ON_REVOKE_FAILURE,default=warn"`
	ExportEnv         string `env:"EXPORT_ENV,default=false"`
	JobSummary        string `env:"JOB_SUMMARY,default=true"`
	CACert            string `env:"CA_CERT"`
	AllowHTTP         string `env:"ALLOW_HTTP,default=false"`
	Timeout           string `env:"TIMEOUT,default=60s"`
}

// Load reads the inputs from the layers and checks them. lookup serves id-token-env
// and the whereabouts of jf's configuration. The error is an *InputError, or a
// join of several: all that is wrong is said at once. notes are lines for the log that say what was chosen.
func Load(ctx context.Context, layers []Layer, lookup func(string) (string, bool)) (config Config, notes []string, err error) {
	from := newSources(layers)
	var text raw
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &text, Lookuper: from}); err != nil {
		return Config{}, nil, err
	}
	reader := &reader{from: from, lookup: lookup}
	config = reader.config(ctx, text)
	notes = reader.creator(ctx, &config)
	reader.combinations(config, text)
	if len(reader.problems) > 0 {
		return Config{}, nil, errors.Join(reader.problems...)
	}
	return config, notes, nil
}

// InputError is an input that can't be used. Its text names the input as the user wrote it, and never holds the value of a secret.
type InputError struct {
	Input string
	What  string
	Do    string
}

// Error names the input and what is wrong with it.
func (e *InputError) Error() string { return e.Input + ": " + e.What }

// Hint tells what to write instead.
func (e *InputError) Hint() string { return e.Do }
