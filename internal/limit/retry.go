package limit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry is a policy for trying an operation again. The zero value tries once.
type Retry struct {
	// Tries is the most calls of the operation, the first one included. 0 means 1.
	Tries uint
	// PerTry bounds one call. 0 leaves the bound to the context.
	PerTry time.Duration
	// LastTry is the time before ctx's deadline at which there is one more try where the next pause would go past the
	// deadline. A server that is back by then isn't missed. 0 gives up at once; a pause that the server named is kept.
	LastTry time.Duration
	// Notify is told of each failure that will be tried again, and of the pause before that. It may be nil.
	Notify func(err error, pause time.Duration)
}

// temporary is what an error says of itself when the same call may succeed a moment later.
type temporary interface{ Temporary() bool }

// retryAfter is what an error says when the server named the pause; 0 means that it didn't.
type retryAfter interface{ RetryAfter() time.Duration }

// Do calls op until it succeeds, fails for good (an error without Temporary() true in its chain), the tries are used up
// or ctx ends. It never pauses after the last try, nor for longer than ctx has left: it gives up at once instead, or
// pauses less (LastTry).
// The error is the last one of op, with the name of the limit that ended the tries.
func Do[T any](ctx context.Context, policy Retry, op func(context.Context) (T, error)) (T, error) {
	var last error
	tries := uint(0)
	attempt := func() (T, error) {
		if tries > 0 && ctx.Err() != nil {
			var nothing T
			return nothing, backoff.Permanent(last) // the end came during the pause
		}
		tries++
		result, err := once(ctx, policy.PerTry, op)
		last = err
		return result, classify(err)
	}
	result, err := backoff.Retry(ctx, attempt, policy.options(ctx, &last)...)
	if err == nil {
		return result, nil
	}
	switch {
	case last == nil:
		last = err
	case ctx.Err() != nil:
		last = fmt.Errorf("%w (gave up after try %d: %v)", last, tries, context.Cause(ctx))
	case isTemporary(last) && tries < max(policy.Tries, 1):
		last = fmt.Errorf("%w (gave up after try %d: %s is longer than the time that is left)", last, tries, nextPause(last))
	case tries > 1:
		last = fmt.Errorf("%w (gave up after %d tries)", last, tries)
	}
	return result, last
}

// once bounds one call of op.
func once[T any](ctx context.Context, perTry time.Duration, op func(context.Context) (T, error)) (T, error) {
	if perTry <= 0 {
		return op(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, perTry, fmt.Errorf("no answer within %s (limit of one try)", perTry))
	defer cancel()
	return op(ctx)
}

func isTemporary(err error) bool {
	var again temporary
	return errors.As(err, &again) && again.Temporary()
}

func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case !isTemporary(err):
		return backoff.Permanent(err)
	}
	if pause := named(err); pause > 0 {
		return &backoff.RetryAfterError{Duration: pause}
	}
	return err
}

// named is the pause that the server asked for; 0 for none.
func named(err error) time.Duration {
	var after retryAfter
	if errors.As(err, &after) {
		return after.RetryAfter()
	}
	return 0
}

func nextPause(err error) string {
	if pause := named(err); pause > 0 {
		return fmt.Sprintf("the pause that the server asks for, %s,", pause)
	}
	return "the next pause"
}

func (p Retry) options(ctx context.Context, last *error) []backoff.RetryOption {
	growing := backoff.NewExponentialBackOff()
	growing.InitialInterval, growing.MaxInterval = 250*time.Millisecond, 5*time.Second
	var pauses backoff.BackOff = growing
	deadline, bounded := ctx.Deadline()
	if bounded && p.LastTry > 0 {
		pauses = untilLast{growing, deadline.Add(-p.LastTry)}
	}
	options := []backoff.RetryOption{
		backoff.WithBackOff(pauses),
		backoff.WithMaxTries(max(p.Tries, 1)),
		backoff.WithMaxElapsedTime(0),
	}
	if bounded {
		// A budget that is already gone must not read as "no limit", which 0 is to the library.
		options = append(options, backoff.WithMaxElapsedTime(max(time.Until(deadline), time.Nanosecond)))
	}
	if p.Notify != nil {
		options = append(options, backoff.WithNotify(func(_ error, pause time.Duration) { p.Notify(*last, pause) }))
	}
	return options
}

// untilLast cuts the pause that would go past the time of the last try.
type untilLast struct {
	backoff.BackOff
	last time.Time
}

// NextBackOff gives the time until the last try where the usual pause is longer; after the last try, the usual pause.
func (u untilLast) NextBackOff() time.Duration {
	pause, left := u.BackOff.NextBackOff(), time.Until(u.last)
	if left > 0 && pause > left {
		return left
	}
	return pause
}
