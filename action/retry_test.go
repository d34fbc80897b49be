package action_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
)

// forgetful is a JFrog that loses the first answers to a mint and shows what it made only later. It plays in the time of
// synctest, in which no connection can.
type forgetful struct {
	lose func(*http.Request) (*http.Response, error) // the first mint's end

	mu      sync.Mutex
	mints   []time.Time
	listed  []string
	revoked []string
}

func (f *forgetful) Do(r *http.Request) (*http.Response, error) {
	switch {
	case r.Method == http.MethodPost:
		return f.mint(r)
	case r.Method == http.MethodDelete:
		f.mu.Lock()
		defer f.mu.Unlock()
		id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		f.revoked = append(f.revoked, id)
		f.listed = slices.DeleteFunc(f.listed, func(l string) bool { return l == id })
		return reply(r, 200, "{}"), nil
	case strings.HasSuffix(r.URL.Path, "/version"):
		return reply(r, 200, `{"version":"7.111.4"}`), nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var tokens []map[string]any
	for _, id := range f.listed {
		tokens = append(tokens, map[string]any{"token_id": id, "description": r.URL.Query().Get("description")})
	}
	text, err := json.Marshal(map[string]any{"tokens": tokens})
	return reply(r, 200, string(text)), err
}

func (f *forgetful) mint(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.mints = append(f.mints, time.Now())
	id := fmt.Sprintf("token-%d", len(f.mints))
	first := len(f.mints) == 1
	f.mu.Unlock()
	made := func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.listed = append(f.listed, id)
	}
	if first {
		response, err := f.lose(r)
		time.AfterFunc(100*time.Millisecond, made)
		return response, err
	}
	made()
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"ext":"{\"revocable\":\"true\"}","sub":"jfac@x/users/admin","scp":"applied-permissions/groups:CI","jti":"` + id + `"}`))
	return reply(r, 200, `{"token_id":"`+id+`","access_token":"e30.`+payload+`.c2ln","scope":"applied-permissions/groups:CI","expires_in":600}`), nil
}

func reply(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

type kept struct{ lines []string }

func (k *kept) Info(line string) { k.lines = append(k.lines, line) }
func (k *kept) Warn(line string) { k.lines = append(k.lines, line) }

// TestRetriesOfAMint: a try has its own bound, each retry its line, no two pauses are alike, and what an earlier try made
// is taken back, be it before the next or beside it.
func TestRetriesOfAMint(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lose        func(*http.Request) (*http.Response, error)
		least, most time.Duration // until the second try
	}{
		"hangs": {func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, 15 * time.Second, 18 * time.Second},
		"502": {func(r *http.Request) (*http.Response, error) { return reply(r, 502, ""), nil }, 100 * time.Millisecond, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pauses := map[string]bool{}
			for range 3 {
				synctest.Test(t, func(t *testing.T) {
					server, log := &forgetful{lose: test.lose}, &kept{}
					expiry := int64(600)
					config := action.Config{
						URL: &url.URL{Scheme: "https", Host: "acme.example"}, Creator: action.Creator{Token: action.NewSecret("a.b.c")}, Groups: []string{"CI"},
						Expiry: &expiry, ForceRevocable: true, API: action.Access, Mint: action.MintAuto, Timeout: time.Minute,
					}
					env := action.Env{HTTP: server, Now: time.Now, Agent: "test", Log: log, Job: action.Job{System: "ci", Run: "1"}}
					token, err := action.Mint(t.Context(), config, env)
					if err != nil || token.ID != "token-2" || !slices.Equal(server.revoked, []string{"token-1"}) || !slices.Equal(server.listed, []string{"token-2"}) {
						t.Fatalf("%v: token %s, revoked %v, left %v\n%s", err, token.ID, server.revoked, server.listed, strings.Join(log.lines, "\n"))
					}
					if took := server.mints[1].Sub(server.mints[0]); took < test.least || took > test.most {
						t.Errorf("the second try came after %s", took)
					}
					retry := slices.IndexFunc(log.lines, func(line string) bool { return strings.HasPrefix(line, "minting again in ") })
					if retry < 0 {
						t.Fatalf("no line about the retry:\n%s", strings.Join(log.lines, "\n"))
					}
					pauses[strings.Fields(log.lines[retry])[3]] = true
				})
			}
			if len(pauses) < 2 {
				t.Errorf("every pause is the same: %v", pauses)
			}
		})
	}
}
