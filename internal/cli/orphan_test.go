package cli_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

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

// An answer that can't be used may have made a token all the same.
func TestMint_FindsTheTokenOfAnUnusableAnswer(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"html@mint", "huge@mint"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			r := newJob(t, sandboxtest.Start(t, faults(t, fault)), untouched, map[string]string{"timeout": "2s"})
			status, log := r.main()
			r.refused(status, log, 1)
			r.only()
		})
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
