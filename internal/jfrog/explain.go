package jfrog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// Explanation is what is known of one refusal: how to recognise it, its usual cause, and what to do.
type Explanation struct {
	Status int    // 0 for any
	Words  string // a part of JFrog's message or detail; empty for any
	Call   string // a part of what was being done; empty for any
	Cause  string
	Hint   string
	Source string // where this is known from
}

// Explanations lists what JFrog is known to answer, the most telling first. docs/troubleshooting.md is this table.
func Explanations() []Explanation {
	return slices.Concat(ofTheExchange(), ofCredentials(), ofTheMint())
}

// ofTheExchange lists refusals of the exchange.
func ofTheExchange() []Explanation {
	return []Explanation{
		{Status: 400, Words: "Invalid audience", Call: "exchanging",
			Cause:  "the ID token was issued for another audience than the OIDC integration expects",
			Hint:   "set oidc-audience to the audience of the integration in JFrog, or remove the audience there",
			Source: "observed, setup-jfrog-cli #270"},
		{Words: "Failed to get public key", Call: "exchanging",
			Cause:  "JFrog couldn't fetch the issuer's keys: the provider URL of the integration isn't the issuer to the letter, or JFrog can't reach it",
			Hint:   "compare the integration's provider URL with the iss claim: a trailing slash is enough to break it",
			Source: "observed, setup-jfrog-cli #155"},
		{Status: 403, Call: "exchanging",
			Cause:  "no identity mapping of the integration matches the claims of this job, or the integration is for another organization",
			Hint:   "create the mapping that frogmint mapping print writes, or correct the one that was meant (branch, environment, identity-mapping-name). Repositories made or renamed after 15 July 2026 have an immutable sub, repo:OWNER@ID/REPO@ID:…. For another organization, name its integration",
			Source: "observed, setup-jfrog-cli #318"},
		{Status: 404, Call: "exchanging",
			Cause:  "the platform has no OIDC integration of this name, or is too old for OIDC",
			Hint:   "check oidc-provider-name; OIDC needs JFrog Cloud 7.73.1 or self-hosted 7.77.3, Enterprise X or Enterprise+",
			Source: "documented"},
		{Status: 401, Call: "exchanging",
			Cause:  "JFrog didn't accept the ID token: expired, from another issuer, or signed with a key it doesn't know",
			Hint:   "check the integration's provider URL and the clocks of both sides",
			Source: "documented"},
		{Status: 400, Call: "exchanging",
			Cause:  "JFrog didn't take the exchange",
			Hint:   "check oidc-provider-name and identity-mapping-name against the integration in JFrog; frogmint doctor prints the token's claims",
			Source: "documented"},
	}
}

