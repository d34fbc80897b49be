package sandbox

import (
	"cmp"
	"slices"
	"time"
)

// tokenStore holds every token the server ever signed and that isn't long dead. Its methods need the server's lock.
type tokenStore struct {
	byID        map[string]*token
	byReference map[string]*token
	byRefresh   map[string]*token
}

func newTokenStore() *tokenStore {
	return &tokenStore{map[string]*token{}, map[string]*token{}, map[string]*token{}}
}

// sweepEvery is how many tokens may be added between two removals of long dead ones.
const sweepEvery = 4096

func (ts *tokenStore) add(t *token, now time.Time) {
	ts.byID[t.id] = t
	if t.reference != "" {
		ts.byReference[t.reference] = t
	}
	if t.refresh != "" {
		ts.byRefresh[t.refresh] = t
	}
	if len(ts.byID)%sweepEvery == 0 {
		ts.sweep(now)
	}
}

// sweep forgets what expired over two days ago: longer than any grace for refreshing that the sandbox is run with.
func (ts *tokenStore) sweep(now time.Time) {
	for id, t := range ts.byID {
		if t.expired(now.Add(-48 * time.Hour)) {
			delete(ts.byID, id)
			delete(ts.byReference, t.reference)
			delete(ts.byRefresh, t.refresh)
		}
	}
}

// visible returns the tokens that the API may show, the oldest first.
func (ts *tokenStore) visible(now time.Time, lag time.Duration) []*token {
	var shown []*token
	for _, t := range ts.byID {
		if t.stored && !t.dead(now, lag) {
			shown = append(shown, t)
		}
	}
	slices.SortFunc(shown, byAge)
	return shown
}

func byAge(a, b *token) int { return cmp.Or(cmp.Compare(a.issued, b.issued), cmp.Compare(a.id, b.id)) }

// TokenInfo is the truth about one live token, for tests.
type TokenInfo struct {
	ID, Subject, Username, Scope, Description string
	IssuedAt, ExpiresAt                       time.Time // UTC; ExpiresAt is zero for a token that never expires
	Revocable                                 bool      // the server would revoke it
	Stored                                    bool      // the server would list it
}

// LiveTokens returns every token that is neither expired nor revoked by the server's clock, also those the API never
// shows because they aren't stored; all but the administrator's own from the start. A revoked token that a revoke-lag
// fault still lets through is not among them.
func (s *Server) LiveTokens() []TokenInfo {
	now := time.Now().Add(s.faults.skew(""))
	s.mu.Lock()
	defer s.mu.Unlock()
	var live []*token
	for _, t := range s.tokens.byID {
		if !t.startup && !t.dead(now, 0) {
			live = append(live, t)
		}
	}
	slices.SortFunc(live, byAge)
	infos := make([]TokenInfo, 0, len(live))
	for _, t := range live {
		infos = append(infos, t.info())
	}
	return infos
}

func (t *token) info() TokenInfo {
	info := TokenInfo{
		ID: t.id, Subject: t.subject, Username: t.username, Scope: t.scope, Description: t.description,
		IssuedAt: time.Unix(t.issued, 0).UTC(), Revocable: t.revocable, Stored: t.stored,
	}
	if t.expires != 0 {
		info.ExpiresAt = time.Unix(t.expires, 0).UTC()
	}
	return info
}
