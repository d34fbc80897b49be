//go:build linux

package proof

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// The matrix of TestRateLimit: so many jobs begin at once where JFrog takes so many mints a second.
const (
	matrixJobs  = 200
	matrixRate  = 10
	matrixLeast = matrixJobs/matrixRate - 1 // seconds that the last of them must wait
)

// TestRateLimit starts the jobs of a matrix at once against a platform that limits the mints: all have their token within the
// usual budget of a minute, and the limit isn't answered with a flood. A job that was refused looks once whether the refusal was
// true.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := sandboxtest.StartInBubble(t)
		box.Server.SetFaults(parseFaults(t, fmt.Sprintf("rate-limit=%d", matrixRate))...)
		results := make([]stepResult, matrixJobs)
		began := time.Now()
		var running sync.WaitGroup
		for i := range results {
			j := prepare(t, box, map[string]string{"access-token": adminToken, "groups": "CI", "timeout": "60"})
			j.env["GITHUB_RUN_ID"] = fmt.Sprint(i)
			running.Go(func() { results[i] = j.main() })
		}
		running.Wait()
		took, failed := time.Since(began), 0
		for _, result := range results {
			if result.status != 0 {
				failed++
				t.Log(visible(result.log))
			}
		}
		if failed > 0 || took < matrixLeast*time.Second {
			t.Errorf("%d of %d jobs have no token after %s", failed, matrixJobs, took)
		}
		mints, others := 0, 0
		for _, request := range box.Server.Requests() {
			if request.Method == http.MethodPost {
				mints++
			} else {
				others++
			}
		}
		if mints > 8*matrixJobs || others > matrixJobs {
			t.Error("that is a flood")
		}
		t.Logf("%d jobs in %s: %d mints, %d other requests", matrixJobs, took, mints, others)
	})
}
