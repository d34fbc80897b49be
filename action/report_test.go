package action_test

import (
	"errors"
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

func TestLeftAliveError_NamesEachToken(t *testing.T) {
	t.Parallel()
	dies := time.Date(2026, 11, 21, 10, 0, 0, 0, time.FixedZone("x", 3600))
	for want, token := range map[string]action.AliveToken{
		"token an-id: why": {ID: "an-id", Description: "d", ExpiresAt: dies, Reason: "why"},
		`a token with the description "d": why, valid until 2026-11-21T09:00:00Z`: {Description: "d", ExpiresAt: dies, Reason: "why"},
		`a token with the description "d": why`:                                   {Description: "d", Reason: "why"},
		"why, valid until 2026-11-21T09:00:00Z":                                   {ExpiresAt: dies, Reason: "why"},
		"token an id : :x: why":                                                   {ID: "an\nid ::x", Reason: "why"},
	} {
		if got := token.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	first := errors.New("first")
	err := &action.LeftAliveError{Tokens: []action.AliveToken{{ID: "a", Reason: "why"}, {ID: "b", Reason: "why"}}, Err: first}
	if err.Error() != "first; may still be alive: token a: why; token b: why" || !errors.Is(err, first) || err.Hint() == "" {
		t.Errorf("got %v", err)
	}
}
