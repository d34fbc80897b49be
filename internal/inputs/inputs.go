// Package inputs reads what a user asks for, from flags, variables and files, into an action.Config.
//
// The list of inputs exists once, as the struct settings: go-envconfig decodes each field into a type that knows how to
// parse itself, and List is what its tags say. Sources finds the text of an input; credentials are taken from one source
// only, and never go to another platform than the one that this source names.
package inputs

import (
	"cmp"
	"reflect"
	"strings"
	"time"

	"github.com/frogmint/frogmint/action"
)

// Input describes one input: its name is that of the action's input and of the flag, and, in upper case with
// underscores behind FROGMINT_, that of the variable.
type Input struct {
	Name     string
	JFrog    string // the JFrog variable that is read last; empty for none
	Default  string // as people read it; empty for none
	Help     string
	Secret   bool
	Flag     bool // true or false
	Required bool
}

// Variable returns the name of the environment variable.
func (i Input) Variable() string {
	return "FROGMINT_" + strings.ToUpper(strings.ReplaceAll(i.Name, "-", "_"))
}

// ActionVariable returns the name of the variable in which GitHub's runner hands the input over; it keeps the dashes.
func (i Input) ActionVariable() string { return "INPUT_" + strings.ToUpper(i.Name) }

// List returns every input in the order of the documentation.
func List() []Input {
	list := make([]Input, 0, 40)
	for field := range reflect.TypeFor[settings]().Fields() {
		key, value, _ := strings.Cut(field.Tag.Get("env"), ",default=")
		list = append(list, Input{
			Name: inputName(key), JFrog: field.Tag.Get("jfrog"), Default: cmp.Or(value, field.Tag.Get("default")), Help: field.Tag.Get("help"),
			Secret: field.Tag.Get("secret") != "", Required: field.Tag.Get("required") != "", Flag: field.Type == reflect.TypeFor[flag](),
		})
	}
	return list
}

// RevokeInputs returns the names of the inputs that LoadState reads.
func RevokeInputs() []string {
	return []string{"url", "on-revoke-failure", "ca-cert", "allow-http", "timeout", "client-cert", "client-key", "artifactory-url"}
}

// inputName turns a key of go-envconfig, which can't hold dashes, into the input's name.
func inputName(key string) string { return strings.ToLower(strings.ReplaceAll(key, "_", "-")) }

