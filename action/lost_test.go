package action_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// between stands between the library and the sandbox, as a balancer does that loses answers.
type between func(box http.Handler, w http.ResponseWriter, r *http.Request)

// situation is a sandbox behind something, and what Mint needs.
type situation struct {
	box    *sandbox.Server
	config action.Config
	env    action.Env
}

func newSituation(t *testing.T, inputs map[string]string, front between, options ...sandbox.Option) *situation {
	t.Helper()
	box, err := sandbox.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if front == nil {
			box.ServeHTTP(w, r)
			return
		}
		front(box, w, r)
	}))
	t.Cleanup(server.Close)
	box.SetBaseURL(server.URL)
	all := map[string]string{"url": server.URL, "expiry": "10m", "groups": "CI"}
	if inputs["user"] == "" {
		all["access-token"] = box.AdminToken()
	}
	for name, value := range inputs {
		all[name] = value
	}
	nothing := func(string) (string, bool) { return "", false }
	config, _, err := action.Load(t.Context(), action.Layers(all, nothing), nothing)
	if err != nil {
		t.Fatal(err)
	}
	return &situation{box, config, action.Env{
		HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, Now: time.Now, Agent: "test", Log: silent{},
		Job: action.Job{System: "ci", Run: "1", Name: "build"},
	}}
}

type silent struct{}

func (silent) Info(string) {}
func (silent) Warn(string) {}

// others are the live tokens of mints besides the one that is kept.
func (s *situation) others(kept string) (found []sandbox.TokenInfo) {
	for _, token := range s.box.LiveTokens() {
		if token.ID != kept && token.ID != "" && (strings.Contains(token.Description, "nonce=") || token.Username == "minted") {
			found = append(found, token)
		}
	}
	return found
}

func isMint(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == "/access/api/v1/tokens" || r.URL.Path == "/artifactory/api/security/token")
}

// carriedOut lets the sandbox work and keeps its answer from the client.
func carriedOut(box http.Handler, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	box.ServeHTTP(answer, r)
	return answer
}

// later is the request for a time at which its connection is gone.
func later(r *http.Request) *http.Request {
	body, _ := io.ReadAll(r.Body)
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Body = io.NopCloser(bytes.NewReader(body))
	return again
}

func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

// onFirst treats the first mint in its own way.
func onFirst(special between) between {
	var mints atomic.Int32
	return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		if isMint(r) && mints.Add(1) == 1 {
			special(box, w, r)
			return
		}
		box.ServeHTTP(w, r)
	}
}

// statusAfterWork is a balancer that gives up on an answer which JFrog gives.
func statusAfterWork(status int) between {
	return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		carriedOut(box, r)
		w.WriteHeader(status)
	}
}

