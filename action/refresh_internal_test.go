package action

import (
	"errors"
	"testing"
	"time"
)

// A token isn't called revoked while one that was refreshed from it may live, and what is said of both is kept.
func TestRefreshOutcome_TakesTheWorse(t *testing.T) {
	t.Parallel()
	dies, later := time.Unix(1000, 0), time.Unix(2000, 0)
	dead, alive := Report{Outcome: Revoked, TokenID: "own", Dies: dies}, Report{Outcome: StillAlive, Reason: "x", TokenID: "own", Dies: dies}
	fresh := Report{Outcome: NotRevocable, TokenID: "fresh", Dies: later}
	both := alive
	both.Reason = "x; token fresh, which its refresh token gave, may be alive too"
	for name, test := range map[string]struct {
		refreshed refreshOutcome
		own, want Report
	}{
		"no refresh token":     {refreshOutcome{}, dead, dead},
		"none, alive":          {refreshOutcome{}, alive, alive},
		"both dead":            {refreshOutcome{report: &Report{Outcome: Expired, TokenID: "fresh"}}, dead, dead},
		"the own one alive":    {refreshOutcome{report: &Report{Outcome: Revoked, TokenID: "fresh"}}, alive, alive},
		"the other one alive":  {refreshOutcome{report: &fresh}, dead, fresh},
		"both alive":           {refreshOutcome{report: &fresh}, alive, both},
		"it may have been":     {refreshOutcome{unknown: "u"}, dead, Report{Outcome: Unknown, Reason: "u", Dies: dies}},
		"perhaps, and the own": {refreshOutcome{unknown: "u"}, alive, alive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.refreshed.combine(test.own); got != test.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWords_AreJFrogsOrNone(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"no reason": errors.New("x"), "a": &APIError{Message: "a"}, "b": &APIError{Detail: "b"}, "a b": &APIError{Message: "a", Detail: "b"},
	} {
		if got := words(err); got != want {
			t.Errorf("%v: %q", err, got)
		}
	}
}
