package action

import (
	"fmt"
	"time"
)

// Outcome is what is known of a token after an attempt to revoke it.
type Outcome string

// The outcomes. Only refusals by the server, at every endpoint, make it Revoked or Expired.
const (
	Revoked                 Outcome = "revoked"
	Expired                 Outcome = "expired"
	NotRevocable            Outcome = "not revocable"
	StillAlive              Outcome = "STILL ALIVE"
	RefusedForAnotherReason Outcome = "refused, but not because of us" // it may be alive elsewhere
	Unknown                 Outcome = "unknown"
)

// Report tells what became of one token.
type Report struct {
	Outcome Outcome
	Reason  string    // for Unknown, StillAlive and RefusedForAnotherReason
	Dies    time.Time // when it expires; zero for never or not known
	TokenID string
	Took    time.Duration
	Err     error // the last error, with its hint; nil when there was none
}

// Dead reports whether the server refuses the token since it was revoked or has expired.
func (r Report) Dead() bool { return r.Outcome == Revoked || r.Outcome == Expired }

// String is the outcome in the words that people read.
func (r Report) String() string {
	switch r.Outcome {
	case NotRevocable:
		return fmt.Sprintf("%s (%s)", r.Outcome, r.dies())
	case StillAlive:
		return fmt.Sprintf("%s (%s; %s)", r.Outcome, r.Reason, r.dies())
	case RefusedForAnotherReason, Unknown:
		return fmt.Sprintf("%s (%s)", r.Outcome, r.Reason)
	case Revoked, Expired:
	}
	return string(r.Outcome)
}

func (r Report) dies() string {
	if r.Dies.IsZero() {
		return "never dies by itself"
	}
	return "dies by itself at " + r.Dies.UTC().Format(time.RFC3339)
}
