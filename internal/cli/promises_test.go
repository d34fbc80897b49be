package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// A front stands between a job and its JFrog, as a gateway does. It returns false for a request that it only looked at or
// changed: JFrog then answers it.
type front func(w http.ResponseWriter, r *http.Request) bool

// newJob is a job that mints for the group CI with an administrator's token, behind a front.
func newJob(t *testing.T, box *sandboxtest.Sandbox, f front, inputs map[string]string) *runner {
	t.Helper()
	url := serve(t, box, func(w http.ResponseWriter, r *http.Request) {
		if !f(w, r) {
			box.Server.ServeHTTP(w, r)
		}
	})
	r := newRunner(t, box, map[string]string{"url": url, "access-token": box.AdminToken, "groups": "CI"})
	for name, value := range inputs {
		r.env["INPUT_"+strings.ToUpper(name)] = value
	}
	return r
}

func (r *runner) sweep() (int, string) {
	r.t.Helper()
	return r.run(r.t.Context(), r.env, "frogmint", "sweep")
}

// only fails unless exactly these tokens live, those that were exchanged to mint with aside. An empty id is none.
func (r *runner) only(ids ...string) {
	r.t.Helper()
	want := map[string]bool{}
	for _, id := range ids {
		if id != "" {
			want[id] = true
		}
	}
	for _, token := range r.sandbox.Server.LiveTokens() {
		if token.Scope != "applied-permissions/admin" && !want[token.ID] {
			r.t.Errorf("left alive: %+v", token)
		}
		delete(want, token.ID)
	}
	for id := range want {
		r.t.Errorf("token %s is dead", id)
	}
}

func isMint(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/access/api/v1/tokens"
}

// acknowledged answers a revocation that isn't carried out.
func acknowledged(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusNoContent)
	}
	return r.Method == http.MethodDelete
}

func faults(t *testing.T, text string) sandbox.Option {
	t.Helper()
	fault, err := sandbox.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.WithFaults(fault)
}

// refused fails unless the stage ended with the status, set no output and said each of the parts in an error.
func (r *runner) refused(status int, log string, want int, parts ...string) {
	r.t.Helper()
	if status != want || r.content("OUTPUT") != "" {
		r.t.Errorf("exit status %d, want %d; outputs %q\n%s", status, want, r.content("OUTPUT"), log)
	}
	_, failure, _ := strings.Cut(log, "::error::")
	wants(r.t, failure, parts...)
}

func TestMint_RefusesAnotherUsersToken(t *testing.T) {
	t.Parallel()
	another := func(_ http.ResponseWriter, r *http.Request) bool {
		if isMint(r) {
			var body map[string]any
			_ = json.NewDecoder(r.Body).Decode(&body)
			body["username"] = "mallory"
			text, _ := json.Marshal(body)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		}
		return false
	}
	r := newJob(t, sandboxtest.Start(t), another, map[string]string{"username": "alice"})
	status, log := r.main()
	r.refused(status, log, 1, "alice", "mallory")
	r.only()
}

func TestMint_ScopeIsCaseSensitive(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t, faults(t, "broader-scope=applied-permissions/groups:ci@mint"),
		sandbox.WithConfig(sandbox.Config{Groups: []sandbox.GroupConfig{{Name: "ci"}}}))
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
	status, log := r.main()
	r.refused(status, log, 1, "applied-permissions/groups:ci")
	r.only()
}

// Whatever was the last step when the job was ended, its token doesn't get out. Its answer is waited for: nobody may list
// here, so that a token whose answer is cut off would be lost.
func TestMint_HandsOutNothingAfterASignal(t *testing.T) {
	t.Parallel()
	isRevocation := func(r *http.Request) bool { return r.Method == http.MethodDelete }
	isExchange := func(r *http.Request) bool { return r.URL.Path == exchange }
	broker := map[string]string{"oidc-provider-name": "github-broker", "access-token": ""}
	for name, test := range map[string]struct {
		last   func(*http.Request) bool
		inputs map[string]string
		args   []string
		mints  int
	}{
		"exchanging":                   {isExchange, broker, []string{"/frogmint-main"}, 0},
		"minting":                      {isMint, nil, []string{"/frogmint-main"}, 1},
		"minting, to print":            {isMint, nil, []string{"frogmint", "mint", "--format", "token"}, 1},
		"revoking the exchanged token": {isRevocation, broker, []string{"/frogmint-main"}, 1},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			ctx, end := context.WithCancel(t.Context())
			defer end()
			r := newJob(t, sandboxtest.StartInBubble(t), func(w http.ResponseWriter, r *http.Request) bool {
				if test.last(r) && ctx.Err() == nil {
					end()
					time.Sleep(50 * time.Millisecond) // in which a client that doesn't wait goes away
				}
				if isList(r) {
					w.WriteHeader(http.StatusForbidden)
					_, _ = io.WriteString(w, accessSays("no"))
				}
				return isList(r)
			}, test.inputs)
			status, log := r.run(ctx, r.env, test.args...)
			// The exchanged token is revoked behind the export: the token that is out by then is dead.
			out := r.content("OUTPUT") != "" && name != "revoking the exchanged token"
			if ctx.Err() == nil || status == 0 || out {
				t.Errorf("ended: %v; exit status %d, outputs %q", ctx.Err(), status, r.content("OUTPUT"))
			}
			for secret := range masks(log) {
				noSecrets(t, log, []string{secret})
			}
			if got := r.sent(http.MethodPost, "/access/api/v1/tokens"); got != test.mints {
				t.Errorf("%d mints, want %d", got, test.mints)
			}
			r.only()
		}))
	}
}