// ofCredentials lists refusals of the credentials of a call, and of the token that is to be revoked.
func ofCredentials() []Explanation {
	return []Explanation{
		{Status: 400, Words: "Invalid formatted name", Call: "minting",
			Cause:  "the creator's token comes from a group mapping without a user: its subject is provider/mapping, and JFrog can't mint for that",
			Hint:   "give the identity mapping a username, or set mint to never and use the exchanged token as it is",
			Source: "observed, terraform-provider-artifactory #1246"},
		{Status: 400, Words: "Token not revocable",
			Cause:  "the token lives shorter than JFrog's revocable-expiry-threshold (6 h unless configured) and wasn't made with force_revocable",
			Hint:   "mint with force-revocable (JFrog 7.50.3), or let the token die by its expiry",
			Source: "observed, vault-plugin-secrets-artifactory #25"},
		{Words: "Token not revocable",
			Cause:  "the token lives shorter than JFrog's revocable-expiry-threshold (6 h unless configured)",
			Hint:   "let the token die by its expiry, or use the Access API with force-revocable (JFrog 7.50.3)",
			Source: "observed, artifactory-secrets-plugin #3"},
		{Status: 401, Words: "expired",
			Cause:  "the credentials have expired",
			Hint:   "use credentials that are still valid; with OIDC, a mapping's token lives as long as its expires_in says",
			Source: "observed, vault-plugin-secrets-artifactory"},
		{Status: 401, Words: "revoked",
			Cause:  "the credentials were revoked",
			Hint:   "use credentials that are still valid",
			Source: "observed"},
		{Status: 401, Words: "signature", Call: "the token",
			Cause:  "this platform didn't issue the token: it is another platform's, or it was cut off or changed on its way here; the real one may be alive",
			Hint:   "check that url is the platform that issued the token, and hand the token over whole",
			Source: "observed, vault-plugin-secrets-artifactory #238"},
		{Status: 401, Words: "Invalid token, parse", Call: "the token",
			Cause:  "JFrog can't read this token: it was cut off or changed on its way here, and the real one may be alive",
			Hint:   "hand the token over whole, without quotes and line breaks",
			Source: "observed, vault-plugin-secrets-artifactory #236"},
		{Status: 401, Words: "signature",
			Cause:  "this platform didn't issue the access token: it is another platform's, or it was changed on its way here",
			Hint:   "check that url is the platform that issued the token, and that access-token holds it whole",
			Source: "observed, vault-plugin-secrets-artifactory #238"},
		{Status: 401, Words: "parse",
			Cause:  "what was given as an access token isn't one",
			Hint:   "check that access-token holds a JFrog access token, whole and without quotes",
			Source: "observed, vault-plugin-secrets-artifactory #236"},
		{Status: 401, Words: "Props Authentication Token not found",
			Cause:  "JFrog got a reference token or API key that it doesn't know",
			Hint:   "check that the access-token belongs to this platform and is still listed there",
			Source: "observed"},
		{Status: 401, Words: "Bad credentials",
			Cause:  "wrong user or password, or an access token in the password's place",
			Hint:   "check user and password, and give a token as access-token; a user with MFA or from SSO can't use a password here",
			Source: "observed"},
		{Status: 404, Words: "Token matching the provided refresh token was not found",
			Cause:  "the refresh token was used already, or its token was revoked",
			Hint:   "mint a new token",
			Source: "observed, jfrog-cli #2490"},
		{Status: 405,
			Cause:  "this server doesn't know the call",
			Hint:   "check that the url is the platform's base URL, without /artifactory",
			Source: "observed, vault-plugin-secrets-artifactory #286"},
	}
}

// ofTheMint lists refusals of a mint, and what any call may be refused with.
func ofTheMint() []Explanation {
	return []Explanation{
		{Status: 401, Call: "minting",
			Cause:  "JFrog didn't accept the creator's credentials",
			Hint:   "check access-token; the Access API takes user and password from 7.63.2 and only where token generation via API is enabled",
			Source: "documented"},
		{Status: 403, Call: "minting",
			Cause:  "the creator may not make this token: only an admin may choose groups, scope or another user, and max-expiry binds everyone else",
			Hint:   "leave groups, scope and username out where the creator's own permissions are enough, and keep expiry within the platform's maximum. For more, the creator must be an admin's token or an OIDC mapping with admin scope",
			Source: "documented"},
		{Status: 404, Call: "minting",
			Cause:  "the server doesn't know this API: it is older than 7.21.1, or the url isn't the platform's",
			Hint:   "check that the url is the platform's base URL, without /artifactory; for a server before 7.21.1 set api to legacy",
			Source: "documented"},
		{Status: 400, Call: "minting",
			Cause:  "JFrog didn't take the request",
			Hint:   "check the groups, the scope and the user name against the platform",
			Source: "documented"},
		{Status: 429,
			Cause:  "the platform limits the rate of requests",
			Hint:   "start fewer jobs at once, or raise the timeout",
			Source: "observed, setup-jfrog-cli #223"},
		{Status: 403,
			Cause:  "the credentials are not allowed to do this",
			Hint:   "check the permissions of the creator",
			Source: "observed"},
	}
}

// explain adds to a failure its usual cause and what to do, where they are known. JFrog's causes are told of JFrog's own
// answers only: a sign-in page with 403 says nothing of identity mappings.
func explain(failure *httpapi.Error) {
	for _, known := range Explanations() {
		if failure.Own && known.matches(failure) {
			failure.Cause, failure.Fix = known.Cause, known.Hint
			return
		}
	}
	if failure.Status == 0 {
		failure.Fix = fixNoAnswer(failure)
		return
	}
	failure.Cause, failure.Fix = explainStatus(failure)
}

func (e Explanation) matches(refusal *httpapi.Error) bool {
	return (e.Status == 0 || e.Status == refusal.Status) && strings.Contains(refusal.Message+" "+refusal.Detail, e.Words) &&
		strings.Contains(refusal.Op, e.Call)
}

