//go:build linux

package proof

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestMatrix_EachJobGetsItsTokenBelowARateLimit starts 200 jobs at once against 10 mints a second, with the usual budget of
// a minute. The last of them must wait for 19 s. Who asks each second, as Retry-After says, asks 10.5 times on average; a job
// asks less often, and once more whether a refusal was true.
func TestMatrix_EachJobGetsItsTokenBelowARateLimit(t *testing.T) {
	t.Parallel()
	const jobs, limit = 200, 10
	synctest.Test(t, func(t *testing.T) {
		box := sandboxtest.StartInBubble(t, sandbox.WithFaults(parseFaults(t, fmt.Sprintf("rate-limit=%d", limit))...))
		var running sync.WaitGroup
		began := time.Now()
		for range jobs {
			j := prepare(t, box, minting("reference", "false", "refreshable", "false"))
			j.env["INPUT_ACCESS-TOKEN"] = box.AdminToken
			running.Go(func() {
				if result := j.main(); result.status != 0 {
					t.Errorf("exit status %d after %s\n%s", result.status, result.took, visible(result.log))
				}
			})
		}
		running.Wait()
		took := time.Since(began)
		mints, others := 0, 0
		for _, request := range box.Server.Requests() {
			if request.Method == http.MethodPost {
				mints++
			} else {
				others++
			}
		}
		t.Logf("%d jobs in %s: %d mints, %d other requests", jobs, took.Round(time.Second), mints, others)
		if took < (jobs/limit-1)*time.Second || took > 45*time.Second {
			t.Errorf("it took %s", took)
		}
		if mints > 8*jobs || others > jobs {
			t.Error("that is a flood")
		}
	})
}
