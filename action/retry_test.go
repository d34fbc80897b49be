package action_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
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

// forgetful is a JFrog that loses the first answer to a mint and lists what it made only later.
type forgetful struct {
	lose   func(*http.Request) (*http.Response, error) // the first mint's end; nil loses none
	answer map[string]any                              // members of an answer to a mint that are changed
	late   time.Duration                               // after which the first mint's token is listed
	refuse bool                                        // to revoke, and take the token ever after

	mu      sync.Mutex
	mints   []time.Time
	listed  []string
	revoked []string
}

func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case r.Method == http.MethodPost:
		return f.mint(r)
	case r.Method == http.MethodDelete && f.refuse:
		return reply(r, http.StatusForbidden, `{"errors":[{"code":"FORBIDDEN","message":"Forbidden"}]}`), nil
	case r.Method == http.MethodDelete:
		f.mu.Lock()
		defer f.mu.Unlock()
		id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		f.revoked = append(f.revoked, id)
		f.listed = slices.DeleteFunc(f.listed, func(l string) bool { return l == id })
		return reply(r, http.StatusOK, ""), nil
	case f.refuse && (strings.HasSuffix(r.URL.Path, "/me") || strings.HasSuffix(r.URL.Path, "/version")):
		return reply(r, http.StatusOK, `{"version":"7.111.4"}`), nil
	case strings.HasSuffix(r.URL.Path, "/me"):
		return reply(r, http.StatusUnauthorized, `{"errors":[{"code":"UNAUTHORIZED","message":"Invalid token, revoked"}]}`), nil
	case strings.HasSuffix(r.URL.Path, "/version") && r.Header.Get("Authorization") != "Bearer a.b.c":
		return reply(r, http.StatusUnauthorized, `{"errors":[{"status":401,"message":"Token failed verification: revoked"}]}`), nil
	case strings.HasSuffix(r.URL.Path, "/version"):
		return reply(r, http.StatusOK, `{"version":"7.111.4"}`), nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var tokens []map[string]any
	for _, id := range f.listed {
		tokens = append(tokens, map[string]any{"token_id": id, "description": r.URL.Query().Get("description")})
	}
	text, err := json.Marshal(map[string]any{"tokens": tokens})
	return reply(r, http.StatusOK, string(text)), err
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
	if first && f.lose != nil {
		response, err := f.lose(r)
		time.AfterFunc(f.late, made)
		return response, err
	}
	made()
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"ext":"{\"revocable\":\"true\"}","sub":"jfac@x/users/admin","scp":"applied-permissions/groups:CI","jti":"` + id +
		`","iat":946684800,"exp":946685400}`))
	answer := map[string]any{"token_id": id, "access_token": "e30." + payload + ".c2ln", "scope": "applied-permissions/groups:CI", "expires_in": 600}
	for name, value := range f.answer {
		answer[name] = value
	}
	text, err := json.Marshal(answer)
	return reply(r, http.StatusOK, string(text)), err
}

func reply(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// mint mints a token of ten minutes for group CI.
func (f *forgetful) mintToken(t *testing.T) (*action.Token, *lines, error) {
	t.Helper()
	log := new(lines)
	client := &action.Client{
		Transport: f, Logger: log, Job: action.Job{System: "ci", Run: "1"}, Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	token, err := client.Mint(t.Context(), action.Config{
		URL: "https://acme.example", Credentials: action.Credentials{Token: action.NewSecret("a.b.c")}, Groups: []string{"CI"}, Expiry: 10 * time.Minute,
	})
	return token, log, err
}

// An attempt has its own bound, each retry its line, no two pauses are alike, and what an earlier attempt made is revoked.
func TestMint_Retries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lose        func(*http.Request) (*http.Response, error)
		least, most time.Duration // until the second attempt
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
					server := &forgetful{lose: test.lose, late: 100 * time.Millisecond}
					token, log, err := server.mintToken(t)
					if err != nil || token.ID != "token-2" || !slices.Equal(server.revoked, []string{"token-1"}) || !slices.Equal(server.listed, []string{"token-2"}) {
						t.Fatalf("%v: revoked %v, left %v\n%s", err, server.revoked, server.listed, log)
					}
					if took := server.mints[1].Sub(server.mints[0]); took < test.least || took > test.most {
						t.Errorf("the second attempt came after %s", took)
					}
					_, line, found := strings.Cut(log.String(), "minting again in ")
					if !found {
						t.Fatalf("no line about the retry:\n%s", log)
					}
					pauses[strings.Fields(line)[0]] = true
				})
			}
			if len(pauses) < 2 {
				t.Errorf("every pause is the same: %v", pauses)
			}
		})
	}
}

// Where a second token can't be told from the first, or not be looked for, the mint fails and says so.
func TestMint_NamesASecondTokenThatItCanNotFind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer map[string]any
		words  string
	}{
		"no id":         {map[string]any{"access_token": "opaque", "token_id": ""}, "JFrog gave the other token no id to tell them apart"},
		"not revocable": {map[string]any{"access_token": "opaque"}, "this server doesn't store a token this short"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &forgetful{answer: test.answer, late: time.Hour, lose: func(r *http.Request) (*http.Response, error) { return reply(r, 502, ""), nil }}
				token, _, err := server.mintToken(t)
				var left *action.LeftAliveError
				if token != nil || !errors.As(err, &left) || !strings.Contains(err.Error(), "an earlier attempt may have created a second token; may still be alive: a token with the description ") ||
					!strings.Contains(err.Error(), test.words) || left.Hint() == "" {
					t.Errorf("got %v", err)
				}
				time.Sleep(time.Hour) // the timer of the late token
			})
		})
	}
}

