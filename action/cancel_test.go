package action_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// countingTransport counts what is sent.
type countingTransport struct {
	sent atomic.Int32
	http.RoundTripper
}

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

func TestMint_SendsNothingAfterTheEndOfItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("the job was cancelled")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		for _, provider := range []string{"", "github"} {
			p := newPlatform(t)
			counted := &countingTransport{RoundTripper: p.Client().Transport}
			p.client.Transport = counted
			if provider != "" {
				p.withProvider(provider)
			}
			token, err := p.client.Mint(ctx, p.config)
			if !errors.Is(err, why) || token != nil || counted.sent.Load() > 0 || len(p.Server.Requests()) > 0 {
				t.Errorf("%v, %v, %d requests", token, err, counted.sent.Load())
			}
			results, err := p.client.Sweep(ctx, p.config, action.SweepJob)
			if err == nil || results != nil || counted.sent.Load() > 0 || len(p.Server.Requests()) > 0 {
				t.Errorf("sweep: %v, %v, %d requests", results, err, counted.sent.Load())
			}
		}
	})
}

// killAfter is when a runner kills a job that it asked to end (Jenkins: five seconds), with room for starting and printing.
const killAfter = 4200 * time.Millisecond

// atStep is what happens to the request during which the job is stopped.
var atStep = map[string]front{
	"answers": func(box http.Handler, w http.ResponseWriter, r *http.Request) { box.ServeHTTP(w, r) },
	"answers a second later": func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		again := later(r)
		time.Sleep(time.Second)
		box.ServeHTTP(w, again)
	},
	"works at the last moment": func(box http.Handler, _ http.ResponseWriter, r *http.Request) {
		again := later(r)
		time.Sleep(1700 * time.Millisecond)
		carriedOut(box, again)
		<-r.Context().Done()
	},
	"works a moment too late": func(box http.Handler, _ http.ResponseWriter, r *http.Request) {
		again := later(r)
		time.AfterFunc(2100*time.Millisecond, func() { carriedOut(box, again) })
		<-r.Context().Done()
	},
	"hangs": func(_ http.Handler, _ http.ResponseWriter, r *http.Request) { _ = later(r); <-r.Context().Done() },
	"works and hangs": func(box http.Handler, _ http.ResponseWriter, r *http.Request) {
		carriedOut(box, r)
		<-r.Context().Done()
	},
	"works and is reset": func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		carriedOut(box, r)
		reset(w)
	},
	"works, and a gateway says 429": statusAfterWork(http.StatusTooManyRequests),
	"works, and a gateway says 502": statusAfterWork(http.StatusBadGateway),
	"works, and a gateway says 403": statusAfterWork(http.StatusForbidden),
	"is refused by a gateway":       func(_ http.Handler, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
}

// statusAfterWork is a balancer that gives up on an answer which JFrog gives.
func statusAfterWork(status int) front {
	return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		carriedOut(box, r)
		w.WriteHeader(status)
	}
}

// stopAt stops the job at the first request that a step consists of.
func stopAt(step, what string, stop func()) front {
	var once sync.Once
	return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		special := false
		if r.Method+" "+r.URL.Path == step || strings.HasSuffix(step, "/") && strings.HasPrefix(r.Method+" "+r.URL.Path, step) {
			once.Do(func() { special = true })
		}
		if !special {
			box.ServeHTTP(w, r)
			return
		}
		stop()
		atStep[what](box, w, r)
	}
}

func TestMint_LeavesNothingBehindASignal(t *testing.T) {
	t.Parallel()
	const (
		mint     = "POST /access/api/v1/tokens"
		exchange = "POST /access/api/v1/oidc/token"
		list     = "GET /access/api/v1/tokens"
		revoke   = "DELETE /access/api/v1/tokens/"
		version  = "GET /artifactory/api/system/version"
	)
	broker := func(p *platform) { p.withProvider("github-broker") }
	legacy := func(p *platform) {
		p.config.Credentials = action.Credentials{User: p.User, Password: action.NewSecret(p.Password)}
		p.config.Username = "minted"
	}
	always := func(p *platform) {
		p.withProvider("github-user")
		p.config.Groups = nil
	}
	for name, test := range map[string]struct {
		step    string
		change  func(*platform)
		options func(t *testing.T) []sandbox.Option
	}{
		"minting":                {step: mint},
		"minting when exchanged": {step: mint, change: broker},
		"minting for oneself":    {step: mint, change: always},
		"exchanging":             {step: exchange, change: broker},
		"exchanging, no mint":    {step: exchange, change: func(p *platform) { p.withProvider("github") }},
		"revoking the exchanged": {step: revoke, change: broker},
		"looking for an orphan": {step: list, options: func(t *testing.T) []sandbox.Option {
			return []sandbox.Option{sandbox.WithFaults(faults(t, "commit-then-drop@mint,times=1")...)}
		}},
		"revoking an orphan": {step: revoke, options: func(t *testing.T) []sandbox.Option {
			return []sandbox.Option{sandbox.WithFaults(faults(t, "commit-then-drop@mint,times=1")...)}
		}},
		"rolling back": {step: revoke, options: func(t *testing.T) []sandbox.Option {
			return []sandbox.Option{sandbox.WithFaults(faults(t, "broader-scope=applied-permissions/admin@mint")...)}
		}},
		"asking for the version": {step: version, change: legacy, options: func(*testing.T) []sandbox.Option {
			return []sandbox.Option{sandbox.WithVersion("7.20.0")}
		}},
		"minting by the legacy API": {step: "POST /artifactory/api/security/token", change: legacy, options: func(*testing.T) []sandbox.Option {
			return []sandbox.Option{sandbox.WithVersion("7.20.0")}
		}},
	} {
		for what := range atStep {
			if strings.Contains(what, "429") && strings.Contains(name, "legacy") {
				continue // nobody can look for a token of the legacy API, and a 429 says that there is none
			}
			t.Run(name+": "+what, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var options []sandbox.Option
					if test.options != nil {
						options = test.options(t)
					}
					ctx, stop := context.WithCancel(t.Context())
					defer stop()
					var stopped time.Time
					p := newPlatform(t, options...)
					p.behind(t, stopAt(test.step, what, func() { stopped = time.Now(); stop() }))
					if test.change != nil {
						test.change(p)
					}
					runner := new(runner)
					p.client.Runner = runner
					token, err := p.client.Mint(ctx, p.config)
					if stopped.IsZero() {
						t.Fatalf("the step was never reached: %v\n%s", err, p.log)
					}
					if took := time.Since(stopped); took > killAfter {
						t.Errorf("took %s after the signal: %v\n%s", took, err, p.log)
					}
					if err == nil {
						t.Errorf("stopped, and yet it goes on with %v\n%s", token, p.log)
					}
					time.Sleep(3 * time.Second)
					wantKnown(t, p, err)
				})
			})
		}
	}
}

