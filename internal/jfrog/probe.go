package jfrog

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// Endpoint is a place where a token can be tried.
type Endpoint string

// The endpoints. Access is where a revocation happens; Artifactory is where the token is used, and may take it for
// minutes after Access has revoked it (RTFACT-22519). Access refuses every token of the legacy API, and before 7.68 one
// whose audience leaves Access out.
const (
	AccessEndpoint      Endpoint = "access"      // GET /access/api/v1/tokens/me
	ArtifactoryEndpoint Endpoint = "artifactory" // GET /artifactory/api/system/version, 401 on bad credentials
)

// ProbeResult is what an endpoint answered to a token.
type ProbeResult int

// The results. The four refusals are 401 in JFrog's own form and words; whatever else says 401 proves nothing.
const (
	NoAnswer    ProbeResult = iota // no answer, or one that isn't JFrog's
	Accepted                       // 2xx
	NotFound                       // 403 or 404 in JFrog's form: let in, but the token isn't stored, or the server is too old to know "me"
	Refused                        // refused without saying why
	SaysRevoked                    // refused as revoked
	SaysExpired                    // refused as expired
	SaysNotOurs                    // refused as a token that isn't this platform's, or that was cut off
)

// Probe asks with the token at an endpoint, over a connection of its own: that of the revocation leads to the node that
// carried it out, which isn't the one that may not know of it yet. NoAnswer comes with the error that explains it, a refusal
// with JFrog's words as an *httpapi.Error. No two probes have the same URL: a cache on the way must not answer with what
// was said of another token.
func (c *Client) Probe(ctx context.Context, endpoint Endpoint, token redact.Secret) (ProbeResult, error) {
	r := request{
		op: "asking with the token", method: http.MethodGet, path: []string{"api", "v1", "tokens", self},
		query: url.Values{"probe": {rand.Text()[:8]}}, auth: Credentials{Token: token}, fresh: true,
	}
	if endpoint == ArtifactoryEndpoint {
		r.path, r.artifactory = []string{"api", "system", "version"}, true
	}
	answer, err := c.send(ctx, r)
	if err == nil {
		// A sign-in page with status 200 says nothing about the token: the answer must be JSON.
		err = answer.JSON(&struct{}{})
	}
	if err == nil {
		return Accepted, nil
	}
	refusal, ok := errors.AsType[*httpapi.Error](err)
	if !ok || !refusal.Own {
		return NoAnswer, err
	}
	switch refusal.Status {
	case http.StatusUnauthorized:
		return refusalOfToken(refusal), err
	case http.StatusNotFound, http.StatusForbidden:
		return NotFound, err
	}
	return NoAnswer, err
}

// refusalOfToken tells what a 401 says of the token. JFrog's words always speak of the token or the credentials
// (observed: "Invalid token, expired", "Token failed verification: revoked", "Bad credentials", "HTTP 401 Unauthorized").
// A bare "Unauthorized" is what gateways say.
func refusalOfToken(refusal *httpapi.Error) ProbeResult {
	says := func(words ...string) bool {
		for _, word := range words {
			if refusal.Contains(word) {
				return true
			}
		}
		return false
	}
	switch {
	case says("revoked"):
		return SaysRevoked
	case says("expired"):
		return SaysExpired
	case says("invalid token, signature", "invalid token, parse", "invalid token, issuer", "failed verification: signature",
		"failed verification: parse", "failed verification: issuer"):
		return SaysNotOurs
	case says("token", "credentials", "HTTP 401 Unauthorized"):
		return Refused
	}
	return NoAnswer
}

// RefusalOf is refusalOfToken for the refusal of any call that the token authenticated; NoAnswer where the error is no 401 of
// JFrog's.
func RefusalOf(err error) ProbeResult {
	refusal, ok := errors.AsType[*httpapi.Error](err)
	if !ok || !refusal.Own || refusal.Status != http.StatusUnauthorized {
		return NoAnswer
	}
	return refusalOfToken(refusal)
}

// IsNotRevocable reports whether JFrog refused to revoke a token since it isn't revocable.
func IsNotRevocable(err error) bool {
	refusal, ok := errors.AsType[*httpapi.Error](err)
	return ok && refusal.Own && refusal.Contains("Token not revocable")
}
