package action

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// The durations of a step. A runner that cancels a job sends a signal and kills five seconds later (Jenkins; others give
// more). What must be done by then is shared out of afterSignal, which the cause of the context may shorten:
//
//	mintGrace 3/7 + orphan 2/7 + rollback 2/7 = 1.8 s + 1.2 s + 1.2 s = 4.2 s
//
// Without a signal all of it is within the budget (input timeout, 60 s), and a cleanup after a failure takes up to
// cleanupAfterFailure more.
const (
	afterSignal         = 4200 * time.Millisecond // from a signal to the end
	perAttempt          = 15 * time.Second        // one request and its answer
	finalAttempt        = 500 * time.Millisecond  // before the budget ends: the time of one more attempt
	cleanupAfterFailure = 10 * time.Second        // after a failure: for an orphan, and again for the rollback
	probeReserve        = 2 * time.Second         // at the end of a budget: to ask the token what became of a revocation
	proofWindow         = 30 * time.Second        // for every endpoint to refuse a revoked token
	firstProbePause     = 100 * time.Millisecond  // between two probes; it doubles
	longestProbePause   = 2 * time.Second
	firstRevokePause    = 500 * time.Millisecond // before a refused revocation is tried once more; it doubles
	longestRevokePause  = 2 * time.Second
	lateOrphanTime      = 2 * time.Second // after a failed mint, or a lost attempt: for JFrog to list what it made
	versionTime         = 3 * time.Second // to ask for the version that explains a failure
	noticeAfter         = 3 * time.Second // a wait of this length is told in the log
)

// The numbers of attempts.
const (
	attempts       = 6           // of a call that must not be repeated without end: balancers reload in about three seconds
	untilBudget    = math.MaxInt // of listing and revoking
	refusalRetries = 3           // more, where the creator is refused about a token that may be alive: a node may lag behind, or a gateway fail
	sweepAtOnce    = 8           // revocations at a time: one that hangs must not use up the time of the others
	probeAttempts  = 5           // outside of the proof, in a second and a half
)

// retry is the policy for a call that may be repeated.
func retry(log Logger, what string, attempts int) httpapi.Retry {
	return httpapi.Retry{Attempts: attempts, PerAttempt: perAttempt, FinalAttempt: finalAttempt, Notify: func(err error, pause time.Duration) {
		log.Info(fmt.Sprintf("%s again in %s: %v", what, pause.Round(time.Millisecond), err))
	}}
}

// retryIdempotent repeats a call that does no harm when it is carried out twice, such as listing and revoking: also after
// an answer that must not repeat a mint, and until the budget ends. A platform that restarts for half a minute at the end
// of a job must not cost a token. refusals is how often a plain refusal is taken for that of a node that lags behind, or of a
// gateway that lost its way for a moment.
func retryIdempotent[T any](ctx context.Context, policy httpapi.Retry, refusals int, op func(context.Context) (T, error)) (T, error) {
	for attempts := policy.Start(ctx); ; {
		result, err := httpapi.Once(ctx, policy.PerAttempt, op)
		again := httpapi.IsTemporary(err)
		if failure, ok := errors.AsType[*httpapi.Error](err); ok && failure.Status != 0 {
			again = again || failure.Indeterminate() && !isForeignRefusal(err)
			if (failure.Refused() || isForeignRefusal(err)) && refusals > 0 {
				refusals--
				again = true
			}
			again = again && !jfrog.IsNotRevocable(err) && !isUnreachable(err)
		}
		if err == nil || !attempts.Again(err, again) {
			return result, attempts.Explain(err)
		}
	}
}

// sendRevocation sends one kind of revocation until it is answered. It leaves a part of ctx's time in which the token can
// be asked whether a revocation that nobody confirmed was carried out.
func sendRevocation(ctx context.Context, log Logger, refusals int, send func(context.Context) error) error {
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		most := left - min(left/5, probeReserve)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, most, fmt.Errorf("no answer within %s (limit of revoking)", most.Round(100*time.Millisecond)))
		defer cancel()
	}
	_, err := retryIdempotent(ctx, retry(log, "revoking", untilBudget), refusals, func(ctx context.Context) (struct{}, error) { return struct{}{}, send(ctx) })
	return err
}

// isForeignRefusal reports whether something in front of JFrog refuses: a gateway's 403 stays what it is.
func isForeignRefusal(err error) bool {
	failure, ok := errors.AsType[*httpapi.Error](err)
	return ok && !failure.Own && failure.Status > 0 && failure.Status/100 < 5 && !failure.Unusable()
}

// isUnreachable reports whether a call never reached JFrog and won't by being repeated.
func isUnreachable(err error) bool {
	failure, ok := errors.AsType[*httpapi.Error](err)
	return ok && failure.Unreachable()
}

// gracePeriod is how long after a signal everything must be over: what the cause of the context says, or afterSignal.
func gracePeriod(ended context.Context) time.Duration {
	type graced interface {
		error
		GracePeriod() time.Duration
	}
	if cause, ok := errors.AsType[graced](context.Cause(ended)); ok {
		return min(cause.GracePeriod(), afterSignal)
	}
	return afterSignal
}

// mintGrace is the part of it for the answer to a mint or an exchange that is under way, cleanupAfterSignal that for an
// orphan, and again for the rollback.
func mintGrace(ended context.Context) time.Duration          { return gracePeriod(ended) * 3 / 7 }
func cleanupAfterSignal(ended context.Context) time.Duration { return gracePeriod(ended) * 2 / 7 }

// withCleanup returns a context for work that must be done although ctx has ended. A signal while it lasts leaves it as
// much time as one before; the end of the budget doesn't count. Without a signal it lasts for cleanupAfterFailure, or longer
// where atLeast is more.
func withCleanup(ctx context.Context, atLeast time.Duration) (context.Context, context.CancelFunc) {
	budget := max(cleanupAfterFailure, atLeast)
	if ctx.Err() != nil {
		budget = cleanupAfterSignal(ctx)
	}
	ended := func(limit time.Duration) error {
		return fmt.Errorf("no answer within %s (limit of cleaning up)", limit)
	}
	lasting, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := func() bool { return true }
	if ctx.Err() == nil {
		stop = context.AfterFunc(ctx, func() {
			left := cleanupAfterSignal(ctx)
			if errors.Is(ctx.Err(), context.Canceled) && httpapi.Sleep(lasting, left) {
				end(ended(left))
			}
		})
	}
	bounded, cancel := context.WithTimeoutCause(lasting, budget, ended(budget))
	return bounded, func() { stop(); cancel(); end(nil) }
}

// timeLeft is what is left of a call's budget.
func timeLeft(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline() // every call has one
	return time.Until(deadline)
}

// notice tells in the log what is waited for when it takes longer than three seconds. The caller calls the function when
// the wait is over.
func notice(ctx context.Context, log Logger, what string) (over func()) {
	timer := time.AfterFunc(noticeAfter, func() {
		line := "still " + what
		if deadline, ok := ctx.Deadline(); ok {
			line += ", until " + deadline.UTC().Format(time.RFC3339) + " at the latest"
		}
		log.Info(line)
	})
	return func() { timer.Stop() }
}
