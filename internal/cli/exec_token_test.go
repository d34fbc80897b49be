package cli

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// inMemory answers requests by a handler, without a network: a network's waits would stop a fake clock.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	request := r.Clone(r.Context())
	request.RequestURI = r.URL.RequestURI()
	if request.Body == nil {
		request.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, request)
	return recorder.Result(), r.Context().Err()
}

// A shift is a job that uses the token in its file all the time.
type shift struct {
	lasts  time.Duration
	flags  map[string]string
	broken func(elapsed time.Duration) bool // when JFrog can't mint
	most   time.Duration                    // how long two tokens may be alive at a time
	least  int                              // renewals
}

func TestEightHours(t *testing.T) {
	t.Parallel()
	never := func(time.Duration) bool { return false }
	keys, err := sandbox.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	// In eight hours a token of an hour is renewed every 40 minutes. The short ones would only be more of the same.
	for name, s := range map[string]shift{
		"an_hours_token":    {8 * time.Hour, map[string]string{"access-token": "admin", "expiry": "1h"}, never, overlap, 11},
		"a_short_token":     {2 * time.Hour, map[string]string{"access-token": "admin", "expiry": "2m"}, never, 30 * time.Second, 115},
		"a_very_short_one":  {30 * time.Minute, map[string]string{"access-token": "admin", "expiry": "30s"}, never, 10 * time.Second, 110},
		"by_an_id_token":    {8 * time.Hour, map[string]string{"oidc-provider-name": "github-broker", "expiry": "1h"}, never, overlap, 11},
		"jfrog_often_fails": {8 * time.Hour, map[string]string{"access-token": "admin", "expiry": "1h"}, func(d time.Duration) bool { return d%time.Hour > 35*time.Minute && d%time.Hour < 50*time.Minute }, overlap, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := tokenFile(filepath.Join(t.TempDir(), "token"))
			synctest.Test(t, func(t *testing.T) { s.work(t, keys, file) })
		})
	}
}

func (s shift) work(t *testing.T, keys *sandbox.Keys, file tokenFile) {
	const base = "http://127.0.0.1:1"
	var server *sandbox.Server
	client := &http.Client{Transport: inMemory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { server.ServeHTTP(w, r) })}}
	server, err := sandbox.New(sandbox.WithKeys(keys), sandbox.WithBaseURL(base), sandbox.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	log := &strings.Builder{}
	defer func() {
		if t.Failed() {
			t.Log(log.String())
		}
	}()
	tokens := s.tokens(t, server, client, file, log)
	ctx, stop := context.WithCancel(t.Context())
	tokens.keepFresh(ctx)
	began, both := time.Now(), time.Duration(0)
	const step = 5 * time.Second
	for elapsed := time.Duration(0); elapsed < s.lasts && !t.Failed(); elapsed = time.Since(began) {
		server.SetFaults()
		if s.broken(elapsed) {
			fault, _ := sandbox.ParseFault("status=503@mint")
			server.SetFaults(fault)
		}
		time.Sleep(step)
		synctest.Wait()
		use(t, client, base, file)
		if both += step; minted(server) < 2 {
			both = 0
		}
		if both > s.most+step || minted(server) > 2 {
			t.Errorf("after %s: %d live tokens, two or more for %s, want %s at most", elapsed, minted(server), both, s.most)
		}
	}
	stop()
	if status := tokens.end(t.Context()); status != ExitSuccess {
		t.Errorf("exit status %d", status)
	}
	if minted(server) != 0 {
		t.Errorf("alive in the end: %+v", server.LiveTokens())
	}
	if _, err := os.Lstat(string(file)); err == nil {
		t.Error("the file is still there")
	}
	if renewals := strings.Count(log.String(), "renewed: "); renewals < s.least {
		t.Errorf("%d renewals, want %d at least", renewals, s.least)
	}
}

// tokens mints the first token, as exec does.
func (s shift) tokens(t *testing.T, server *sandbox.Server, client *http.Client, file tokenFile, log io.Writer) *tokens {
	t.Helper()
	flags := map[string]string{"url": server.BaseURL(), "groups": "CI"}
	for name, value := range s.flags {
		if flags[name] = value; name == "access-token" {
			flags[name] = server.AdminToken()
		}
	}
	lookup := func(name string) (string, bool) { value, ok := server.Env()[name]; return value, ok }
	config, _, err := action.Load(t.Context(), action.Layers(flags, func(string) (string, bool) { return "", false }), lookup)
	if err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { value, _ := lookup(name); return value }
	host := ci.Host{Env: getenv, Out: io.Discard, HTTP: client}
	j := &job{system: ci.GitHub(), host: host, printer: &printer{plain: limit.NewWriter(log, nil)}}
	env := action.Env{HTTP: client, Now: time.Now, Agent: "frogmint", Keeper: j, IDTokens: j, Log: j.printer}
	began := time.Now()
	token, err := action.Mint(t.Context(), config, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.write(token.AccessToken); err != nil {
		t.Fatal(err)
	}
	return &tokens{config: config, env: env, log: j.printer, file: file, live: []action.Token{token}, began: began}
}

// minted counts the live tokens that frogmint minted; exchanged ones have no description.
func minted(server *sandbox.Server) int {
	count := 0
	for _, token := range server.LiveTokens() {
		if strings.Contains(token.Description, "nonce=") {
			count++
		}
	}
	return count
}

// use asks with the token in the file, and fails the test if JFrog refuses it.
func use(t *testing.T, client *http.Client, base string, file tokenFile) {
	t.Helper()
	token, err := os.ReadFile(string(file))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/access/api/v1/tokens/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("at %s the token in the file is refused: %s", time.Now().Format(time.TimeOnly), response.Status)
	}
}