// changed hands on an answer with one member changed.
func changed(w http.ResponseWriter, answer *httptest.ResponseRecorder, member string, value any) {
	var body map[string]any
	_ = json.Unmarshal(answer.Body.Bytes(), &body)
	body[member] = value
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

// TestNoTokenIsLost: whatever comes between, no token of a mint lives beside the one that Mint returns, or it is named.
func TestNoTokenIsLost(t *testing.T) {
	t.Parallel()
	late := func(end func(http.ResponseWriter)) between {
		return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			if !isMint(r) {
				box.ServeHTTP(w, r)
				return
			}
			again := later(r)
			time.AfterFunc(700*time.Millisecond, func() { carriedOut(box, again) })
			end(w)
		}
	}
	unlistable := func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		switch {
		case isMint(r):
			changed(w, carriedOut(box, r), "expires_in", json.Number("1000000000000000000"))
		case r.Method == http.MethodGet && r.URL.Path == "/access/api/v1/tokens":
			w.WriteHeader(http.StatusForbidden)
		default:
			box.ServeHTTP(w, r)
		}
	}
	older := map[string]string{"api": "legacy", "user": "admin", "password": "password", "username": "minted"}
	drop, err := sandbox.ParseFault("commit-then-drop,times=1@mint")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		inputs  map[string]string
		front   between
		options []sandbox.Option
		named   bool // one is left, and has to be named
	}{
		"408 after the work": {front: onFirst(statusAfterWork(408))}, "503 after the work": {front: onFirst(statusAfterWork(503))},
		"505 after the work": {front: onFirst(statusAfterWork(505))}, "520 after the work": {front: onFirst(statusAfterWork(520))},
		"524 after the work":                         {front: onFirst(statusAfterWork(524))},
		"made shortly after a reset":                 {front: late(reset)},
		"made shortly after a 502":                   {front: late(func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) })},
		"an impossible life, no right to list":       {front: unlistable},
		"an impossible life, by the older API":       {inputs: older, front: unlistable},
		"a server that doesn't know force_revocable": {options: []sandbox.Option{sandbox.WithVersion("7.41.4"), sandbox.WithFaults(drop)}, named: true},
		"one that can't be revoked": {named: true, front: func() between {
			first := onFirst(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
				again := later(r)
				time.AfterFunc(50*time.Millisecond, func() { carriedOut(box, again) })
				reset(w)
			})
			return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete && !strings.HasSuffix(r.URL.Path, "/me") {
					w.WriteHeader(http.StatusForbidden)
					return
				}
				first(box, w, r)
			}
		}()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSituation(t, test.inputs, test.front, test.options...)
			token, err := action.Mint(t.Context(), s.config, s.env)
			time.Sleep(time.Second) // what comes late has come
			left := s.others(token.ID)
			var alive *action.LeftAlive
			if named := errors.As(err, &alive); named != test.named || len(left) > 0 != test.named {
				t.Errorf("%v; left alive: %+v", err, left)
			}
			for _, token := range left {
				if !strings.Contains(err.Error(), token.Description) {
					t.Errorf("not named: %+v in %v", token, err)
				}
			}
		})
	}
}

// TestAMintSlowerThanATry is about 15 s, which a try may take. The time left of the stage's is enough to wait for the token.
func TestAMintSlowerThanATry(t *testing.T) {
	t.Parallel()
	s := newSituation(t, nil, onFirst(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		again := later(r)
		time.Sleep(18 * time.Second)
		box.ServeHTTP(w, again)
	}))
	token, err := action.Mint(t.Context(), s.config, s.env)
	if left := s.others(token.ID); err != nil || len(left) > 0 {
		t.Errorf("%v; left alive: %+v", err, left)
	}
}

// TestInterruptedCleaningUp: Jenkins kills five seconds after it asked a job to end.
func TestInterruptedCleaningUp(t *testing.T) {
	t.Parallel()
	s := newSituation(t, nil, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		if isMint(r) {
			w.WriteHeader(http.StatusGatewayTimeout)
			return
		}
		box.ServeHTTP(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	interrupted := make(chan time.Time, 1)
	time.AfterFunc(500*time.Millisecond, func() { interrupted <- time.Now(); cancel() })
	_, err := action.Mint(ctx, s.config, s.env)
	var alive *action.LeftAlive
	if took := time.Since(<-interrupted); took > 4*time.Second || !errors.As(err, &alive) {
		t.Errorf("%s after the interruption: %v", took, err)
	}
}

// TestScopeOfTheTokenItself: the answer may say less than the token grants, and JFrog goes by the token.
func TestScopeOfTheTokenItself(t *testing.T) {
	t.Parallel()
	broader, err := sandbox.ParseFault("broader-scope=applied-permissions/admin@mint")
	if err != nil {
		t.Fatal(err)
	}
	s := newSituation(t, nil, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		if isMint(r) {
			changed(w, carriedOut(box, r), "scope", "applied-permissions/groups:CI")
			return
		}
		box.ServeHTTP(w, r)
	}, sandbox.WithFaults(broader))
	_, err = action.Mint(t.Context(), s.config, s.env)
	var surplus *action.BroaderScope
	if left := s.others(""); !errors.As(err, &surplus) || len(left) > 0 {
		t.Errorf("%v; left alive: %+v", err, left)
	}
}

// TestRefusalsThatProveNothing: a token is called revoked only where JFrog refuses it for good.
func TestRefusalsThatProveNothing(t *testing.T) {
	t.Parallel()
	var proxy atomic.Bool
	s := newSituation(t, nil, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		if proxy.Load() {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, "<html>401 Authorization Required</html>")
			return
		}
		box.ServeHTTP(w, r)
	})
	token, err := action.Mint(t.Context(), s.config, s.env)
	if err != nil {
		t.Fatal(err)
	}
	held := token.Held(s.config, s.env)
	held.Timeout = 5 * time.Second
	proxy.Store(true)
	if report := action.Revoke(t.Context(), held, s.env); report.Outcome != action.Unknown {
		t.Errorf("a proxy's own refusal: %s", report)
	}
	proxy.Store(false)
	once, err := sandbox.ParseFault("status=401,times=1") // at each door
	if err != nil {
		t.Fatal(err)
	}
	s.box.SetFaults(once)
	if report, left := action.Revoke(t.Context(), held, s.env), s.others(""); report.Outcome != action.Revoked || len(left) > 0 {
		t.Errorf("a hiccup at each door: %s, alive %v", report, left)
	}
	for _, hiccup := range []string{"status=503,times=1@version", "reset,times=1@version"} {
		fault, err := sandbox.ParseFault(hiccup)
		if err != nil {
			t.Fatal(err)
		}
		s.box.SetFaults(fault)
		if report := action.Revoke(t.Context(), held, s.env); report.Outcome != action.Revoked {
			t.Errorf("%s for a dead token: %s", hiccup, report)
		}
	}
}

