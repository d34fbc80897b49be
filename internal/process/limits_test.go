package process

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestLimitsAfter_FitWhatTheCILeaves(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		first          os.Signal
		killsAfterTerm bool
		kill           time.Duration
	}{
		{syscall.SIGTERM, true, 2500 * time.Millisecond},
		{syscall.SIGINT, true, 5 * time.Second},
		{syscall.SIGTERM, false, 5 * time.Second},
		{syscall.SIGINT, false, 5 * time.Second},
	} {
		limits := LimitsAfter(test.first, test.killsAfterTerm)
		if limits.Command <= 0 || limits.Cleanup < 2*limits.Command || limits.Exit <= limits.Cleanup || limits.Exit >= test.kill || limits.Exit < test.kill-time.Second {
			t.Errorf("%v, kills after TERM: %v: %+v", test.first, test.killsAfterTerm, limits)
		}
	}
}
