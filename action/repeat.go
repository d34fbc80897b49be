package action

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
)

// repeat sends a call that does no harm when it is carried out twice, such as listing and revoking. It tries again also
// after what must not repeat a mint: an internal error, or an answer that can't be read. And it goes on until the budget
// of the stage is used up: a platform that restarts for half a minute at the end of a job must not cost a token.
//
// refusals is how often a plain no (401, 403, 404) is taken for that of a node which lags behind the others.
func repeat[T any](ctx context.Context, env Env, what string, refusals int, op func(context.Context) (T, error)) (T, error) {
	policy := env.retries(what)
	policy.Tries, policy.LastTry = patientTries, lastTry
	return limit.Do(ctx, policy, func(ctx context.Context) (T, error) {
		result, err := op(ctx)
		var refusal *jfrog.Error
		switch {
		case !errors.As(err, &refusal) || refusal.Status == 0 || notRevocable(refusal):
		case refusal.Undecided():
			err = passing{err}
		case refusedForGood(err) && refusals > 0:
			refusals--
			err = passing{err}
		}
		return result, err
	})
}

// passing is a failure that may be gone a moment later.
type passing struct{ error }

// Temporary makes the retry policy try again.
func (passing) Temporary() bool { return true }

// Unwrap gives the failure itself.
func (p passing) Unwrap() error { return p.error }

// revokeBy sends one kind of revocation until it is answered. It leaves a part of ctx's time, in which the token can be
// asked whether a revocation that nobody confirmed was carried out.
func (e Env) revokeBy(ctx context.Context, what string, refusals int, send func(context.Context) error) error {
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		most := left - min(left/5, settleTime)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, most, fmt.Errorf("no answer within %s (limit of revoking)", most.Round(100*time.Millisecond)))
		defer cancel()
	}
	_, err := repeat(ctx, e, what, refusals, func(ctx context.Context) (struct{}, error) { return struct{}{}, send(ctx) })
	return err
}
