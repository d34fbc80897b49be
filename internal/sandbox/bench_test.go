package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"
)

// manyTokens is how many the lookups search and the memory is measured for.
const manyTokens = 100_000

// crowded returns a server with many stored tokens, as a company's jobs would mint them. None is signed: that would take
// minutes.
func crowded(tb testing.TB) *Server {
	tb.Helper()
	s, err := New(WithBaseURL("http://sandbox"))
	if err != nil {
		tb.Fatal(err)
	}
	now := time.Now()
	for i := range manyTokens {
		name := strings.Clone(fmt.Sprintf("job-%d", i%1000))
		s.tokens.add(s.newToken(tokenSpec{
			username: name, subject: s.subject(name), scope: strings.Clone("applied-permissions/groups:CI"), lifetime: 600, forced: true,
			description: fmt.Sprintf("frogmint nonce=%032d github octo-org/octo-repo run 9001 attempt 1 job build", i),
		}, now), now)
	}
	return s
}

// get sends one request as the administrator, without a network.
func get(tb testing.TB, s *Server, path string) string {
	tb.Helper()
	request := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, path, http.NoBody)
	request.Header.Set("Authorization", "Bearer "+s.adminToken)
	response := httptest.NewRecorder()
	s.ServeHTTP(response, request)
	if response.Code != http.StatusOK {
		tb.Fatalf("%s: %d %s", path, response.Code, response.Body)
	}
	return response.Body.String()
}

const listed = "/access/api/v1/tokens?description="

// A look-up looks at what it asks for, not at all tokens. The test runs alone, since it measures memory.
func TestStore_FindsAmongManyTokens(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := crowded(t)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if most := before.HeapAlloc + 150<<20; after.HeapAlloc > most {
		t.Errorf("%d tokens take %d MiB more than 150", manyTokens, (after.HeapAlloc-most)>>20)
	}
	for _, query := range []string{
		fmt.Sprintf("description=frogmint nonce=%032d*", 77), "username=JOB-77", "token_id=" + s.tokens.byDescription[5].id, "token_id=none",
		"description=frogmint nonce=" + strings.Repeat("9", 32) + "*", "description=frogmint", "description=zzz*",
	} {
		filters, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(s.tokens.candidates(filters)); n > manyTokens/1000 {
			t.Errorf("%s looks at %d tokens", query, n)
		}
	}
	for description, want := range map[string]int{fmt.Sprintf("frogmint nonce=%032d", 77) + "*": 1, "frogmint nonce=" + strings.Repeat("0", 29) + "*": 1000, "frogmint": 0} {
		if found := strings.Count(get(t, s, listed+url.QueryEscape(description)), `"token_id"`); found != want {
			t.Errorf("%s: found %d, want %d", description, found, want)
		}
	}
}

func BenchmarkFindByDescription(b *testing.B) {
	s := crowded(b)
	query := listed + url.QueryEscape(fmt.Sprintf("frogmint nonce=%032d*", manyTokens/2))
	for b.Loop() {
		get(b, s, query)
	}
}

func BenchmarkFindByUsername(b *testing.B) {
	s := crowded(b)
	for b.Loop() {
		get(b, s, "/access/api/v1/tokens?username=job-77")
	}
}

func BenchmarkGetByID(b *testing.B) {
	s := crowded(b)
	path := "/access/api/v1/tokens/" + s.tokens.byDescription[manyTokens/2].id
	for b.Loop() {
		get(b, s, path)
	}
}

// BenchmarkMint is held against BenchmarkSign: what a mint takes longer than its signature is the server's own.
func BenchmarkMint(b *testing.B) {
	s, err := New(WithBaseURL("http://sandbox"))
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/access/api/v1/tokens", strings.NewReader(
				`{"username":"job","scope":"applied-permissions/groups:CI","expires_in":600,"force_revocable":true,"description":"a job"}`))
			request.Header.Set("Authorization", "Bearer "+s.adminToken)
			request.Header.Set("Content-Type", "application/json")
			response := httptest.NewRecorder()
			if s.ServeHTTP(response, request); response.Code != http.StatusOK {
				b.Errorf("%d %s", response.Code, response.Body)
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	keys, err := NewKeys()
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := rsa.SignPKCS1v15(rand.Reader, keys.tokens, crypto.SHA256, digest[:]); err != nil {
				b.Error(err)
			}
		}
	})
}
