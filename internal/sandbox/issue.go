package sandbox

import (
	"math"
	"strings"
	"time"
)

// order is what a new token shall be, all decisions taken.
type order struct {
	username, subject, scope, audience, description, project string

	lifetime    int64 // seconds; 0 means for ever
	forced      bool
	refreshable bool
	reference   bool
	legacy      bool
	startup     bool
}

// maxLifetime keeps the sum of clock and lifetime far from overflowing.
const maxLifetime = math.MaxInt64 / 4

// checkExpiry refuses what no token can live, of any principal.
func checkExpiry(seconds int64) error {
	if seconds < 0 || seconds > maxLifetime {
		return badRequest("expires_in is out of range")
	}
	return nil
}

// issue makes, signs and keeps a token.
func (s *Server) issue(o order, now time.Time) (*token, string, error) {
	t := s.newToken(o, now)
	value, err := s.signer.sign(t)
	if err != nil {
		return nil, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.add(t, now)
	return t, value, nil
}

func (s *Server) newToken(o order, now time.Time) *token {
	t := &token{
		id: newUUID(), username: o.username, subject: o.subject, issuer: s.accessID, scope: o.scope,
		audience: strings.Fields(o.audience), description: o.description, project: o.project, issued: now.Unix(),
		forced: o.forced, refreshable: o.refreshable, legacy: o.legacy, startup: o.startup,
	}
	if len(t.audience) == 0 {
		t.audience = []string{"*@*"}
	}
	if o.lifetime > 0 {
		t.expires = t.issued + o.lifetime
	}
	if o.legacy {
		t.issuer = s.artifactory
	}
	if o.refreshable {
		t.refresh = newUUID()
	}
	if o.reference {
		t.reference = newReference(t.expires)
	}
	s.config.Token.keep(t)
	return t
}

// keep decides whether a token can be revoked and whether it is stored.
//
// A token below the revocable threshold can't be revoked unless it was minted with force_revocable; one below the
// persistent threshold isn't stored (both documented). A reference token needs the database (documented), and so does
// a refreshable one (observed in a list). That force_revocable stores a token of any expiry is inferred: revocable
// tokens are documented to be validated against the database.
func (c TokenConfig) keep(t *token) {
	revocableFrom := c.revocableThreshold(t.legacy)
	switch {
	case t.expires == 0, t.forced, revocableFrom == 0:
		t.revocable = true
	case revocableFrom > 0:
		t.revocable = t.lifetime() >= revocableFrom
	}
	persistentFrom := value(c.PersistentExpiryThreshold, defaultPersistentThreshold)
	t.stored = t.expires == 0 || t.lifetime() >= persistentFrom || t.reference != "" || t.refreshable ||
		t.forced && value(c.ForceRevocableStored, true)
}