// TestClockAhead: a token that isn't over by the server's clock and can't be revoked is that, and not dead.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	behind, err := sandbox.ParseFault("clock-skew=-2h")
	if err != nil {
		t.Fatal(err)
	}
	s := newSituation(t, map[string]string{"force-revocable": "false"}, nil)
	s.box.SetFaults(behind)
	token, err := action.Mint(t.Context(), s.config, s.env)
	if err != nil {
		t.Fatal(err)
	}
	if report := action.Revoke(t.Context(), token.Held(s.config, s.env), s.env); report.Outcome != action.NotRevocable {
		t.Errorf("got %s", report)
	}
}

// TestSweepGoesOn: tokens that can't be revoked don't use up the time of those that can, and a lost answer isn't a failure.
func TestSweepGoesOn(t *testing.T) {
	t.Parallel()
	var stubborn atomic.Value
	stubborn.Store("")
	s := newSituation(t, map[string]string{"timeout": "5s"}, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		switch words := stubborn.Load().(string); {
		case r.Method != http.MethodDelete || words == "":
			box.ServeHTTP(w, r)
		case strings.Contains(words, id):
			w.WriteHeader(http.StatusInternalServerError)
		default:
			carriedOut(box, r)
			reset(w)
		}
	})
	var ids []string
	for range 4 {
		token, err := action.Mint(t.Context(), s.config, s.env)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, token.ID)
	}
	stubborn.Store(ids[0] + " " + ids[1])
	swept, err := action.Sweep(t.Context(), s.config, s.env, action.ThisRun)
	for _, token := range swept {
		if stays := strings.Contains(stubborn.Load().(string), token.TokenID); stays != (token.Err != nil) {
			t.Errorf("%s: %s", token.TokenID, token)
		}
	}
	if left := s.others(""); err != nil || len(swept) != 4 || len(left) != 2 {
		t.Errorf("%v, %d swept, left alive: %+v", err, len(swept), left)
	}
}

// TestSweepKeepsToItsJob: names that differ only in what a description can't hold are different names.
func TestSweepKeepsToItsJob(t *testing.T) {
	t.Parallel()
	s := newSituation(t, nil, nil)
	for own, other := range map[string]string{"a b": "a_b", "a*": "a_", "x::y": "x: :y", strings.Repeat("n", 100) + "1": strings.Repeat("n", 100) + "2"} {
		for _, step := range []struct {
			job   string
			swept int
		}{{other, 0}, {own, 1}} {
			if s.env.Job.Name = own; step.job == other {
				if _, err := action.Mint(t.Context(), s.config, s.env); err != nil {
					t.Fatal(err)
				}
			}
			s.env.Job.Name = step.job
			if swept, err := action.Sweep(t.Context(), s.config, s.env, action.ThisJob); err != nil || len(swept) != step.swept {
				t.Errorf("job %q sweeps %d of job %q: %v", step.job, len(swept), own, err)
			}
		}
	}
}
