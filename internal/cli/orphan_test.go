package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func isList(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == "/access/api/v1/tokens"
}

// firstAnswerLost lets JFrog carry the first mint out and keeps its answer from the job.
func firstAnswerLost(box *sandboxtest.Sandbox, otherwise front) front {
	var mints atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) bool {
		if isMint(r) && mints.Add(1) == 1 {
			box.Server.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		return otherwise(w, r)
	}
}

// A server that ignores the filter of a list gets nobody else's tokens revoked.
func TestSweep_FiltersTheListItself(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	all := func(_ http.ResponseWriter, r *http.Request) bool {
		if isList(r) {
			r.URL.RawQuery = ""
		}
		return false
	}
	r := newJob(t, box, all, nil)
	r.env["GITHUB_JOB"] = "test"
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	sibling := r.file("OUTPUT")["token-id"]
	r = newJob(t, box, firstAnswerLost(box, all), nil)
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	r.only(sibling, r.file("OUTPUT")["token-id"])
	if status, log := r.sweep(); status != 0 {
		t.Errorf("exit status %d\n%s", status, log)
	}
	r.only(sibling)
}

// A revocation that JFrog took is believed when the token is gone from its list.
func TestSweep_StillListedIsNotRevoked(t *testing.T) {
	t.Parallel()
	r := newJob(t, sandboxtest.Start(t), acknowledged, nil)
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	status, log := r.sweep()
	if status != 3 {
		t.Errorf("exit status %d\n%s", status, log)
	}
	wants(t, log, "token "+r.file("OUTPUT")["token-id"]+" ", "STILL ALIVE", "1 are left")
}

func TestMint_NamesAnOrphanThatIsStillListed(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newJob(t, box, firstAnswerLost(box, acknowledged), nil)
	status, log := r.main()
	tokens := box.Server.LiveTokens()
	if len(tokens) != 1 {
		t.Fatalf("alive: %+v\n%s", tokens, log)
	}
	r.refused(status, log, 3, tokens[0].Description)
}

// An answer that can't be used, or that says that nothing was done, may hide a token all the same. It may be made only
// after the answer.
func TestMint_FindsTheTokenOfAnUnusableAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		late   time.Duration
		status int
		body   string
	}{
		"HTML":         {0, http.StatusOK, signIn},
		"too long":     {0, http.StatusOK, `{"scope":"` + strings.Repeat("x", 1<<20) + `"}`},
		"JSON's null":  {0, http.StatusOK, "null"},
		"unavailable":  {0, http.StatusServiceUnavailable, ""},
		"failed, late": {600 * time.Millisecond, http.StatusInternalServerError, ""},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			box, made := sandboxtest.StartInBubble(t), make(chan struct{})
			var mints atomic.Int32
			r := newJob(t, box, func(w http.ResponseWriter, r *http.Request) bool {
				if !isMint(r) || mints.Add(1) > 1 {
					return false
				}
				body, _ := io.ReadAll(r.Body)
				again := r.Clone(context.WithoutCancel(r.Context()))
				again.Body = io.NopCloser(bytes.NewReader(body))
				time.AfterFunc(test.late, func() {
					defer close(made)
					box.Server.ServeHTTP(httptest.NewRecorder(), again)
				})
				if test.late == 0 {
					<-made
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
				return true
			}, nil)
			status, _ := r.main()
			<-made
			token := r.file("OUTPUT")["token-id"]
			if (token == "") != (status != 0) {
				t.Errorf("exit status %d with token %q", status, token)
			}
			r.only(token)
		}))
	}
}

// The legacy API can't be asked for a token whose answer was lost: it is named, and no second one is made.
func TestMint_NamesALegacyTokenWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"commit-then-drop@legacy-mint", "html@legacy-mint"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Start(t, faults(t, fault))
			r := newJob(t, box, untouched, map[string]string{"api": "legacy"})
			status, log := r.main()
			r.refused(status, log, 3, "a token of user admin")
			if got := r.sent(http.MethodPost, legacyMint); got != 1 {
				t.Errorf("asked %d times\n%s", got, log)
			}
		})
	}
}
