package action_test

import (
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
)

func TestReport_Words(t *testing.T) {
	t.Parallel()
	dies := time.Date(2026, 11, 21, 10, 0, 0, 0, time.FixedZone("x", 3600))
	for want, report := range map[string]action.Report{
		"revoked": {Outcome: action.Revoked, Dies: dies}, "expired": {Outcome: action.Expired},
		"not revocable (dies by itself at 2026-11-21T09:00:00Z)":  {Outcome: action.NotRevocable, Dies: dies},
		"not revocable (never dies by itself)":                    {Outcome: action.NotRevocable},
		"STILL ALIVE (x; dies by itself at 2026-11-21T09:00:00Z)": {Outcome: action.StillAlive, Reason: "x", Dies: dies},
		"unknown (x)":                        {Outcome: action.Unknown, Reason: "x"},
		"refused, but not because of us (x)": {Outcome: action.RefusedForAnotherReason, Reason: "x"},
	} {
		if report.String() != want || report.Dead() != (want == "revoked" || want == "expired") {
			t.Errorf("%q, want %q", report, want)
		}
	}
}
