package limit

import (
	"context"
	"time"
)

// Patient returns a context that outlives ctx by a grace, for work that is worse cut off than late: a mint whose answer
// isn't awaited leaves a token that nobody knows. Its cause is then that of ctx. The caller must call the function.
func Patient(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) })
		context.AfterFunc(lasting, func() { timer.Stop() })
	})
	return lasting, func() { stop(); cancel(nil) }
}