// explainStatus is for answers that only their status and their sender tell something about.
func explainStatus(failure *httpapi.Error) (cause, fix string) {
	proxy, isProxy := errors.AsType[*httpapi.ProxyError](failure)
	switch {
	case isProxy:
		return "", fixProxy(proxy, failure.Host)
	case httpapi.IsTLSPort(failure):
		return "", fixTLSPort
	case failure.Status == http.StatusProxyAuthRequired:
		return "a proxy wants a user name and password, or refuses those that it got", fixProxyPassword
	case failure.Status == http.StatusTooManyRequests:
		return "the rate of requests is limited", "start fewer jobs at once, or raise the timeout"
	case failure.Status/100 == 3:
		return "", "set url to the address that the platform itself has, with https"
	case failure.Unusable() && failure.Title == "":
		return "the answer isn't what JFrog documents", "check that the url is the platform's base URL and that no proxy or sign-in page is in front of it"
	case strings.Contains(failure.Title, "SSL certificate"): // nginx, without a client certificate or with a wrong one
		return "", fixClientCert
	case failure.Status >= http.StatusInternalServerError:
		return "", "the platform or a proxy in front of it is in trouble: try again later, and look at its log"
	case !failure.Own:
		return fmt.Sprintf("this answer is not JFrog's: something at %s or in front of it gave it", failure.Host),
			"look for a gateway, firewall, proxy or sign-in page between this runner and the platform, and check the url"
	}
	return "", ""
}

// Fixes that more than one failure has.
const (
	fixProxyPassword = "check the user and password in HTTPS_PROXY; special characters are written percent-encoded"
	fixTLSPort       = "the port speaks TLS: set url to the address with https"
	fixOldTLS        = "the server takes no TLS 1.2 or newer: update it, or the gateway in front of it"
	fixClientCert    = "the platform wants a client certificate that it trusts: give one as client-cert and client-key"
)

// fixNoAnswer is what to do where no answer came.
func fixNoAnswer(failure *httpapi.Error) string {
	err := failure.Unwrap()
	proxy, isProxy := errors.AsType[*httpapi.ProxyError](err)
	connecting, isConnecting := errors.AsType[*net.OpError](err)
	switch {
	case isProxy:
		return fixProxy(proxy, failure.Host)
	case isConnecting && connecting.Op == "proxyconnect":
		return "the proxy can't be reached: check HTTPS_PROXY, or name the platform's host in NO_PROXY"
	case httpapi.IsTLSPort(err):
		return fixTLSPort
	case httpapi.IsTLSAlert(err):
		return fixTLSAlert(err)
	case httpapi.IsUntrusted(err):
		return "the server's certificate isn't trusted: check the url, or give the CA's certificate as ca-cert"
	case httpapi.IsNotTLS(err):
		return "the port answers, but not with TLS: check the scheme and the port of the url"
	case httpapi.IsTLSRefusal(err):
		return fixOldTLS
	case errors.Is(err, context.Canceled):
		return "" // somebody ended the job: nothing is wrong with the platform
	case failure.TimedOut():
		return "the platform didn't answer in time: look whether it is up and reachable from this runner, or raise the timeout"
	}
	return "check that the url is right and reachable from this runner; a proxy is taken from HTTPS_PROXY and NO_PROXY"
}

// fixProxy is what to do about a proxy that refuses to pass a request on.
func fixProxy(proxy *httpapi.ProxyError, host string) string {
	if proxy.Status == http.StatusProxyAuthRequired {
		return fmt.Sprintf("the proxy %s: %s", proxy.Proxy, fixProxyPassword)
	}
	return fmt.Sprintf("let the proxy %s connect to %s, or name the host in NO_PROXY", proxy.Proxy, host)
}

// fixTLSAlert is what to do about the alert with which the server ended the handshake.
func fixTLSAlert(err error) string {
	switch words := err.Error(); {
	case strings.Contains(words, "certificate"), strings.Contains(words, "access denied"):
		return fixClientCert
	case strings.Contains(words, "handshake failure"): // with TLS 1.2, a missing client certificate is one
		return "the server refused the TLS handshake: where it wants a client certificate, give one as client-cert and client-key; check the url"
	case strings.Contains(words, "unrecognized name"):
		return "the server doesn't know this host name: check the url"
	case strings.Contains(words, "protocol version"):
		return fixOldTLS
	}
	return "the server ended the TLS handshake: check the url, and what the server or a gateway in front of it asks of its clients"
}
