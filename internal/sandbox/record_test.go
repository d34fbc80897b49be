package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestRequests(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.mint(`{"scope":"applied-permissions/groups:CI","expires_in":60}`)
	c.do(http.MethodPost, legacyAPI, basic("admin", "password"), form("username", "x", "scope", "member-of-groups:CI", "a", "1", "a", "2"))
	c.do(http.MethodGet, tokensAPI+"?description=x*")
	got := c.box.Server.Requests()
	if len(got) != 3 {
		t.Fatalf("got %v", got)
	}
	if want := map[string]any{"scope": "applied-permissions/groups:CI", "expires_in": 60.0}; !reflect.DeepEqual(got[0].Body, want) {
		t.Errorf("body %v", got[0].Body)
	}
	if want := map[string]any{"username": "x", "scope": "member-of-groups:CI", "a": []string{"1", "2"}}; !reflect.DeepEqual(got[1].Body, want) {
		t.Errorf("body %v", got[1].Body)
	}
	if !slices.Contains(got[0].Headers, "Authorization") || slices.Contains(got[2].Headers, "Authorization") {
		t.Errorf("headers %v, %v", got[0].Headers, got[2].Headers)
	}
	if got[0].Auth != "bearer" || got[1].Auth != "basic" || got[2].Auth != "none" || got[2].Query.Get("description") != "x*" ||
		got[0].Method != "POST" || got[0].Path != tokensAPI || got[0].Status != 200 || got[2].Status != 401 {
		t.Errorf("got %+v", got)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	t.Parallel()
	c := start(t)
	server := c.box.Server
	for range 5000 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/access/api/v1/system/ping", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		server.ServeHTTP(plainWriter{}, req)
	}
	if n := len(server.Requests()); n < 3000 || n > 4096 {
		t.Errorf("%d requests kept", n)
	}
}

func TestAccessLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	c := start(t, sandbox.WithAccessLog(&log))
	made := c.mint(`{"username":"robot","include_reference_token":true,"refreshable":true}`)
	id := c.idToken("x")
	c.do(http.MethodPost, oidcAPI+"/token", jsonBody(exchangeBody(id, "github")))
	token, reference := made["access_token"].(string), made["reference_token"].(string)
	c.do(http.MethodGet, tokensAPI+"/"+token, c.admin())
	c.do(http.MethodDelete, tokensAPI+"/"+reference, c.admin())
	c.do(http.MethodGet, libs+"x?token="+token, basic("robot", token))
	c.do(http.MethodGet, libs+"x", basic("admin", "password"))
	text := log.String()
	for name, secret := range map[string]string{
		"admin's token": c.box.AdminToken, "token": token, "reference": reference, "refresh token": made["refresh_token"].(string),
		"ID token": id, "request token": c.box.IDTokenRequestToken, "password": "password",
		"basic": base64.StdEncoding.EncodeToString([]byte("admin:password")),
	} {
		if strings.Contains(text, secret) || strings.Contains(text, strings.Split(secret, ".")[0]) {
			t.Errorf("the log holds the %s:\n%s", name, text)
		}
	}
	if want := "GET " + libs + "x 404 basic " + made["token_id"].(string) + "\n"; !strings.Contains(text, want) {
		// The robot may read, but there is nothing.
		t.Errorf("log %s\nwant %s", text, want)
	}
	if !strings.Contains(text, "GET "+tokensAPI+"/REDACTED 404 bearer ") {
		t.Errorf("log %s", text)
	}
}
