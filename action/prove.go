package action

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
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
			if r.past() && says(err, "expired") {
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
				pause = r.heeding(window, pause, namedPause(err))
				r.env.Log.Info(fmt.Sprintf("asking with the token again in %s: %v", pause, err))
			}
		}
		if !sleep(window, pause) {
			return last
		}
	}
}

// namedPause is the pause that the server asked for, 0 for none.
func namedPause(err error) time.Duration {
	var refusal *jfrog.Error
	if errors.As(err, &refusal) {
		return refusal.RetryAfter()
	}
	return 0
}

// heeding is the pause that the server asked for, where it is the longer one and time for one more question is left.
func (r *revoking) heeding(ctx context.Context, pause, asked time.Duration) time.Duration {
	left := asked
	if deadline, ok := ctx.Deadline(); ok {
		left = time.Until(deadline) - lastTry
	}
	return max(pause, min(asked, left))
}

// askAgain is ask, tried again where there was no answer: one hiccup must not make a dead token's report unknown.
func (r *revoking) askAgain(ctx context.Context, door jfrog.Door) (jfrog.Verdict, error) {
	policy := r.env.retries("asking with the token")
	policy.Tries, policy.LastTry = askTries, lastTry
	verdict, refusal := jfrog.Unanswered, error(nil)
	_, err := limit.Do(ctx, policy, func(ctx context.Context) (struct{}, error) {
		verdict, refusal = r.client.Probe(ctx, door, r.held.Token)
		if verdict == jfrog.Unanswered {
			return struct{}{}, refusal
		}
		return struct{}{}, nil
	})
	if err != nil {
		refusal = err
	}
	return verdict, refusal
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

// says reports whether JFrog's own words hold one; those of the error as a whole hold the URL, too.
func says(err error, word string) bool {
	var refusal *jfrog.Error
	return errors.As(err, &refusal) && strings.Contains(strings.ToLower(refusal.Message+" "+refusal.Detail), word)
}
