package action

import "strings"

// Input describes one input: its name is that of the action's input and of the flag, and, in upper case with
// underscores behind FROGMINT_, that of the variable.
type Input struct {
	Name     string
	JFrog    string // the JFrog variable that is read last; empty for none
	Default  string // as people read it; empty for none
	Secret   bool
	Switch   bool // true or false
	Required bool
	Help     string
}

// Variable returns the name of the environment variable.
func (i Input) Variable() string {
	return "FROGMINT_" + strings.ToUpper(strings.ReplaceAll(i.Name, "-", "_"))
}

// ActionVariable returns the name of the variable in which GitHub's runner hands the input over; it keeps the dashes.
func (i Input) ActionVariable() string { return "INPUT_" + strings.ToUpper(i.Name) }

// Inputs lists every input in the order of the documentation.
func Inputs() []Input {
	return []Input{
		{Name: "url", JFrog: "JF_URL", Required: true, Help: "base URL of the JFrog platform, such as https://acme.jfrog.io; https, or http to loopback"},
		{Name: "oidc-provider-name", Help: "name of the OIDC integration in JFrog; setting it turns the exchange of the job's ID token on"},
		{Name: "oidc-audience", Default: "the CI's own", Help: "audience to ask for in the ID token; where the CI fixes it, it is checked before the exchange"},
		{Name: "oidc-provider-type", Default: "by CI", Help: "GitHub, Azure or GenericOidc"},
		{Name: "identity-mapping-name", Help: "name of the identity mapping, passed on in the exchange"},
		{Name: "id-token-env", Help: "name of the variable that holds a pushed ID token"},
		{Name: "id-token-file", Help: "path of the file that holds a pushed ID token"},
		{Name: "access-token", JFrog: "JF_ACCESS_TOKEN", Secret: true, Help: "the creator's access token, where there is no OIDC"},
		{Name: "user", JFrog: "JF_USER", Help: "the creator's user name, with password"},
		{Name: "password", JFrog: "JF_PASSWORD", Secret: true, Help: "the creator's password"},
		{Name: "server-id", Help: "entry of jf's own configuration to take url and credentials from"},
		{Name: "username", Default: "the creator's", Help: "subject of the new token; an admin may name a user that doesn't exist"},
		{Name: "groups", Help: "groups whose permissions the token gets, separated by commas or lines; a name with a comma in double quotes"},
		{Name: "scope", Help: "literal scope in JFrog's syntax; excludes groups and grant-admin"},
		{Name: "grant-admin", Default: "false", Switch: true, Help: "ask for admin permissions"},
		{Name: "project", JFrog: "JF_PROJECT", Help: "key of the project that the token belongs to"},
		{Name: "expiry", Default: "1h", Help: "life of the token: seconds, or 45m, 2h; platform leaves it to the server; 0 never expires"},
		{Name: "refreshable", Default: "false", Switch: true, Help: "also ask for a refresh token"},
		{Name: "reference", Default: "false", Switch: true, Help: "also ask for a reference token"},
		{Name: "description", Help: "put before the job's identity in the token's description; 1024 characters in all"},
		{Name: "audience", Help: "service ids that the token is for, separated by spaces, such as jfrt@*"},
		{Name: "api", Default: "auto", Help: "auto, access or legacy"},
		{Name: "mint", Default: "auto", Help: "with OIDC: auto mints from the exchanged token when something else was asked than it grants, or when only a minted token can be revoked; always; never"},
		{Name: "force-revocable", Default: "true", Switch: true, Help: "make the token revocable although it is short-lived; without it JFrog can't revoke a token shorter than six hours"},
		{Name: "allow-broader-scope", Default: "false", Switch: true, Help: "report a granted scope that is broader than the one asked, instead of failing"},
		{Name: "revoke", Default: "true", Switch: true, Help: "take the token back in the post stage"},
		{Name: "on-revoke-failure", Default: "warn", Help: "warn or fail"},
		{Name: "export-env", Default: "false", Switch: true, Help: "also set JF_URL, JF_USER and JF_ACCESS_TOKEN for later steps"},
		{Name: "job-summary", Default: "true", Switch: true, Help: "write the token's life, without the token, to the job's summary"},
		{Name: "ca-cert", Help: "certificate authorities to trust beside the system's: PEM text, or the path of a file"},
		{Name: "allow-http", Default: "false", Switch: true, Help: "allow an http url to a host that isn't loopback"},
		{Name: "timeout", Default: "60s", Help: "budget of the whole stage"},
	}
}

// OutputInfo describes one output.
type OutputInfo struct {
	Name string
	Help string
}

// OutputInfos lists every output in the order of the documentation.
func OutputInfos() []OutputInfo {
	return []OutputInfo{
		{"access-token", "the token"},
		{"reference-token", "the reference token, when asked for"},
		{"refresh-token", "the refresh token, when asked for"},
		{"token-id", "id of the token, for audits; not a secret"},
		{"username", "user of the token; not masked, since other jobs and reusable workflows need it"},
		{"scope", "granted scope"},
		{"expires-in", "life of the token in seconds; empty when it never expires"},
		{"expires-at", "when the token dies, RFC 3339 in UTC; empty when it never expires"},
		{"revocable", "true when JFrog can revoke the token"},
		{"url", "base URL of the platform"},
	}
}
