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
	URL               value[string, platformURL]        `env:"URL" jfrog:"JF_URL" required:"yes" help:"base URL of the JFrog platform, such as https://acme.jfrog.io"`
	OIDCProviderName  string                            `env:"OIDC_PROVIDER_NAME" max:"255" help:"name of the OIDC integration in JFrog; with it the job's ID token is exchanged for an access token"`
	OIDCAudience      string                            `env:"OIDC_AUDIENCE" default:"the CI's own" max:"1024" help:"audience to ask for in the ID token; where the CI fixes it, what it must be"`
	OIDCProviderType  string                            `env:"OIDC_PROVIDER_TYPE" default:"by CI" oneof:"GitHub, Azure, GenericOidc" help:"kind of the integration in JFrog: GitHub, Azure or GenericOidc"`
	IdentityMapping   string                            `env:"IDENTITY_MAPPING_NAME" max:"255" help:"the one identity mapping to use; else JFrog tries all of the integration"`
	IDTokenEnv        value[string, variableName]       `env:"ID_TOKEN_ENV" help:"name of the variable in which the pipeline puts its ID token"`
	IDTokenFile       string                            `env:"ID_TOKEN_FILE" help:"path of the file in which the pipeline puts its ID token"`
	AccessToken       value[action.Secret, accessToken] `env:"ACCESS_TOKEN" jfrog:"JF_ACCESS_TOKEN" secret:"yes" help:"the creator's access token, where there is no OIDC"`
	User              string                            `env:"USER" jfrog:"JF_USER" max:"255" help:"the creator's user name, with password"`
	Password          action.Secret                     `env:"PASSWORD" jfrog:"JF_PASSWORD" secret:"yes" help:"the creator's password"`
	ServerID          string                            `env:"SERVER_ID" max:"255" help:"entry of jf's own configuration to take url and credentials from"`
	Username          string                            `env:"USERNAME" default:"the creator's" max:"255" help:"user of the new token; an administrator may name one that doesn't exist"`
	Groups            value[[]string, groupList]        `env:"GROUPS" help:"groups whose permissions the token gets, between commas or on lines; a name with a comma in double quotes"`
	Scope             value[string, scope]              `env:"SCOPE" help:"the token's scope in JFrog's own syntax, in place of groups and grant-admin"`
	GrantAdmin        flag                              `env:"GRANT_ADMIN,default=false" help:"make the token an administrator's"`
	Project           string                            `env:"PROJECT" jfrog:"JF_PROJECT" max:"32" help:"key of the project that the token belongs to"`
	Expiry            value[time.Duration, expiry]      `env:"EXPIRY" default:"1h" help:"life of the token: seconds, or 45m, 2h; platform is JFrog's default; 0 never expires"`
	Refreshable       flag                              `env:"REFRESHABLE,default=false" help:"also ask for a refresh token"`
	Reference         flag                              `env:"REFERENCE,default=false" help:"also ask for a reference token, for clients that take no long one"`
	Description       string                            `env:"DESCRIPTION" max:"1024" help:"text before the job's identity in the token's description; 1024 characters in all"`
	Audience          string                            `env:"AUDIENCE" max:"255" help:"services that the token is for, separated by spaces, such as jfrt@* for Artifactory"`
	API               action.API                        `env:"API,default=auto" oneof:"auto, access, legacy" help:"JFrog's token API: auto, access or legacy"`
	Mint              action.MintMode                   `env:"MINT,default=auto" oneof:"auto, always, never" help:"with OIDC, mint from the exchanged token: auto (for another scope, or to be revocable), always or never"`
	ForceRevocable    flag                              `env:"FORCE_REVOCABLE" default:"true" help:"let JFrog revoke the token although it lives under six hours"`
	AllowBroaderScope flag                              `env:"ALLOW_BROADER_SCOPE,default=false" help:"only warn where JFrog grants more than was asked, instead of failing"`
	Revoke            flag                              `env:"REVOKE,default=true" help:"revoke the token when the job ends"`
	OnRevokeFailure   string                            `env:"ON_REVOKE_FAILURE,default=warn" oneof:"warn, fail" help:"where the token may live on at the end: warn or fail"`
	ExportEnv         flag                              `env:"EXPORT_ENV,default=false" help:"also set JF_URL, JF_USER and JF_ACCESS_TOKEN for later steps"`
	JobSummary        flag                              `env:"JOB_SUMMARY,default=true" help:"write what the token may do, and how long, to the job's summary"`
	CACert            value[[]byte, certificates]       `env:"CA_CERT" help:"CA certificates to trust besides the system's: PEM text, or the path of a file"`
	AllowHTTP         flag                              `env:"ALLOW_HTTP,default=false" help:"allow an url with http to another machine: the token is sent in the clear"`
	Timeout           value[time.Duration, timeout]     `env:"TIMEOUT,default=60s" help:"time for the whole step"`
	ApplicationKey    string                            `env:"APPLICATION_KEY" max:"255" help:"key of the JFrog application (AppTrust), passed on in the exchange"`
	ClientCert        value[[]byte, certificates]       `env:"CLIENT_CERT" help:"client certificate for a platform that wants one: PEM text, or the path of a file"`
	ClientKey         value[[]byte, privateKey]         `env:"CLIENT_KEY" secret:"yes" help:"private key of the client certificate: PEM text, or the path of a file"`
	ArtifactoryURL    value[string, artifactoryURL]     `env:"ARTIFACTORY_URL" help:"URL of Artifactory where it isn't url + /artifactory"`
	Login             string                            `env:"LOGIN" help:"package clients to log in, separated by commas or lines: docker, npm=npm-virtual"`
	Diagnose          flag                              `env:"DIAGNOSE,default=true" help:"after a failed exchange, show the ID token's claims and a mapping that would match"`
}
