package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// principal is who a request comes from.
type principal struct {
	kind     string // bearer, basic or api-key, for the access log
	username string
	subject  string
	token    *token // nil for user and password
	grants   grants
}

// credentials are what the request shows.
type credentials struct{ kind, user, secret string }

func credentialsOf(r *http.Request) credentials {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "bearer"):
		return credentials{kind: "bearer", secret: strings.TrimSpace(rest)}
	case strings.EqualFold(scheme, "basic"):
		user, password, _ := r.BasicAuth()
		return credentials{"basic", user, password}
	case r.Header.Get("X-JFrog-Art-Api") != "":
		return credentials{kind: "api-key", secret: r.Header.Get("X-JFrog-Art-Api")}
	}
	return credentials{}
}

// wrongUser reports whether a JWT is shown as the password of somebody else (the refusal and its words were observed).
// Of reference tokens nothing says so.
func (cred credentials) wrongUser(t *token) bool {
	return cred.kind == "basic" && !isReference(cred.secret) && !strings.EqualFold(cred.user, t.username)
}

func looksLikeToken(secret string) bool {
	head, _, dotted := strings.Cut(secret, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	return isReference(secret) || dotted && err == nil && strings.HasPrefix(string(text), "{")
}

// Why a token is refused. Access says "Invalid token, expired", Artifactory "Token failed verification: expired"
// (both observed, as are parse and signature for Access and revoked for Artifactory; the other words follow their form).
const (
	reasonParse    = "parse"
	reasonSigner   = "signature"
	reasonExpired  = "expired"
	reasonRevoked  = "revoked"
	reasonAudience = "audience"
	reasonUnknown  = "unknown"
)

// find returns the token behind a JWT or a reference token, dead or alive, or says why there is none. Another
// installation's has another signature, also where two servers share their keys. The signature is checked without the
// lock, since that takes a while.
func (s *Server) find(shown string) (t *token, reason string) {
	issuer, id, err := s.signer.verify(shown)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case isReference(shown):
		t, reason = s.tokens.byReference[shown], reasonUnknown
	case errors.Is(err, jwt.ErrTokenMalformed):
		reason = reasonParse
	case err != nil || issuer != s.accessID && issuer != s.artifactoryID:
		reason = reasonSigner
	default:
		t, reason = s.tokens.byID[id], reasonExpired // what isn't kept any more expired long ago
	}
	if t != nil {
		reason = ""
	}
	return t, reason
}

// lookUp finds the living token that is shown, or says why it is refused. It returns a token that expired or was revoked,
// too.
func (s *Server) lookUp(shown string, now time.Time, lag time.Duration) (t *token, reason string) {
	if t, reason = s.find(shown); t == nil {
		return nil, reason
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case t.revoked() && t.dead(now, lag):
		return t, reasonRevoked
	case t.expired(now):
		return t, reasonExpired
	}
	return t, ""
}

// accessCaller authenticates for Access, which takes bearer tokens only.
func (c *call) accessCaller() (*principal, error) { return c.accessToken(true) }

func (c *call) accessToken(checkAudience bool) (*principal, error) {
	cred := credentialsOf(c.r)
	if cred.kind != "bearer" || cred.secret == "" {
		return nil, plain(http.StatusUnauthorized)
	}
	t, reason := c.s.lookUp(cred.secret, c.now, c.faults.revokeLag())
	// A token of the legacy API can't be used here, whatever its audience (observed).
	if reason == "" && (t.legacy || checkAudience && !inAudience(t.audience, c.s.accessID)) {
		reason = reasonAudience
	}
	if reason != "" {
		return nil, unauthorized("Invalid token, " + reason)
	}
	return c.authenticated(cred.kind, t), nil
}

// adminCaller authenticates for Access and wants an administrator.
func (c *call) adminCaller() (*principal, error) { return administrator(c.accessCaller()) }

// artifactoryAdmin authenticates for Artifactory and wants an administrator.
func (c *call) artifactoryAdmin() (*principal, error) { return administrator(c.artifactoryCaller()) }

func administrator(p *principal, err error) (*principal, error) {
	if err == nil && !p.grants.admin {
		return nil, forbidden()
	}
	return p, err
}

// artifactoryCaller authenticates for Artifactory, which takes a token in every form and user with password.
func (c *call) artifactoryCaller() (*principal, error) {
	cred := credentialsOf(c.r)
	if cred.secret == "" {
		return nil, unauthorized("Authentication is required")
	}
	if cred.kind == "basic" {
		p, err := c.passwordCaller(cred)
		if err == nil || !looksLikeToken(cred.secret) {
			return p, err
		}
	}
	t, reason := c.s.lookUp(cred.secret, c.now, c.faults.revokeLag())
	switch {
	case reason == reasonUnknown:
		return nil, unauthorized("Props Authentication Token not found")
	case reason != "":
	case cred.wrongUser(t):
		return nil, unauthorized("Wrong username was used")
	case inAudience(t.audience, c.s.artifactoryID):
		return c.authenticated(cred.kind, t), nil
	default:
		reason = reasonAudience
	}
	return nil, unauthorized("Token failed verification: " + reason)
}

// authenticated makes a principal of a living token.
func (c *call) authenticated(kind string, t *token) *principal {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.who = &principal{kind, t.username, t.subject, t, c.s.world.grantsOf(t.username, t.scope)}
	return c.who
}

// passwordCaller authenticates a user by his password.
func (c *call) passwordCaller(cred credentials) (*principal, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	u := c.s.world.users[strings.ToLower(cred.user)]
	if u == nil || cred.secret == "" || cred.secret != u.Password && cred.secret != c.s.encrypted(u.Name) {
		return nil, unauthorized("Bad credentials")
	}
	c.who = &principal{kind: "basic", username: u.Name, subject: c.s.subject(u.Name), grants: c.s.world.grantsOf(u.Name, userScope)}
	return c.who, nil
}

// encryptedPassword gives a user who shows his password another that works as well, as jf stores it.
func (c *call) encryptedPassword() error {
	p, err := c.passwordCaller(credentialsOf(c.r))
	if err != nil {
		return err
	}
	return c.text(c.s.encrypted(p.username))
}

// encrypted is a password that only this server takes, for as long as it runs.
func (s *Server) encrypted(username string) string {
	sum := sha256.Sum256([]byte(s.requestToken + "/" + username))
	return "AP" + hex.EncodeToString(sum[:])
}

// inAudience reports whether one of the audience's entries, in which * stands for any type or any installation, names
// the service.
func inAudience(audience, serviceID string) bool {
	kind, _, _ := strings.Cut(serviceID, "@")
	return slices.ContainsFunc(strings.Fields(audience), func(entry string) bool {
		entryKind, entryID, _ := strings.Cut(entry, "@")
		return entry == "*" || entry == serviceID || entryID == "*" && (entryKind == "*" || entryKind == kind)
	})
}
