package action

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// prove asks with the token until it is refused.
func (r *revoking) prove(ctx context.Context) Report {
	window, cancel := context.WithTimeoutCause(ctx, proofWindow, fmt.Errorf("still accepted after %s (limit of the proof)", proofWindow))
	defer cancel()
	last := Report{Outcome: Unknown, Reason: "the server wasn't asked"}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		verdict, err := r.ask(window, r.door)
		switch verdict {
		case jfrog.Refused:
			if r.past() && saysExpired(err) {
				return Report{Outcome: Expired}
			}
			return Report{Outcome: Revoked}
		case jfrog.Accepted:
			last = Report{Outcome: StillAlive, Reason: "the server took the revocation and still accepts the token"}
		case jfrog.Unlisted:
			last = Report{Outcome: StillAlive, Reason: "the server took the revocation and still lets the token in"}
			if r.door == jfrog.AccessDoor && r.held.TokenID != "" {
				// "me" was an id like any other to this server, and the revocation one of nothing.
				return r.byID(ctx, err)
			}
		case jfrog.Unanswered:
			if window.Err() == nil {
				last = Report{Outcome: Unknown, Reason: err.Error(), Err: err}
			}
		}
		select {
		case <-window.Done():
			return last
		case <-time.After(pause):
		}
	}
}

// ask probes one door, within the bound of one try.
func (r *revoking) ask(ctx context.Context, door jfrog.Door) (jfrog.Verdict, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, perTry, fmt.Errorf("no answer within %s (limit of one try)", perTry))
	defer cancel()
	return r.client.Probe(ctx, door, r.held.Token)
}

// past reports whether the token's time is over by this machine's clock.
func (r *revoking) past() bool {
	return !r.held.ExpiresAt.IsZero() && !r.env.Now().Before(r.held.ExpiresAt)
}

// unreadable reports whether JFrog refused a token because it isn't one (Invalid token, parse: observed). One that was cut
// off is refused like one that was revoked, while the real one lives on.
func unreadable(err error) bool {
	var refusal *jfrog.Error
	return errors.As(err, &refusal) && strings.Contains(refusal.Message, "Invalid token, parse")
}

func saysExpired(err error) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), "expired")
}