// All that may be alive is in one error.
func TestMint_NamesEveryTokenThatMayBeAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.Server.SetFaults(faults(t, "commit-then-page=502@mint,times=1", "status=403@revoke")...)
		_, err := p.client.Mint(t.Context(), p.config)
		var left *action.LeftAliveError
		if !errors.As(err, &left) || len(left.Tokens) != 1 || left.Tokens[0].ID != "" {
			t.Errorf("the first can't be revoked: %v", err)
		}
		server := &forgetful{late: time.Hour, lose: func(r *http.Request) (*http.Response, error) { return reply(r, 502, ""), nil }, answer: map[string]any{"access_token": "opaque"}, refuse: true}
		_, _, err = server.mintToken(t)
		if !errors.As(err, &left) || len(left.Tokens) != 2 || left.Tokens[0].ID != "" || left.Tokens[1].ID != "token-2" {
			t.Errorf("neither of two: %v", err)
		}
		time.Sleep(time.Hour) // the timer of the late token
	})
}

// A token that shows up beside the one that was answered is revoked, and the other kept.
func TestMint_RevokesADuplicate(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway} {
		synctest.Test(t, func(t *testing.T) {
			server := &forgetful{late: 10 * time.Millisecond, lose: func(r *http.Request) (*http.Response, error) { return reply(r, status, ""), nil }}
			token, log, err := server.mintToken(t)
			if err != nil || token.ID != "token-2" || !slices.Equal(server.revoked, []string{"token-1"}) || !strings.Contains(log.String(), "revoked token token-1, whose answer was lost; JFrog no longer lists it") {
				t.Errorf("%d: %v: revoked %v\n%s", status, err, server.revoked, log)
			}
		})
	}
}

// A mint that is answered asks for nothing else.
func TestMint_IsOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.minted(t)
		if requests := len(p.Server.Requests()); requests != 1 {
			t.Errorf("%d requests", requests)
		}
		p = newPlatform(t).withProvider("github")
		p.config.Expiry = 0
		p.minted(t)
		if exchanges := p.requests(http.MethodPost, "/oidc/token"); exchanges != 1 || p.requests(http.MethodPost, "/tokens")+p.requests(http.MethodGet, "/version") > 0 {
			t.Errorf("%d exchanges", exchanges)
		}
	})
}

// A wait of more than three seconds is told, once, with its end.
func TestMint_TellsOfAWait(t *testing.T) {
	t.Parallel()
	for fault, words := range map[string]string{
		"latency=4s@mint": "still minting the access token, until 2000-01-01T00:01:00Z at the latest", "latency=4s@exchange": "still exchanging the ID token, until ",
		"latency=4s@idtoken": "still asking for the ID token, until ", "latency=800ms": "",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t).withProvider("github-broker")
				p.Server.SetFaults(faults(t, fault)...)
				p.minted(t)
				if count := strings.Count(p.log.String(), "still "); words != "" && (count != 1 || !strings.Contains(p.log.String(), words)) || words == "" && count > 1 {
					t.Errorf("got\n%s", p.log)
				}
			})
		})
	}
}

// So is one for a revocation and for a sweep.
func TestRevoke_TellsOfAWait(t *testing.T) {
	t.Parallel()
	for fault, words := range map[string][2]string{
		"latency=4s@revoke": {"still revoking the token, until 2000-01-01T00:01:00Z at the latest", "still looking for tokens and revoking them, until "},
		"latency=4s@list":   {"", "still looking for tokens and revoking them, until "},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				p.client.Job = action.Job{System: "ci", Run: "1"}
				token, _ := p.minted(t), p.minted(t)
				p.Server.SetFaults(faults(t, fault)...)
				p.client.Revoke(t.Context(), token.State())
				revoked := p.log.String()
				if count := strings.Count(revoked, "still "); !strings.Contains(revoked, words[0]) || words[0] == "" && count > 0 || count > 1 {
					t.Errorf("got\n%s", revoked)
				}
				_, err := p.client.Sweep(t.Context(), p.config, action.SweepJob)
				if printed := strings.TrimPrefix(p.log.String(), revoked); err != nil || !strings.Contains(printed, words[1]) || strings.Count(printed, "still ") != 1 {
					t.Errorf("%v\n%s", err, printed)
				}
			})
		})
	}
}

// The log says what is tried again, of every call that is.
func TestRetries_SayWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want   string
		faults []string // at the mint
		change func(*platform)
		later  string // a fault at the revocation; empty for no revocation
	}{
		"mint":        {want: "minting", faults: []string{"status=503@mint,times=1"}},
		"legacy mint": {want: "minting", faults: []string{"status=503@legacy-mint,times=1"}, change: func(p *platform) { p.config.API, p.config.Username = action.APILegacy, "minted" }},
		"list":        {want: "listing", faults: []string{"commit-then-drop@mint,times=1", "status=503@list,times=1"}},
		"version":     {want: "asking for the version", faults: []string{"reset@mint,times=1", "status=503@version,times=1"}},
		"exchange":    {want: "exchanging the ID token", faults: []string{"status=503@exchange,times=1"}, change: func(p *platform) { p.withProvider("github-broker") }},
		"revoke":      {want: "revoking", later: "status=503@revoke,times=1"},
		"refresh":     {want: "using up the refresh token", later: "status=503@mint,times=1", change: func(p *platform) { p.config.Refreshable = true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				p.Server.SetFaults(faults(t, test.faults...)...)
				if test.change != nil {
					test.change(p)
				}
				token := p.minted(t)
				if test.later != "" {
					p.Server.SetFaults(faults(t, test.later)...)
					p.client.Revoke(t.Context(), token.State())
				}
				if !strings.Contains("\n"+p.log.String(), "\n"+test.want+" again in ") {
					t.Errorf("got\n%s", p.log)
				}
			})
		})
	}
}
