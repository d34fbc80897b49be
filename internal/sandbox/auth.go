package sandbox

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// principal is who a request comes from.
type principal struct {
	kind     string // bearer, basic or api-key, for the access log
	username string
	subject  string
	token    *token // nil for user and password
	grants   grants
}

func (p *principal) trace() (kind, tokenID string) {
	switch {
	case p == nil:
		return "none", "-"
	case p.token == nil:
		return p.kind, "-"
	}
	return p.kind, p.token.id
}

// credential is what the request shows.
type credential struct{ kind, user, secret string }

func credentialOf(r *http.Request) credential {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "bearer"):
		return credential{kind: "bearer", secret: strings.TrimSpace(rest)}
	case strings.EqualFold(scheme, "basic"):
		user, password, _ := r.BasicAuth()
		return credential{"basic", user, password}
	case r.Header.Get("X-JFrog-Art-Api") != "":
		return credential{kind: "api-key", secret: r.Header.Get("X-JFrog-Art-Api")}
	}
	return credential{}
}

// Why a token is refused. Access says "Invalid token, expired", Artifactory "Token failed verification: expired"
// (both observed, as are parse for Access and revoked for Artifactory; the other words follow their form).
const (
	reasonParse    = "parse"
	reasonExpired  = "expired"
	reasonRevoked  = "revoked"
	reasonAudience = "audience"
	reasonUnknown  = "unknown"
)

// lookUp finds the living token behind a JWT or a reference token. It needs the server's lock.
func (s *Server) lookUp(value string, now time.Time, lag time.Duration) (t *token, reason string) {
	if strings.HasPrefix(value, referencePrefix) {
		t, reason = s.tokens.byReference[value], reasonUnknown
	} else if id, own := s.verified(value); own {
		t, reason = s.tokens.byID[id], reasonParse
	}
	switch {
	case t == nil && reason == "":
		return nil, reasonParse
	case t == nil:
		return nil, reason
	case t.revoked() && t.dead(now, lag):
		return t, reasonRevoked
	case t.expired(now):
		return t, reasonExpired
	}
	return t, ""
}

// verified returns the id of a token that this installation signed.
func (s *Server) verified(value string) (id string, own bool) {
	maker, id, err := s.signer.verify(value)
	return id, err == nil && (maker == s.accessID || maker == s.artifactory)
}

// accessCaller authenticates for Access, which takes bearer tokens only.
func (c *call) accessCaller() (*principal, error) {
	return c.accessToken(true)
}

func (c *call) accessToken(checkAudience bool) (*principal, error) {
	cred := credentialOf(c.r)
	if cred.kind != "bearer" || cred.secret == "" {
		return nil, plain(http.StatusUnauthorized)
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t, reason := c.s.lookUp(cred.secret, c.now, c.faults.revokeLag())
	// A token of the older API can't be used here, whatever its audience (observed).
	if reason == "" && (t.legacy || checkAudience && !inAudience(t.audience, c.s.accessID)) {
		reason = reasonAudience
	}
	if reason != "" {
		return nil, unauthorized("Invalid token, " + reason)
	}
	return c.admit(cred.kind, t), nil
}

// admit makes a principal of a living token. It needs the server's lock.
func (c *call) admit(kind string, t *token) *principal {
	if t.stored {
		t.lastUsed = c.now.Unix()
	}
	c.who = &principal{kind, t.username, t.subject, t, c.s.world.grantsOf(t.username, t.scope)}
	return c.who
}

// artifactoryCaller authenticates for Artifactory, which takes a token in every form and user with password.
func (c *call) artifactoryCaller() (*principal, error) {
	cred := credentialOf(c.r)
	if cred.secret == "" {
		return nil, unauthorized("Authentication is required")
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if cred.kind == "basic" {
		if u := c.s.world.user(cred.user, cred.secret); u != nil {
			return c.admitUser(u), nil
		}
		if !looksLikeToken(cred.secret) {
			return nil, unauthorized("Bad credentials")
		}
	}
	t, reason := c.s.lookUp(cred.secret, c.now, c.faults.revokeLag())
	if reason == "" && cred.misnames(t) {
		return nil, unauthorized("Wrong username was used")
	}
	if reason == "" && !inAudience(t.audience, c.s.artifactory) {
		reason = reasonAudience
	}
	switch reason {
	case "":
		return c.admit(cred.kind, t), nil
	case reasonUnknown:
		return nil, unauthorized("Props Authentication Token not found")
	}
	return nil, unauthorized("Token failed verification: " + reason)
}

// misnames reports whether a JWT is shown as the password of somebody else (the refusal and its words were observed).
// Of reference tokens nothing says so.
func (cred credential) misnames(t *token) bool {
	return cred.kind == "basic" && !strings.HasPrefix(cred.secret, referencePrefix) && !strings.EqualFold(cred.user, t.username)
}

// admitUser makes a principal of a user who gave his password. It needs the server's lock.
func (c *call) admitUser(u *user) *principal {
	c.who = &principal{
		kind: "basic", username: u.name, subject: c.s.subject(u.name), grants: c.s.world.grantsOf(u.name, userScope),
	}
	return c.who
}

func looksLikeToken(secret string) bool {
	if strings.HasPrefix(secret, referencePrefix) {
		return true
	}
	head, _, dotted := strings.Cut(secret, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	return dotted && err == nil && strings.HasPrefix(string(text), "{")
}

// inAudience reports whether one of the audience's entries, in which * stands for any type or any installation, names
// the service.
func inAudience(audience []string, serviceID string) bool {
	kind, _, _ := strings.Cut(serviceID, "@")
	return slices.ContainsFunc(audience, func(entry string) bool {
		entryKind, entryID, _ := strings.Cut(entry, "@")
		return entry == "*" || entry == serviceID || entryID == "*" && (entryKind == "*" || entryKind == kind)
	})
}

// adminCaller authenticates for Access and wants an administrator.
func (c *call) adminCaller() (*principal, error) {
	p, err := c.accessCaller()
	if err != nil {
		return nil, err
	}
	if !p.grants.admin {
		return nil, forbidden()
	}
	return p, nil
}