// wantKnown fails where a token is alive that the error doesn't name in some way. A token of the legacy API and one of an
// exchange can't be named but in words.
func wantKnown(t *testing.T, p *platform, err error) {
	t.Helper()
	var left *action.LeftAliveError
	if alive := p.alive(); errors.As(err, &left) && len(alive) > 0 && left.Tokens[0].ID == "" && left.Tokens[0].Description == "" {
		return
	}
	p.wantNoneUnnamed(t, err)
}

// The runner's own steps can be where the signal comes.
func TestMint_LeavesNothingBehindASignalAtTheRunner(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"", "github", "github-broker"} {
		for _, step := range []string{"mask", "save", "export"} {
			t.Run(provider+" "+step, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPlatform(t)
					if provider != "" {
						p.withProvider(provider)
					}
					if provider == "github" {
						p.config.Expiry = 0
					}
					ctx, stop := context.WithCancel(t.Context())
					defer stop()
					r := &runner{on: func(at string) {
						if at == step {
							stop()
						}
					}}
					p.client.Runner = r
					began := time.Now()
					token, err := p.client.Mint(ctx, p.config)
					if took := time.Since(began); took > killAfter {
						t.Errorf("took %s: %v", took, err)
					}
					switch {
					case step != "export" && (err == nil || len(r.given) > 0):
						t.Errorf("%v, %v, exported %v", token, err, r.given)
					case err == nil:
						p.wantNoneUnnamed(t, nil, token.ID)
					case provider == "github": // JFrog can't revoke what this mapping gives
						wantKnown(t, p, err)
					default:
						if alive := p.alive(); len(alive) > 0 {
							t.Errorf("alive: %+v\n%v", alive, err)
						}
					}
				})
			})
		}
	}
}

// A signal while the CI is asked for the ID token: nothing is exchanged with it.
func TestMint_ExchangesNothingAfterASignal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t).withProvider("github-broker")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		get := p.config.IDToken
		p.config.IDToken = func(ctx context.Context, audience string) (action.Secret, error) {
			token, err := get(ctx, audience)
			stop()
			return token, err
		}
		_, err := p.client.Mint(ctx, p.config)
		if !errors.Is(err, context.Canceled) || p.requests(http.MethodPost, "/oidc/token") > 0 {
			t.Errorf("%v, %d exchanges", err, p.requests(http.MethodPost, "/oidc/token"))
		}
	})
}

// A signal in the pause between two attempts: what the last one may have made is still looked for.
func TestMint_LooksForAnOrphanAfterASignalInAPause(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"commit-then-page=429@mint", "commit-then-page=503@mint", "commit-then-page=502@mint"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, sandbox.WithFaults(faults(t, fault)...))
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				time.AfterFunc(50*time.Millisecond, stop) // the first pause is at least 125 ms
				_, err := p.client.Mint(ctx, p.config)
				if alive := p.alive(); err == nil || len(alive) > 0 {
					t.Errorf("%v; alive: %+v\n%s", err, alive, p.log)
				}
			})
		})
	}
}

// The budget ends as a signal does, and Mint names it.
func TestMint_EndsWithItsBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithFaults(faults(t, "latency-before=40s@mint")...))
		p.config.Timeout = 5 * time.Second
		began := time.Now()
		_, err := p.client.Mint(t.Context(), p.config)
		if took := time.Since(began); err == nil || took > p.config.Timeout+killAfter || !strings.Contains(err.Error(), "5s (input timeout)") {
			t.Errorf("after %s: %v", took, err)
		}
		time.Sleep(time.Minute)
		p.wantNoneUnnamed(t, err)
	})
}

// A gateway that gives up may have let JFrog begin: until the end it is looked for, and then named.
func TestMint_NamesWhatItCanNotFindAfterASignal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t).behind(t, onMint(func(_ http.Handler, w http.ResponseWriter, r *http.Request) {
			_ = later(r)
			w.WriteHeader(http.StatusGatewayTimeout)
		}))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		time.AfterFunc(500*time.Millisecond, stop)
		began := time.Now()
		_, err := p.client.Mint(ctx, p.config)
		var left *action.LeftAliveError
		if took := time.Since(began); took > 500*time.Millisecond+killAfter || !errors.As(err, &left) || !strings.Contains(err.Error(), "JFrog may still be making it") {
			t.Errorf("after %s: %v", took, err)
		}
	})
}
