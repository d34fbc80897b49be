package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
)

// Doer sends one HTTP request. It must not follow redirects: a credential goes to the host that was named only.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// IDTokenSource gives the job's ID token.
type IDTokenSource interface {
	// IDToken returns an ID token, for the audience where the CI lets one ask for it. An error with Temporary() true
	// is tried again.
	IDToken(ctx context.Context, audience string) (Secret, error)
	// ProviderType is what JFrog calls the CI: GitHub, Azure or GenericOidc.
	ProviderType() string
}

// Keeper makes a token known to the CI before it is used.
type Keeper interface {
	// Mask hides the secrets in the log from now on.
	Mask(secrets ...Secret) error
	// Save keeps what the post stage needs to revoke the token. It is called once, before any output.
	Save(held Held) error
}

// Log takes lines for people. They hold no secret, and no line break.
type Log interface {
	Info(line string)
	Warn(line string)
}

// Env is what Mint and Revoke use of the world. All fields but IDTokens and Keeper are required.
type Env struct {
	HTTP     Doer
	Now      func() time.Time
	Random   io.Reader // nonces; nil takes crypto/rand's
	Agent    string    // goes into User-Agent
	Proxy    string    // the proxy's URL, for the post stage; empty for none
	CertFile string    // SSL_CERT_FILE and SSL_CERT_DIR, for the post stage
	CertDir  string
	Job      Job
	IDTokens IDTokenSource // nil where the CI gives none
	Keeper   Keeper        // nil keeps and masks nothing
	Log      Log
}

// The bounds within a stage. After an interruption everything must be over within five seconds: GitHub's runner sends
// SIGINT, and SIGTERM 7.5 s later, but Jenkins waits only 5 s before it kills.
const (
	perTry         = 15 * time.Second
	tries          = 6                       // with pauses of about three seconds in all: a balancer that reloads must not cost a job
	patientTries   = 1000                    // of listing and revoking, which the budget ends first
	lastTry        = 500 * time.Millisecond  // before their budget ends
	refusedTries   = 3                       // more of them, by the creator, where JFrog says no about a token that may be alive
	mintGrace      = 1800 * time.Millisecond // for the answer to a mint that is under way at an interruption
	cleanupHurried = 1200 * time.Millisecond // for each of looking for a lost token and revoking, then
	cleanupCalm    = 10 * time.Second        // the same after a failure
	settleTime     = 2 * time.Second         // at the end of a budget, for asking the token what became of it
	lastRoundPause = 2 * time.Second         // between the last two rounds of a revocation that is refused, which began with 0.5 s
	askTries       = 3                       // of asking with a token, outside of the proof
	secondRefusal  = 500 * time.Millisecond  // before a refusal that doesn't say why is asked for once more
	lateTime       = 2 * time.Second         // for JFrog to show what a mint made whose answer was lost
	proofWindow    = 30 * time.Second        // for the server to refuse a revoked token
)

func (e Env) client(config Config) *jfrog.Client { return jfrog.New(config.URL, e.HTTP, e.Agent) }

// retries is the one policy for calls that may be repeated.
func (e Env) retries(what string) limit.Retry {
	return limit.Retry{Tries: tries, PerTry: perTry, Notify: func(err error, pause time.Duration) {
		e.Log.Info(fmt.Sprintf("%s again in %s: %v", what, pause.Round(time.Millisecond), err))
	}}
}

// cleanup returns a context for work that must be done although ctx has ended, bounded by what is left of the patience
// of whoever ended it. An interruption while it lasts leaves it as much as one before; the end of the budget doesn't count.
func cleanup(ctx context.Context) (context.Context, context.CancelFunc) {
	budget := cleanupCalm
	if ctx.Err() != nil {
		budget = cleanupHurried
	}
	over := func(limit time.Duration) error {
		return fmt.Errorf("no answer within %s (limit of cleaning up)", limit)
	}
	lasting, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := func() bool { return true }
	if ctx.Err() == nil {
		stop = context.AfterFunc(ctx, func() {
			if errors.Is(ctx.Err(), context.Canceled) && sleep(lasting, cleanupHurried) {
				end(over(cleanupHurried))
			}
		})
	}
	bounded, cancel := context.WithTimeoutCause(lasting, budget, over(budget))
	return bounded, func() { stop(); cancel(); end(nil) }
}
