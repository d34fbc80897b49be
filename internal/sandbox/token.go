package sandbox

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"
)

// token is the server's record of one access token. The JWT itself isn't kept. Only revokedAt changes, under the
// server's lock.
type token struct {
	id          string
	username    string
	subject     string
	issuer      string
	scope       string
	audience    string // separated by spaces
	description string
	project     string
	issued      int64 // seconds since the epoch
	expires     int64 // seconds since the epoch; 0 means never
	forced      bool  // minted with force_revocable
	revocable   bool
	stored      bool
	legacy      bool   // minted by the legacy API
	startup     bool   // the administrator's own, which no test wants to count
	refresh     string // empty for a token that isn't refreshable
	reference   string
	revokedAt   time.Time
}

func (t *token) expired(now time.Time) bool { return t.expires != 0 && now.Unix() >= t.expires }

func (t *token) revoked() bool { return !t.revokedAt.IsZero() }

// dead reports whether the server refuses the token; lag is how long a revoked one is still taken.
func (t *token) dead(now time.Time, lag time.Duration) bool {
	return t.expired(now) || t.revoked() && !now.Before(t.revokedAt.Add(lag))
}

// lifetime returns the seconds the token was given, 0 if it never expires.
func (t *token) lifetime() int64 {
	if t.expires == 0 {
		return 0
	}
	return t.expires - t.issued
}

// tokenSpec is what a new token shall be, all decisions taken.
type tokenSpec struct {
	username, subject, scope, audience, description, project string

	lifetime    int64 // seconds; 0 never expires
	forced      bool
	refreshable bool
	reference   bool
	legacy      bool
	startup     bool
}

// spec asks for the same token once more.
func (t *token) spec() tokenSpec {
	return tokenSpec{
		username: t.username, subject: t.subject, scope: t.scope, audience: t.audience,
		description: t.description, project: t.project, lifetime: t.lifetime(), forced: t.forced,
		refreshable: true, reference: t.reference != "", legacy: t.legacy,
	}
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

// issue is the server's, with what a fault grants besides.
func (c *call) issue(spec tokenSpec) (*token, string, error) {
	if f, strikes := c.faults.find("broader-scope"); strikes {
		spec.scope = joinScopes(spec.scope, f.text)
	}
	return c.s.issue(spec, c.now)
}

// issue makes, signs and keeps a token. No lock is held while it signs.
func (s *Server) issue(spec tokenSpec, now time.Time) (*token, string, error) {
	t := s.newToken(spec, now)
	value, err := s.signer.sign(t)
	if err != nil {
		return nil, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.add(t, now)
	return t, value, nil
}

func (s *Server) newToken(spec tokenSpec, now time.Time) *token {
	t := &token{
		id: newUUID(), username: spec.username, subject: spec.subject, issuer: s.accessID, scope: spec.scope,
		audience: cmp.Or(strings.Join(strings.Fields(spec.audience), " "), "*@*"), description: spec.description, project: spec.project,
		issued: now.Unix(), forced: spec.forced, legacy: spec.legacy, startup: spec.startup,
	}
	if spec.lifetime > 0 {
		t.expires = t.issued + spec.lifetime
	}
	if spec.legacy {
		t.issuer = s.artifactoryID
	}
	if spec.refreshable {
		t.refresh = newUUID()
	}
	if spec.reference {
		t.reference = newReference(t.expires)
	}
	s.config.Token.classify(t)
	return t
}

// classify decides whether a token can be revoked and whether it is stored.
//
// A token below the revocable threshold can't be revoked unless it was minted with force_revocable; one below the
// persistent threshold isn't stored (both documented). A reference token needs the database (documented), and so does
// a refreshable one (observed in a list). That force_revocable stores a token of any expiry is inferred: revocable
// tokens are documented to be validated against the database.
func (config TokenConfig) classify(t *token) {
	revocableFrom := config.revocableThreshold(t.legacy)
	t.revocable = t.expires == 0 || t.forced || revocableFrom >= 0 && t.lifetime() >= revocableFrom
	persistentFrom := value(config.PersistentExpiryThreshold, defaultPersistentThreshold)
	t.stored = t.expires == 0 || t.lifetime() >= persistentFrom || t.reference != "" || t.refresh != "" ||
		t.forced && value(config.ForceRevocableStored, true)
}

// randomText returns n random letters and figures. crypto/rand doesn't fail: it ends the program instead.
func randomText(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newServiceID names one installed service, like jfac@01g5hbz1rnpqbhf1nqrqyhfwm1.
func newServiceID(kind string) string { return kind + "@01" + strings.ToLower(randomText(24)) }

func isReference(shown string) bool { return strings.HasPrefix(shown, "cmVmdGtu") } // base64 of "reftkn"

// newReference makes a reference token as JFrog's look: base64 of reftkn:01:<expiry, ten digits>:<27 characters>.
func newReference(expires int64) string {
	const tenDigits = 9_999_999_999
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "reftkn:01:%010d:%s", min(expires, tenDigits), randomText(27)))
}