// A token that fails a check and then can't be shown dead is named, and the exit status says so.
func TestMint_NamesWhatItCouldNotRevoke(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]front{
		"nobody says what became of it": func(w http.ResponseWriter, r *http.Request) bool {
			if isMint(r) {
				return false
			}
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, "<html>Sign in</html>")
			return true
		},
		"revoked, it says, and still takes it": acknowledged,
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			box := sandboxtest.StartInBubble(t, faults(t, "broader-scope=applied-permissions/groups:deployers@mint"))
			r := newJob(t, box, answer, map[string]string{"timeout": "2s"})
			status, log := r.main()
			tokens := box.Server.LiveTokens()
			if len(tokens) != 1 {
				t.Fatalf("alive: %+v\n%s", tokens, log)
			}
			r.refused(status, log, 3, tokens[0].ID)
		}))
	}
}

// answered changes the answer to a mint.
func answered(box *sandboxtest.Sandbox, change func(body map[string]any)) front {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !isMint(r) {
			return false
		}
		answer := httptest.NewRecorder()
		box.Server.ServeHTTP(answer, r)
		var body map[string]any
		_ = json.Unmarshal(answer.Body.Bytes(), &body)
		change(body)
		_ = json.NewEncoder(w).Encode(body)
		return true
	}
}

// The answer may be wrong about the token's life: what JFrog goes by stands in the token.
func TestMint_ExpiryIsTheTokensOwn(t *testing.T) {
	t.Parallel()
	for expiry, says := range map[string]any{"600": 60, "0": 0} {
		box := sandboxtest.Start(t)
		r := newJob(t, box, answered(box, func(body map[string]any) { body["expires_in"] = says }), map[string]string{"expiry": expiry})
		if status, log := r.main(); status != 0 {
			t.Fatalf("%d\n%s", status, log)
		}
		want := ""
		if ends := box.Server.LiveTokens()[0].ExpiresAt; !ends.IsZero() {
			want = ends.Format(time.RFC3339)
		}
		if got := r.file("OUTPUT"); got["expires-at"] != want || want == "" && got["expires-in"] != "" {
			t.Errorf("expires-at is %q, expires-in %q; the token lives until %q", got["expires-at"], got["expires-in"], want)
		}
	}
}

// A token whose scope nobody can read is not taken for one that is narrow enough.
func TestMint_RefusesAScopeThatCantBeRead(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]string{"none": "", "a quote that isn't closed": `applied-permissions/groups:"CI`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t)
			r := newJob(t, box, answered(box, func(body map[string]any) {
				body["access_token"], body["scope"] = "no-JSON-web-token", scope
			}), nil)
			status, log := r.main()
			r.refused(status, log, 3, "scope") // what it was can't be told from a token that is revoked already
		})
	}
}

// A token that can't be handed to later steps, or printed, is of no use to anybody: it is revoked.
func TestMint_TakesBackWhatItCantHandOver(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(r *runner) (int, string){
		"outputs": func(r *runner) (int, string) {
			var swap sync.Once
			r.onLine = func() {
				if r.content("STATE") != "" {
					swap.Do(func() { _ = os.Rename(r.env["GITHUB_OUTPUT"], r.env["GITHUB_OUTPUT"]+".gone") })
				}
			}
			return r.main()
		},
		"printed": func(r *runner) (int, string) {
			command := r.command(r.env)
			command.Stdout = brokenPipe{}
			return command.Main(t.Context(), []string{"frogmint", "mint", "--format", "token"}), r.log()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newJob(t, sandboxtest.Start(t), untouched, nil)
			status, log := run(r)
			if status != 1 || r.sent(http.MethodPost, "/access/api/v1/tokens") != 1 {
				t.Errorf("exit status %d\n%s", status, log)
			}
			r.only()
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
