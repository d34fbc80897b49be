//go:build linux

package proof

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestMatrix_EachJobGetsItsTokenBelowARateLimit starts 200 jobs at once against 10 mints a second, with the usual budget of
// a minute. The limit itself forces 20 s; what the jobs ask beyond that is bounded.
func TestMatrix_EachJobGetsItsTokenBelowARateLimit(t *testing.T) {
	t.Parallel()
	const jobs, limit = 200, "10"
	synctest.Test(t, func(t *testing.T) {
		box := sandboxtest.StartInBubble(t, sandbox.WithFaults(parseFaults(t, "rate-limit="+limit)...))
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
		refused := len(box.Server.Requests()) - jobs
		t.Logf("%d jobs in %s, %d requests that were refused", jobs, took.Round(time.Second), refused)
		if took > 45*time.Second {
			t.Errorf("it took %s", took)
		}
		// Who asks again each second, as the server says, is refused ten times on average.
		if refused > 10*jobs {
			t.Errorf("%d refusals", refused)
		}
	})
}
