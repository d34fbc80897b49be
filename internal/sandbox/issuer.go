package sandbox

import (
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Life of an ID token, as seen on GitHub's tokens: 300 s, valid from ten minutes before it was made.
const (
	idTokenLife   = 300 * time.Second
	idTokenBefore = 600 * time.Second
)

// idToken answers a job that asks for its ID token.
func (c *call) idToken() error {
	cred := credentialsOf(c.r)
	if cred.kind != "bearer" || subtle.ConstantTimeCompare([]byte(cred.secret), []byte(c.s.requestToken)) != 1 {
		return plain(http.StatusUnauthorized)
	}
	claims := c.s.idClaims(c.now)
	if audience := c.r.URL.Query().Get("audience"); audience != "" && c.s.claims["aud"] == "" {
		claims["aud"] = audience
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	unsigned.Header["kid"] = c.s.idKeyID
	value, err := unsigned.SignedString(c.s.keys.ids)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, map[string]string{"value": value})
}

// idClaims returns GitHub's claims for a push to the main branch of octo-org/octo-repo, changed by the overriding ones.
// Those that follow from the repository, its branch and its environment do so also when these are overridden.
func (s *Server) idClaims(now time.Time) jwt.MapClaims {
	own := map[string]string{"repository": "octo-org/octo-repo", "ref": "refs/heads/main", "environment": ""}
	maps.Copy(own, s.claims)
	repository, ref := own["repository"], own["ref"]
	owner, _, _ := strings.Cut(repository, "/")
	workflow := repository + "/.github/workflows/ci.yml@" + ref
	const sha = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	claims := jwt.MapClaims{
		"iss": s.IssuerURL(), "jti": newUUID(), "iat": now.Unix(), "nbf": now.Add(-idTokenBefore).Unix(), "exp": now.Add(idTokenLife).Unix(),
		"sub": "repo:" + repository + ":ref:" + ref, "aud": "https://github.com/" + owner,
		"actor": "octocat", "actor_id": "12", "base_ref": "", "head_ref": "", "check_run_id": "30001",
		"event_name": "push", "job_workflow_ref": workflow, "job_workflow_sha": sha, "ref": ref, "ref_type": "branch",
		"ref_protected": "true", "repository": repository, "repository_id": "74", "repository_owner": owner,
		"repository_owner_id": "65", "repository_visibility": "private", "run_attempt": "1", "run_id": "9001",
		"run_number": "10", "runner_environment": "github-hosted", "sha": sha, "workflow": "ci",
		"workflow_ref": workflow, "workflow_sha": sha,
	}
	if environment := own["environment"]; environment != "" {
		claims["sub"] = "repo:" + repository + ":environment:" + environment
	}
	for name, text := range s.claims {
		claims[name] = text
		if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && slices.Contains([]string{"exp", "iat", "nbf"}, name) {
			claims[name] = seconds
		}
	}
	return claims
}

func (c *call) discovery() error {
	return c.json(http.StatusOK, map[string]any{
		"issuer": c.s.IssuerURL(), "jwks_uri": c.s.BaseURL() + jwksPath, "subject_types_supported": []string{"public", "pairwise"},
		"response_types_supported": []string{"id_token"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported": []string{"openid"},
	})
}

func (c *call) keySet() error {
	public, encode := c.s.keys.ids.PublicKey, base64.RawURLEncoding.EncodeToString
	return c.json(http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": c.s.idKeyID,
		"n": encode(public.N.Bytes()), "e": encode(big.NewInt(int64(public.E)).Bytes()),
	}}})
}
