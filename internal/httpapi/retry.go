package httpapi

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// The pauses between attempts: they double from the first to the longest, and each is shortened or lengthened by up to
// half, so that many jobs don't come back at the same moment.
const (
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second
)

// Retry is the policy for repeating a call. The zero value tries once.
type Retry struct {
	// Attempts is the most calls, the first one included. 0 and 1 never repeat. With more, calls that met an outage (429,
	// 502, 503, 504, connection refused, a proxy in trouble) don't count: they are repeated until ctx ends.
	Attempts int
	// PerAttempt bounds one call. 0 leaves the bound to the context.
	PerAttempt time.Duration
	// FinalAttempt is the time before ctx's deadline at which there is one more attempt where the next pause would go past
	// the deadline. A server that is back by then isn't missed. 0 gives up at once.
	FinalAttempt time.Duration
	// Notify is told of each failure that will be tried again, and of the pause before that. It may be nil.
	Notify func(err error, pause time.Duration)
}

// Do calls op until it succeeds, fails for good (an error without Temporary() true in its chain), the attempts are used
// up or ctx ends. It never pauses after the last attempt. The error is the last one of op, with the reason why there was
// no further attempt.
func Do[T any](ctx context.Context, policy Retry, op func(context.Context) (T, error)) (T, error) {
	attempts := policy.Start(ctx)
	for {
		result, err := Once(ctx, policy.PerAttempt, op)
		if err == nil || !attempts.Again(err, IsTemporary(err)) {
			return result, attempts.Explain(err)
		}
	}
}

// Once bounds one call of op by a time; 0 leaves the bound to ctx.
func Once[T any](ctx context.Context, bound time.Duration, op func(context.Context) (T, error)) (T, error) {
	if bound <= 0 {
		return op(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, bound, fmt.Errorf("no answer within %s (limit of one attempt)", bound))
	defer cancel()
	return op(ctx)
}

// Attempts counts the attempts of one call, for loops that do more between them than to wait. For one goroutine.
type Attempts struct {
	ctx     context.Context
	policy  Retry
	made    int
	counted int    // those that met no outage
	ended   string // why there is no further attempt; empty where the last failure says it
}

// Start begins to count.
func (p Retry) Start(ctx context.Context) *Attempts { return &Attempts{ctx: ctx, policy: p} }

// Again waits before another attempt. It returns false when there is none: the failure isn't temporary, the attempts are
// used up, or ctx ends first.
func (a *Attempts) Again(err error, temporary bool) bool {
	a.made++
	if !isOutage(err) {
		a.counted++
	}
	switch {
	case !temporary || a.policy.Attempts <= 1:
		return false
	case a.counted >= a.policy.Attempts:
		a.ended = fmt.Sprintf("gave up after %d attempts", a.made)
		return false
	}
	pause, fits := a.pause(RetryAfter(err))
	if a.ctx.Err() == nil && !fits {
		a.ended = fmt.Sprintf("gave up after attempt %d: no time is left for another", a.made)
		return false
	}
	if a.ctx.Err() == nil && a.policy.Notify != nil {
		a.policy.Notify(err, pause)
	}
	if Sleep(a.ctx, pause) {
		return true
	}
	a.ended = fmt.Sprintf("gave up after attempt %d", a.made)
	if cause := context.Cause(a.ctx); !errors.Is(err, cause) {
		a.ended += ": " + cause.Error()
	}
	return false
}

// pause is the time before the next attempt: the growing pause, or what the server asked for and a part of the growing
// pause on top, since it asks all jobs for the same. Where that goes past the deadline it is cut so that one final attempt
// fits; fits is false when none does.
func (a *Attempts) pause(asked time.Duration) (pause time.Duration, fits bool) {
	growing := min(firstPause<<min(a.made-1, 10), longestPause)
	spread := rand.N(growing) //nolint:gosec // spreads jobs in time, hides nothing
	pause = max(growing/2+spread, asked+spread/2)
	deadline, bounded := a.ctx.Deadline()
	if !bounded {
		return pause, true
	}
	final := time.Until(deadline) - a.policy.FinalAttempt
	if pause < final {
		return pause, true
	}
	return final, a.policy.FinalAttempt > 0 && final > 0
}

// Explain adds to the last failure why there was no further attempt, where the failure doesn't say it; nil stays nil.
func (a *Attempts) Explain(err error) error {
	if err == nil || a.ended == "" {
		return err
	}
	return fmt.Errorf("%w (%s)", err, a.ended)
}

// IsTemporary reports whether the same call may succeed a moment later: an error of the chain says Temporary() true.
func IsTemporary(err error) bool {
	again, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && again.Temporary()
}

// RetryAfter is the pause that the server asked for with this error; 0 for none.
func RetryAfter(err error) time.Duration {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure.RetryAfter()
	}
	return 0
}

// isOutage reports whether the service did nothing because it is away for now: it says so, or nobody listens.
func isOutage(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	if !ok || !failure.Temporary() {
		return false
	}
	const refusedOnWindows = syscall.Errno(10061) // WSAECONNREFUSED, which syscall.ECONNREFUSED isn't there
	return failure.Status != 0 || errors.Is(failure.cause, syscall.ECONNREFUSED) || errors.Is(failure.cause, refusedOnWindows) || holds[*ProxyError](failure.cause)
}

// Sleep waits, and reports whether ctx let it.
func Sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// WithGracePeriod returns a context that outlives ctx by a grace period, for work that is worse cut off than late: a mint
// whose answer isn't awaited leaves a token that nobody knows. How long that is, grace says when ctx has ended. Its cause is
// then that of ctx. The caller must call the function.
func WithGracePeriod(ctx context.Context, grace func(ended context.Context) time.Duration) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(grace(ctx), func() { cancel(context.Cause(ctx)) })
	})
	return lasting, func() { stop(); cancel(nil) }
}

// retryAfter reads both forms of the header, seconds and a date, and believes at most an hour. The date is taken against
// the answer's own Date, so that a skewed clock on this side doesn't matter; without one it is taken for five seconds. It
// returns 0 where no pause is named.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	// A number past all numbers comes out as the largest of them.
	if seconds, err := strconv.Atoi(value); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(seconds, 0), 3600)) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 5 * time.Second
	}
	return min(max(at.Sub(now), 0), time.Hour)
}
