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
	// askedTwice is whether a refusal that doesn't say why has been asked for once more.
	askedTwice bool
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
		if !sleep(ctx, pause) {
			return report
		}
		r.door, r.triedID = jfrog.AccessDoor, false
		report = r.round(ctx)
	}
	return report
}

// sleep waits and reports whether ctx let it.
func sleep(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
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
	case refusal.Status == http.StatusUnauthorized && !refusal.Foreign():
		return r.refused(ctx, err)
	case refusal.Status < 500 && !refusal.Foreign():
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
	switch verdict, refusal := r.askAgain(ctx, r.door); {
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
		// By this machine's clock, which may be ahead of the server's.
		if verdict, refusal := r.askAgain(ctx, r.door); verdict == jfrog.Refused {
			return r.refused(ctx, refusal)
		}
	}
	return Report{Outcome: NotRevocable, Err: err}
}

// refused is for a token that Access doesn't let in. That alone doesn't prove it dead: before 7.68 a token whose
// audience leaves Access out is refused there and works in Artifactory.
func (r *revoking) refused(ctx context.Context, err error) Report {
	if unreadable(err) {
		return Report{Outcome: Unknown, Reason: "JFrog can't read this token: it was cut off or changed on its way here, and the real one may live", Err: err}
	}
	verdict, probeErr := r.askAgain(ctx, jfrog.ArtifactoryDoor)
	switch verdict {
	case jfrog.Refused:
		switch {
		case r.past(), says(err, "expired"), says(probeErr, "expired"):
			return Report{Outcome: Expired}
		case says(err, "revoked"), says(probeErr, "revoked"), r.askedTwice, !sleep(ctx, secondRefusal):
			return Report{Outcome: Revoked}
		}
		// No revocation was taken yet, and neither door said why it refuses: each may have had a hiccup.
		r.askedTwice, r.door = true, jfrog.AccessDoor
		return r.round(ctx)
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
	case refusal != nil && refusal.Status == http.StatusUnauthorized && !refusal.Foreign():
		return r.refused(ctx, err)
	}
	return r.settle(ctx, err)
}
