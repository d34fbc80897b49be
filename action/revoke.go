package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
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

// Revoke takes a token back with the token itself, and then asks with it until it is refused: JFrog answers 204 for a
// token that it doesn't know, and has been seen to accept a revoked one for minutes, so its word alone proves nothing.
//
// It waits for the refusal until ctx ends, but no longer than held.Timeout and 30 s. It always returns a report.
func Revoke(ctx context.Context, held Held, env Env) Report {
	ctx, cancel := context.WithTimeoutCause(ctx, held.Timeout, fmt.Errorf("the stage took longer than %s (input timeout)", held.Timeout))
	defer cancel()
	started := env.Now()
	r := &revoking{held: held, env: env, client: jfrog.New(held.URL, env.HTTP, env.Agent), door: jfrog.AccessDoor}
	report := r.run(ctx)
	report.TokenID, report.Dies, report.Took = held.TokenID, held.ExpiresAt, env.Now().Sub(started)
	return report
}

type revoking struct {
	held   Held
	env    Env
	client *jfrog.Client
	door   jfrog.Door
	// triedID is whether the token's id has been, or needn't be, tried.
	triedID bool
}

// run goes round again when JFrog refuses to revoke a token and yet takes it: both can't be right, and a node that doesn't
// know the token yet, or no longer the one that asks, is right a moment later.
func (r *revoking) run(ctx context.Context) Report {
	report := r.round(ctx)
	for pause := 500 * time.Millisecond; pause <= lastRoundPause && contradicts(report); pause *= 2 {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < pause+settleTime {
			break
		}
		r.env.Log.Info(fmt.Sprintf("revoking once more in %s, since JFrog still takes the token: %s", pause, report.Reason))
		select {
		case <-ctx.Done():
			return report
		case <-time.After(pause):
		}
		r.door, r.triedID = jfrog.AccessDoor, false
		report = r.round(ctx)
	}
	return report
}

// contradicts reports whether JFrog refused for good to revoke a token that it takes.
func contradicts(report Report) bool {
	var refusal *jfrog.Error
	return report.Outcome == StillAlive && errors.As(report.Err, &refusal) && refusal.Status/100 == 4 && !refusal.Temporary()
}

// round revokes in each way there is, once, and finds out what came of it.
func (r *revoking) round(ctx context.Context) Report {
	if r.held.Legacy {
		return r.legacy(ctx)
	}
	err := r.env.revokeBy(ctx, "revoking", 0, func(ctx context.Context) error { return r.client.RevokeSelf(ctx, r.held.Token) })
	var refusal *jfrog.Error
	switch errors.As(err, &refusal); {
	case err == nil:
		return r.prove(ctx)
	case refusal == nil || refusal.Status == 0 || refusal.Temporary():
		return r.settle(ctx, err)
	case notRevocable(refusal):
		return r.notRevocable(ctx, err)
	case refusal.Status == http.StatusUnauthorized:
		return r.refused(ctx, err)
	case refusal.Status < 500:
		return r.byID(ctx, err)
	}
	return r.settle(ctx, err)
}

func notRevocable(refusal *jfrog.Error) bool {
	return strings.Contains(refusal.Message+refusal.Detail, "Token not revocable")
}

// settle is for a revocation that failed. The server may have carried it out all the same, and if it didn't, people
// should read that the token lives and not that nobody knows: the token itself is asked.
func (r *revoking) settle(ctx context.Context, err error) Report {
	switch verdict, refusal := r.ask(ctx, r.door); {
	case verdict == jfrog.Refused:
		r.triedID = true // it is dead, or Access doesn't take it: another revocation would change nothing
		return r.refused(ctx, refusal)
	case verdict == jfrog.Accepted, verdict == jfrog.Unlisted:
		return Report{Outcome: StillAlive, Reason: err.Error(), Err: err}
	case r.past():
		return Report{Outcome: Expired, Err: err}
	}
	return Report{Outcome: Unknown, Reason: err.Error(), Err: err}
}

// notRevocable is for JFrog's word that it can't: the token lives on, unless its time is over.
func (r *revoking) notRevocable(ctx context.Context, err error) Report {
	if r.past() {
		return r.refused(ctx, err)
	}
	return Report{Outcome: NotRevocable, Err: err}
}

// refused is for a token that Access doesn't let in. That alone doesn't prove it dead: before 7.68 a token whose
// audience leaves Access out is refused there and works in Artifactory.
func (r *revoking) refused(ctx context.Context, err error) Report {
	if unreadable(err) {
		return Report{Outcome: Unknown, Reason: "JFrog can't read this token: it was cut off or changed on its way here, and the real one may live", Err: err}
	}
	verdict, probeErr := r.ask(ctx, jfrog.ArtifactoryDoor)
	switch verdict {
	case jfrog.Refused:
		if r.past() || saysExpired(err) || saysExpired(probeErr) {
			return Report{Outcome: Expired}
		}
		return Report{Outcome: Revoked}
	case jfrog.Accepted, jfrog.Unlisted:
		if !r.triedID {
			return r.byID(ctx, err) // the refusal may have been a hiccup
		}
		return Report{Outcome: StillAlive, Reason: "Access doesn't take this token, so it can't revoke itself; Artifactory takes it", Err: err}
	}
	return Report{Outcome: Unknown, Reason: probeErr.Error(), Err: probeErr}
}

// byID revokes by the token's id: servers before 7.53.1 don't know "me", and it is another way in where that was refused.
func (r *revoking) byID(ctx context.Context, first error) Report {
	r.triedID = true
	if r.held.TokenID == "" {
		return r.settle(ctx, first)
	}
	err := r.env.revokeBy(ctx, "revoking by id", 0, func(ctx context.Context) error {
		return r.client.RevokeID(ctx, jfrog.Credentials{Token: r.held.Token}, r.held.TokenID)
	})
	var refusal *jfrog.Error
	switch errors.As(err, &refusal); {
	case err == nil:
		r.door = jfrog.ArtifactoryDoor
		return r.prove(ctx)
	case refusal != nil && notRevocable(refusal):
		return r.notRevocable(ctx, err)
	case refusal != nil && refusal.Status == http.StatusUnauthorized:
		return r.refused(ctx, err)
	}
	return r.settle(ctx, err)
}

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