// settings holds every input. The tag env has the name, and the default where one is decoded like a value; the tag default
// is what people read where the input decodes to nothing. Text has a tag for the
// characters or the words that it may have.
type settings struct {
	URL               value[string, platformURL]        `env:"URL" jfrog:"JF_URL" required:"yes" help:"base URL of the JFrog platform, such as https://acme.jfrog.io; https, or http to loopback"`
	OIDCProviderName  string                            `env:"OIDC_PROVIDER_NAME" max:"255" help:"name of the OIDC integration in JFrog; setting it turns the exchange of the job's ID token on"`
	OIDCAudience      string                            `env:"OIDC_AUDIENCE" default:"the CI's own" max:"1024" help:"audience to ask for in the ID token; where the CI fixes it, it is checked before the exchange"`
	OIDCProviderType  string                            `env:"OIDC_PROVIDER_TYPE" default:"by CI" oneof:"GitHub, Azure, GenericOidc" help:"GitHub, Azure or GenericOidc"`
	IdentityMapping   string                            `env:"IDENTITY_MAPPING_NAME" max:"255" help:"name of the identity mapping, passed on in the exchange"`
	IDTokenEnv        value[string, variableName]       `env:"ID_TOKEN_ENV" help:"name of the variable that holds a pushed ID token"`
	IDTokenFile       string                            `env:"ID_TOKEN_FILE" help:"path of the file that holds a pushed ID token"`
	AccessToken       value[action.Secret, accessToken] `env:"ACCESS_TOKEN" jfrog:"JF_ACCESS_TOKEN" secret:"yes" help:"the creator's access token, where there is no OIDC"`
	User              string                            `env:"USER" jfrog:"JF_USER" max:"255" help:"the creator's user name, with password"`
	Password          action.Secret                     `env:"PASSWORD" jfrog:"JF_PASSWORD" secret:"yes" help:"the creator's password"`
	ServerID          string                            `env:"SERVER_ID" max:"255" help:"entry of jf's own configuration to take url and credentials from"`
	Username          string                            `env:"USERNAME" default:"the creator's" max:"255" help:"subject of the new token; an admin may name a user that doesn't exist"`
	Groups            value[[]string, groupList]        `env:"GROUPS" help:"groups whose permissions the token gets, separated by commas or lines; a name with a comma in double quotes"`
	Scope             value[string, scope]              `env:"SCOPE" help:"literal scope in JFrog's syntax; excludes groups and grant-admin"`
	GrantAdmin        flag                              `env:"GRANT_ADMIN,default=false" help:"ask for admin permissions"`
	Project           string                            `env:"PROJECT" jfrog:"JF_PROJECT" max:"32" help:"key of the project that the token belongs to"`
	Expiry            value[time.Duration, expiry]      `env:"EXPIRY" default:"1h" help:"life of the token: seconds, or 45m, 2h; platform leaves it to the server; 0 never expires"`
	Refreshable       flag                              `env:"REFRESHABLE,default=false" help:"also ask for a refresh token"`
	Reference         flag                              `env:"REFERENCE,default=false" help:"also ask for a reference token"`
	Description       string                            `env:"DESCRIPTION" max:"1024" help:"put before the job's identity in the token's description; 1024 characters in all"`
	Audience          string                            `env:"AUDIENCE" max:"255" help:"service ids that the token is for, separated by spaces, such as jfrt@*"`
	API               action.API                        `env:"API,default=auto" oneof:"auto, access, legacy" help:"auto, access or legacy"`
	Mint              action.MintMode                   `env:"MINT,default=auto" oneof:"auto, always, never" help:"with OIDC: auto mints from the exchanged token when something else was asked than it grants, or when only a minted token can be revoked; always; never"`
	ForceRevocable    flag                              `env:"FORCE_REVOCABLE" default:"true" help:"make the token revocable although it is short-lived; without it JFrog can't revoke a token shorter than six hours"`
	AllowBroaderScope flag                              `env:"ALLOW_BROADER_SCOPE,default=false" help:"report a granted scope that is broader than the one asked, instead of failing"`
	Revoke            flag                              `env:"REVOKE,default=true" help:"revoke the token in the post step"`
	OnRevokeFailure   string                            `env:"ON_REVOKE_FAILURE,default=warn" oneof:"warn, fail" help:"warn or fail"`
	ExportEnv         flag                              `env:"EXPORT_ENV,default=false" help:"also set JF_URL, JF_USER and JF_ACCESS_TOKEN for later steps"`
	JobSummary        flag                              `env:"JOB_SUMMARY,default=true" help:"write the token's life, without the token, to the job's summary"`
	CACert            value[[]byte, certificates]       `env:"CA_CERT" help:"CA certificates to trust besides the system's: PEM text, or the path of a file"`
	AllowHTTP         flag                              `env:"ALLOW_HTTP,default=false" help:"allow an http url to a host that isn't loopback"`
	Timeout           value[time.Duration, timeout]     `env:"TIMEOUT,default=60s" help:"budget of the whole step"`
	ApplicationKey    string                            `env:"APPLICATION_KEY" max:"255" help:"key of the JFrog application (AppTrust), passed on in the exchange"`
	ClientCert        value[[]byte, certificates]       `env:"CLIENT_CERT" help:"client certificate for a platform that wants one: PEM text, or the path of a file"`
	ClientKey         value[[]byte, privateKey]         `env:"CLIENT_KEY" secret:"yes" help:"private key of the client certificate: PEM text, or the path of a file"`
	ArtifactoryURL    value[string, artifactoryURL]     `env:"ARTIFACTORY_URL" help:"URL of Artifactory where it isn't url + /artifactory"`
	Login             string                            `env:"LOGIN" help:"package clients to log in, separated by commas or lines: docker, npm=npm-virtual"`
	Diagnose          flag                              `env:"DIAGNOSE,default=true" help:"after a failed exchange, write the claims and the mapping that would match to the log and the job's summary"`
}
