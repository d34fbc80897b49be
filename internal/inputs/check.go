package inputs

import (
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// maxStateCertificates bounds, in bytes, the certificates and the key in the state of a post step. With a whole system's
// bundle in it no post step could be started, and the token lived.
const maxStateCertificates = 96 << 10

// checkPlatform checks the way to the platform: its URLs, and the certificates for it.
func (l *loader) checkPlatform(config action.Config) {
	if config.URL == "" && l.problems["url"] == nil && l.problems["server-id"] == nil {
		l.fail("url", "it is not set", "give the platform's base URL as url or JF_URL, such as https://acme.jfrog.io")
	}
	for _, given := range []struct{ name, url string }{{"url", config.URL}, {"artifactory-url", config.ArtifactoryURL}} {
		if _, err := jfrog.ParseURL(given.url, config.AllowHTTP); given.url != "" && err != nil {
			l.fail(given.name, err.Error(), "use https, or set allow-http to true where the way to the platform is safe")
		}
	}
	for _, pair := range [][2]string{{"client-cert", "client-key"}, {"client-key", "client-cert"}} {
		if l.asked(pair[0]) && !l.asked(pair[1]) {
			l.fail(pair[0], pair[1]+" is not set", "give the certificate and its private key together")
		}
	}
	if config.ClientCertPEM != nil && config.ClientKeyPEM != nil {
		if _, err := tls.X509KeyPair(config.ClientCertPEM, config.ClientKeyPEM); err != nil {
			l.fail("client-key", strings.TrimPrefix(err.Error(), "tls: "), "give the private key that belongs to the first certificate of client-cert")
		}
	}
	size := len(config.RootsPEM) + len(config.ClientCertPEM) + len(config.ClientKeyPEM)
	if l.from.action && !config.NoRevoke && size > maxStateCertificates {
		l.fail("ca-cert", fmt.Sprintf("%d bytes, more than the %d that can be kept for the post step (limit of the CA certificates in the state)", size, maxStateCertificates),
			"give only the CA certificate that signed the platform's certificate; those of the system are trusted anyway")
	}
}

// checkCombinations refuses inputs that are fine alone and don't go together.
func (l *loader) checkCombinations(config action.Config) {
	for _, name := range []string{"groups", "grant-admin"} {
		if l.asked("scope") && l.asked(name) {
			l.fail("scope", name+" is set too", "write all of it into scope, or leave scope out")
		}
	}
	if size := len(jfrog.GroupScope(config.Groups)); size > jfrog.MaxScope || config.GrantAdmin && size+1+len(jfrog.AdminScope) > jfrog.MaxScope {
		l.fail("groups", fmt.Sprintf("their scope has %d bytes, more than the %d that JFrog takes", size, jfrog.MaxScope),
			"ask for fewer groups, or make one group in JFrog that has what the job needs")
	}
	if l.asked("id-token-env") && l.asked("id-token-file") {
		l.fail("id-token-env", "id-token-file is set too", "name one place of the ID token")
	}
	switch oidc := l.credentials.kind == "oidc-provider-name"; {
	case oidc && config.Mint == action.MintNever:
		l.refuse("only a minted token can have it, and mint is never", "set mint to auto, or let the identity mapping give it",
			"username", "refreshable", "description", "audience")
	case !oidc && config.Credentials.Origin != "":
		// These would be dropped in silence: the job would run as somebody else than its author thinks.
		l.refuse("it has no effect with "+config.Credentials.Origin, "set oidc-provider-name beside it, or remove it",
			"oidc-audience", "oidc-provider-type", "identity-mapping-name", "id-token-env", "id-token-file", "application-key")
		if config.Mint == action.MintNever {
			l.fail("mint", "without oidc-provider-name only a mint makes a token, and it is never", "set oidc-provider-name, or leave mint out")
		}
	}
	if config.API == action.APILegacy {
		names := []string{"oidc-provider-name", "grant-admin", "project", "reference", "description", "force-revocable"}
		if strings.Contains(config.Scope, "applied-permissions/") {
			names = append(names, "scope")
		}
		l.refuse("the legacy API doesn't have it, and api is legacy", "set api to auto or access, or remove it", names...)
	}
}

// asked reports whether an input is set, and to true where it is a flag.
func (l *loader) asked(name string) bool {
	text := l.from.Text(name)
	if l.from.input(name).Flag {
		is, _ := strconv.ParseBool(strings.ToLower(text))
		return is
	}
	return text != ""
}

// refuse fails each of these inputs that is asked for.
func (l *loader) refuse(reason, fix string, names ...string) {
	for _, name := range names {
		if l.asked(name) {
			l.fail(name, reason, fix)
		}
	}
}
