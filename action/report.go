package action

import (
	"fmt"
	"time"
)

// Outcome is what is known of a token after an attempt to revoke it.
type Outcome string

// The outcomes. Only a server that refuses the token makes it Revoked or Expired.
const (
	Revoked      Outcome = "revoked"
	Expired      Outcome = "expired"
	NotRevocable Outcome = "not revocable"
	StillAlive   Outcome = "STILL ALIVE"
	Unknown      Outcome = "unknown"
)

// Report is the honest word on one token.
type Report struct {
	Outcome Outcome
	Reason  string    // for Unknown and StillAlive
	Dies    time.Time // when it dies by itself; zero for never or not known
	TokenID string
	Took    time.Duration
	Err     error // the last error, with its hint; nil when there was none
}

// Dead reports whether the server refuses the token.
func (r Report) Dead() bool { return r.Outcome == Revoked || r.Outcome == Expired }

// String is the outcome in the words that people read.
func (r Report) String() string {
	switch r.Outcome {
	case NotRevocable:
		return fmt.Sprintf("%s (%s)", r.Outcome, r.dies())
	case StillAlive:
		return fmt.Sprintf("%s (%s; %s)", r.Outcome, r.Reason, r.dies())
	case Unknown:
		return fmt.Sprintf("%s (%s)", r.Outcome, r.Reason)
	}
	return string(r.Outcome)
}

func (r Report) dies() string {
	if r.Dies.IsZero() {
		return "never dies by itself"
	}
	return "dies by itself at " + r.Dies.UTC().Format(time.RFC3339)
}
