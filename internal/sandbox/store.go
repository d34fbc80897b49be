package sandbox

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// tokenStore holds every token the server ever signed and that isn't long dead, and finds them by what the API asks for.
// Its methods need the server's lock.
type tokenStore struct {
	byID          map[string]*token
	byReference   map[string]*token
	byRefresh     map[string]*token
	byUser        map[string][]*token // those that are stored
	byDescription []*token            // those that are stored and have one, sorted
}

func newTokenStore() *tokenStore {
	return &tokenStore{byID: map[string]*token{}, byReference: map[string]*token{}, byRefresh: map[string]*token{}, byUser: map[string][]*token{}}
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
	if t.stored {
		ts.byUser[t.username] = append(ts.byUser[t.username], t)
	}
	if t.stored && t.description != "" {
		ts.byDescription = slices.Insert(ts.byDescription, ts.firstDescribed(t.description), t)
	}
	if len(ts.byID)%sweepEvery == 0 {
		ts.sweep(now)
	}
}

// firstDescribed is the place of the first token whose description isn't before the text.
func (ts *tokenStore) firstDescribed(text string) int {
	at, _ := slices.BinarySearchFunc(ts.byDescription, text, func(t *token, text string) int { return strings.Compare(t.description, text) })
	return at
}

// sweep forgets what expired over two days ago: longer than any grace for refreshing that the sandbox is run with.
func (ts *tokenStore) sweep(now time.Time) {
	forgotten := func(t *token) bool { return t.expired(now.Add(-48 * time.Hour)) }
	for _, byText := range []map[string]*token{ts.byID, ts.byReference, ts.byRefresh} {
		maps.DeleteFunc(byText, func(_ string, t *token) bool { return forgotten(t) })
	}
	for name, tokens := range ts.byUser {
		if ts.byUser[name] = slices.DeleteFunc(tokens, forgotten); len(ts.byUser[name]) == 0 {
			delete(ts.byUser, name)
		}
	}
	ts.byDescription = slices.DeleteFunc(ts.byDescription, forgotten)
}

// visible returns the tokens that the API may show and that match the filters, the oldest first. It looks at no more of
// them than it must.
func (ts *tokenStore) visible(filters url.Values, now time.Time, lag time.Duration) []*token {
	candidates := ts.candidates(filters)
	shown := slices.DeleteFunc(candidates, func(t *token) bool { return !t.stored || t.dead(now, lag) || !t.matches(filters) })
	slices.SortFunc(shown, byAge)
	return shown
}

// candidates returns a new slice with all tokens that can match the filters, and others.
func (ts *tokenStore) candidates(filters url.Values) []*token {
	description, username := filters.Get("description"), strings.ToLower(filters.Get("username"))
	prefix, wild := strings.CutSuffix(description, "*")
	switch id := filters.Get("token_id"); {
	case id != "" && ts.byID[id] != nil:
		return []*token{ts.byID[id]}
	case id != "":
		return nil
	case prefix != "":
		first := ts.firstDescribed(prefix)
		beyond, _ := slices.BinarySearchFunc(ts.byDescription[first:], prefix, func(t *token, _ string) int {
			if t.description == prefix || wild && strings.HasPrefix(t.description, prefix) {
				return -1
			}
			return 1
		})
		return slices.Clone(ts.byDescription[first : first+beyond])
	case username != "":
		return slices.Clone(ts.byUser[username])
	}
	return slices.Collect(maps.Values(ts.byID))
}

// matches holds a token against the list's filters; others are ignored. A star counts as a wildcard only at the
// description's end (documented).
func (t *token) matches(filters url.Values) bool {
	description, username := filters.Get("description"), strings.ToLower(filters.Get("username"))
	if prefix, wild := strings.CutSuffix(description, "*"); wild && !strings.HasPrefix(t.description, prefix) ||
		!wild && description != "" && t.description != description {
		return false
	}
	id, refreshable := filters.Get("token_id"), filters.Get("refreshable")
	return (username == "" || username == t.username) && (id == "" || id == t.id) &&
		(refreshable == "" || (refreshable == "true") == (t.refresh != ""))
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
	live := slices.DeleteFunc(s.tokens.candidates(nil), func(t *token) bool { return t.startup || t.dead(now, 0) })
	slices.SortFunc(live, byAge)
	infos := make([]TokenInfo, 0, len(live))
	for _, t := range live {
		info := TokenInfo{
			ID: t.id, Subject: t.subject, Username: t.username, Scope: t.scope, Description: t.description,
			IssuedAt: time.Unix(t.issued, 0).UTC(), Revocable: t.revocable, Stored: t.stored,
		}
		if t.expires != 0 {
			info.ExpiresAt = time.Unix(t.expires, 0).UTC()
		}
		infos = append(infos, info)
	}
	return infos
}
