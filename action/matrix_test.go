package action_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// TestMint_MatrixUnderARateLimit has 200 jobs of one matrix start at the same moment, at a platform that takes so many
// exchanges and mints a second. Its figures are those of docs/scale.md.
func TestMint_MatrixUnderARateLimit(t *testing.T) {
	t.Parallel()
	const jobs = 200
	for _, test := range []struct {
		rate    int
		failing bool // whether some jobs may find no place within their minute
	}{
		{20, false}, {5, false}, {2, true},
	} {
		t.Run(fmt.Sprintf("%d a second", test.rate), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				limit := fmt.Sprintf("rate-limit=%d", test.rate)
				p := newPlatform(t, sandbox.WithFaults(faults(t, limit, limit+"@exchange")...)).withProvider("github-user")
				p.config.Groups = nil // the user's own permissions
				var mu sync.Mutex
				var ends []time.Duration
				var all sync.WaitGroup
				started, failed := time.Now(), 0
				for range jobs {
					all.Go(func() {
						_, err := p.client.Mint(t.Context(), p.config)
						mu.Lock()
						defer mu.Unlock()
						if err != nil {
							failed++
							return
						}
						ends = append(ends, time.Since(started))
					})
				}
				all.Wait()
				took := time.Since(started)
				if len(ends) == 0 {
					t.Fatalf("no job got a token\n%s", p.log)
				}
				slices.Sort(ends)
				exchanges, mints, alive := p.requests("POST", "/oidc/token"), p.requests("POST", "/tokens"), len(p.alive())
				t.Logf("half of the jobs have their token after %s, the last after %s; %d failed, the last after %s; %d exchanges, %d mints",
					ends[len(ends)/2].Round(100*time.Millisecond), ends[len(ends)-1].Round(100*time.Millisecond), failed, took.Round(time.Second), exchanges, mints)
				if failed > 0 != test.failing || alive != len(ends) {
					t.Errorf("%d jobs failed, %d have a token, %d tokens are alive", failed, len(ends), alive)
				}
			})
		})
	}
}
