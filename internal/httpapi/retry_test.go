package httpapi_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// again is a failure that may be over a moment later, and no outage.
type again struct{}

func (again) Error() string   { return "try again" }
func (again) Temporary() bool { return true }

// record runs op, which fails so often, under a policy, and notes when it was called.
type record struct {
	calls  []time.Duration
	pauses []time.Duration
	result string
	err    error
	took   time.Duration
}

func run(ctx context.Context, policy httpapi.Retry, failure error, failures int) record {
	var r record
	started := time.Now()
	policy.Notify = func(err error, pause time.Duration) {
		if !errors.Is(err, failure) {
			pause = -1
		}
		r.pauses = append(r.pauses, pause)
	}
	r.result, r.err = httpapi.Do(ctx, policy, func(context.Context) (string, error) {
		r.calls = append(r.calls, time.Since(started))
		if len(r.calls) <= failures {
			return "", failure
		}
		return "done", nil
	})
	r.took = time.Since(started)
	return r
}

func TestDo(t *testing.T) {
	t.Parallel()
	permanent := errors.New("no")
	tests := map[string]struct {
		attempts    int
		failure     error
		fail        int // how often op fails
		calls       int
		least, most time.Duration // what passes on the clock
		err         string
	}{
		"success":                         {4, again{}, 0, 1, 0, 0, ""},
		"the second attempt succeeds":     {4, again{}, 1, 2, 125 * time.Millisecond, 375 * time.Millisecond, ""},
		"the last attempt succeeds":       {3, again{}, 2, 3, 375 * time.Millisecond, 1125 * time.Millisecond, ""},
		"no pause after the last attempt": {3, again{}, 9, 3, 375 * time.Millisecond, 1125 * time.Millisecond, "try again (gave up after 3 attempts)"},
		"a permanent failure":             {4, permanent, 9, 1, 0, 0, "no"},
		"the zero value tries once":       {0, again{}, 9, 1, 0, 0, "try again"},
		"one attempt":                     {1, again{}, 9, 1, 0, 0, "try again"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				got := run(ctx, httpapi.Retry{Attempts: test.attempts}, test.failure, test.fail)
				if got.took < test.least || got.took > test.most {
					t.Errorf("took %s, want %s to %s", got.took, test.least, test.most)
				}
				if len(got.calls) != test.calls || len(got.pauses) != test.calls-1 || slices.Contains(got.pauses, -1) {
					t.Errorf("calls at %v and notices of %v, want %d and one less", got.calls, got.pauses, test.calls)
				}
				if test.err == "" && (got.err != nil || got.result != "done") {
					t.Errorf("got %q, %v", got.result, got.err)
				}
				if test.err != "" && (got.err == nil || got.err.Error() != test.err || !errors.Is(got.err, test.failure)) {
					t.Errorf("got %v, want %q and its cause", got.err, test.err)
				}
			})
		})
	}
}

// outages are the failures after which nothing was done, since the service is away for now.
func outages(t *testing.T) map[string]error {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	return map[string]error{
		"429": failWith(t, fixed(429, "")), "502": failWith(t, fixed(502, "")), "503": failWith(t, fixed(503, "")), "504": failWith(t, fixed(504, "")),
		"connection refused":               failWith(t, broken(refused)),
		"connection refused by a proxy":    failWith(t, broken(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: refused})),
		"connection refused, Windows":      failWith(t, broken(&net.OpError{Op: "dial", Err: os.NewSyscallError("connectex", syscall.Errno(10061))})),
		"proxy that can't connect for now": failWith(t, broken(&httpapi.ProxyError{Proxy: "proxy:3128", Status: 503})),
	}
}

// A platform that restarts must not cost a job: the number of attempts doesn't bound an outage, the deadline does.
func TestDo_RepeatsAnOutageUntilTheDeadline(t *testing.T) {
	t.Parallel()
	for name, failure := range outages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				got := run(ctx, httpapi.Retry{Attempts: 2, FinalAttempt: 500 * time.Millisecond}, failure, 1000)
				if last := got.calls[len(got.calls)-1]; last != 59500*time.Millisecond || got.took != last {
					t.Errorf("the last of %v isn't half a second before the end (took %s)", got.calls, got.took)
				}
				// Pauses of 5 s on average, and at least 2.5 s, after the first five.
				if len(got.calls) < 10 || len(got.calls) > 25 {
					t.Errorf("%d calls in a minute: %v", len(got.calls), got.calls)
				}
				if got.err == nil || !strings.HasSuffix(got.err.Error(), "no time is left for another)") || !errors.Is(got.err, failure) {
					t.Errorf("the error doesn't say why it gave up: %v", got.err)
				}
			})
		})
	}
}

func TestDo_AnOutageOfTwentySecondsIsOver(t *testing.T) {
	t.Parallel()
	failure := failWith(t, fixed(503, ""))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		started := time.Now()
		_, err := httpapi.Do(ctx, httpapi.Retry{Attempts: 6}, func(context.Context) (int, error) {
			if time.Since(started) < 20*time.Second {
				return 0, failure
			}
			return 0, nil
		})
		if took := time.Since(started); err != nil || took > 27500*time.Millisecond {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

// What isn't an outage is bounded by the number of attempts, and one mixed with outages keeps its count.
func TestDo_CountsWhatIsNoOutage(t *testing.T) {
	t.Parallel()
	reset := failWith(t, broken(&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}))
	busy := failWith(t, fixed(503, ""))
	for name, test := range map[string]struct {
		failures []error
		calls    int
		err      string
	}{
		"resets":             {[]error{reset}, 3, "(gave up after 3 attempts)"},
		"resets and outages": {[]error{busy, reset, busy, reset, busy, busy, reset}, 7, "(gave up after 7 attempts)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				calls := 0
				_, err := httpapi.Do(ctx, httpapi.Retry{Attempts: 3}, func(context.Context) (int, error) {
					calls++
					return 0, test.failures[(calls-1)%len(test.failures)]
				})
				if calls != test.calls || err == nil || !strings.HasSuffix(err.Error(), test.err) {
					t.Errorf("%d calls, %v", calls, err)
				}
			})
		})
	}
}

// TestDo_ManyJobsAgainstARateLimit: 200 jobs at once, of which the server takes ten a second.
func TestDo_ManyJobsAgainstARateLimit(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{"with Retry-After": failWith(t, fixed(429, "", "Retry-After", "1")), "without": failWith(t, fixed(429, ""))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const jobs, each = 200, 100 * time.Millisecond
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var (
					mu       sync.Mutex
					requests int
					free     = time.Now()
					all      sync.WaitGroup
				)
				for range jobs {
					all.Go(func() {
						_, err := httpapi.Do(ctx, httpapi.Retry{Attempts: 6, FinalAttempt: time.Second}, func(context.Context) (int, error) {
							mu.Lock()
							defer mu.Unlock()
							requests++
							if time.Until(free) > 9*each { // bursts of ten
								return 0, failure
							}
							free = latest(free, time.Now()).Add(each)
							return 0, nil
						})
						if err != nil {
							t.Error(err)
						}
					})
				}
				started := time.Now()
				all.Wait()
				if took := time.Since(started); took > 30*time.Second || requests > 8*jobs {
					t.Errorf("%d jobs took %s and %d requests", jobs, took, requests)
				}
			})
		})
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func TestDo_ZeroValueTriesOnceInAnOutageToo(t *testing.T) {
	t.Parallel()
	for name, failure := range outages(t) {
		if got := run(t.Context(), httpapi.Retry{}, failure, 9); len(got.calls) != 1 || got.err != failure { //nolint:errorlint // nothing is added
			t.Errorf("%s: %d calls, %v", name, len(got.calls), got.err)
		}
	}
}

// Many jobs that fail at the same moment must not come back at the same moment.
func TestDo_PausesGrowAndDiffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		growing := []time.Duration{250, 500, 1000, 2000, 4000, 5000, 5000}
		first := map[time.Duration]bool{}
		for range 20 {
			got := run(t.Context(), httpapi.Retry{Attempts: len(growing) + 1}, again{}, 99)
			first[got.pauses[0]] = true
			for i, pause := range got.pauses {
				if middle := growing[i] * time.Millisecond; pause < middle/2 || pause >= middle*3/2 {
					t.Errorf("pause %d is %s, want about %s", i, pause, middle)
				}
			}
		}
		if len(first) < 10 {
			t.Errorf("20 jobs pause for %v", first)
		}
	})
}

func TestDo_HeedsRetryAfter(t *testing.T) {
	t.Parallel()
	failure := failWith(t, fixed(429, "", "Retry-After", "7"))
	synctest.Test(t, func(t *testing.T) {
		different := map[time.Duration]bool{}
		for range 20 {
			got := run(t.Context(), httpapi.Retry{Attempts: 2}, failure, 1)
			if got.err != nil || len(got.pauses) != 1 || got.pauses[0] < 7*time.Second || got.pauses[0] > 7125*time.Millisecond {
				t.Fatalf("pauses %v, %v", got.pauses, got.err)
			}
			different[got.pauses[0]] = true
		}
		if len(different) < 10 {
			t.Errorf("the server asks all jobs for the same pause, and they take it: %v", different)
		}
	})
}

// A server that is back shortly before the deadline isn't missed, and nothing is tried after that.
func TestDo_CutsThePauseSoThatAFinalAttemptFits(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{
		"no pause named":         failWith(t, fixed(503, "")),
		"a pause of an hour":     failWith(t, fixed(503, "", "Retry-After", "3600")),
		"a pause to the instant": failWith(t, fixed(429, "", "Retry-After", "6")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
				defer cancel()
				got := run(ctx, httpapi.Retry{Attempts: 100, FinalAttempt: time.Second}, failure, 1000)
				if last := got.calls[len(got.calls)-1]; last != 5*time.Second || got.took != 5*time.Second || ctx.Err() != nil {
					t.Errorf("calls at %v, over after %s", got.calls, got.took)
				}
				if got.err == nil || !strings.Contains(got.err.Error(), "no time is left for another") {
					t.Errorf("the error doesn't say why it gave up: %v", got.err)
				}
			})
		})
	}
}

func TestDo_GivesUpAtOnceWhereNoAttemptFits(t *testing.T) {
	t.Parallel()
	failure := failWith(t, fixed(503, "", "Retry-After", "7"))
	for name, policy := range map[string]httpapi.Retry{
		"no final attempt":            {Attempts: 4},
		"a final attempt of too long": {Attempts: 4, FinalAttempt: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				got := run(ctx, policy, failure, 9)
				if got.took != 0 || len(got.calls) != 1 || len(got.pauses) != 0 {
					t.Errorf("took %s, calls at %v, notices of %v", got.took, got.calls, got.pauses)
				}
				if got.err == nil || !strings.HasSuffix(got.err.Error(), "(gave up after attempt 1: no time is left for another)") {
					t.Errorf("the error doesn't say why it gave up: %v", got.err)
				}
			})
		})
	}
}

func TestDo_EndsAtOnceWhenCancelledInAPause(t *testing.T) {
	t.Parallel()
	failure := failWith(t, fixed(503, "", "Retry-After", "30"))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(errors.New("told to stop")) })
		got := run(ctx, httpapi.Retry{Attempts: 5}, failure, 9)
		if got.took != 3*time.Second || len(got.calls) != 1 {
			t.Errorf("took %s, calls at %v", got.took, got.calls)
		}
		if got.err == nil || !strings.HasSuffix(got.err.Error(), "(gave up after attempt 1: told to stop)") || !errors.Is(got.err, failure) {
			t.Errorf("got %v", got.err)
		}
	})
}

func TestDo_EndsAfterACallDuringWhichItWasCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		notices := 0
		_, err := httpapi.Do(ctx, httpapi.Retry{Attempts: 5, Notify: func(error, time.Duration) { notices++ }}, func(context.Context) (int, error) {
			cancel(errors.New("told to stop"))
			return 0, again{}
		})
		if err == nil || err.Error() != "try again (gave up after attempt 1: told to stop)" || notices != 0 {
			t.Errorf("%d notices, %v", notices, err)
		}
	})
}

// The end of ctx is told once, also where it ended a call.
func TestDo_TellsTheEndOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("the step took too long"))
		defer cancel()
		client := httpapi.WithTransport(transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		_, err := httpapi.Do(ctx, httpapi.Retry{Attempts: 5}, func(ctx context.Context) (httpapi.Answer, error) {
			return client.Send(ctx, post(t, "https://jfrog.test/x"))
		})
		if want := "minting: no answer: the step took too long (POST https://jfrog.test/x) (gave up after attempt 1)"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
}

func TestDo_BoundsOneAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		_, err := httpapi.Do(t.Context(), httpapi.Retry{PerAttempt: 3 * time.Second}, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, context.Cause(ctx)
		})
		if err == nil || err.Error() != "no answer within 3s (limit of one attempt)" || time.Since(started) != 3*time.Second {
			t.Errorf("after %s: %v", time.Since(started), err)
		}
		_, err = httpapi.Once(t.Context(), 0, func(ctx context.Context) (int, error) {
			if _, bounded := ctx.Deadline(); bounded {
				t.Error("a bound of nothing bounds")
			}
			return 0, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestAttempts_AgainDecidesByWhatTheCallerSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		attempts := httpapi.Retry{Attempts: 3}.Start(t.Context())
		if !attempts.Again(errors.New("refused"), true) {
			t.Error("a failure that the caller repeats wasn't repeated")
		}
		if attempts.Again(again{}, false) {
			t.Error("a failure that the caller doesn't repeat was repeated")
		}
		if err := attempts.Explain(nil); err != nil {
			t.Errorf("no failure became %v", err)
		}
	})
}

func TestIsTemporary(t *testing.T) {
	t.Parallel()
	for want, errs := range map[bool][]error{
		true:  {again{}, errors.Join(errors.New("x"), again{}), failWith(t, fixed(503, ""))},
		false: {nil, errors.New("x"), failWith(t, fixed(400, ""))},
	} {
		for _, err := range errs {
			if httpapi.IsTemporary(err) != want {
				t.Errorf("%v: want %t", err, want)
			}
		}
	}
}

func TestWithGracePeriod(t *testing.T) {
	t.Parallel()
	stopped := errors.New("told to stop")
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		ctx, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, "kept"))
		lasting, done := httpapi.WithGracePeriod(ctx, func(context.Context) time.Duration { return 2 * time.Second })
		defer done()
		time.Sleep(time.Minute)
		cancel(stopped)
		time.Sleep(1999 * time.Millisecond)
		if lasting.Err() != nil || lasting.Value(key{}) != "kept" {
			t.Errorf("within the grace period: %v, value %v", lasting.Err(), lasting.Value(key{}))
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !errors.Is(context.Cause(lasting), stopped) {
			t.Errorf("after the grace period: %v", context.Cause(lasting))
		}
	})
}

func TestWithGracePeriod_LeavesNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		lasting, done := httpapi.WithGracePeriod(ctx, func(context.Context) time.Duration { return time.Second })
		done()
		if !errors.Is(lasting.Err(), context.Canceled) {
			t.Errorf("it goes on after the caller's end: %v", lasting.Err())
		}
		cancel()
		ended, cancelEnded := context.WithCancel(t.Context())
		cancelEnded()
		late, done := httpapi.WithGracePeriod(ended, func(context.Context) time.Duration { return time.Second })
		defer done()
		time.Sleep(999 * time.Millisecond)
		if late.Err() != nil {
			t.Error("a context that had ended before has no grace period")
		}
		time.Sleep(2 * time.Millisecond)
		if late.Err() == nil {
			t.Error("a context that had ended before lasts")
		}
	})
}

func TestSleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		if !httpapi.Sleep(t.Context(), 5*time.Second) || time.Since(started) != 5*time.Second {
			t.Errorf("slept %s", time.Since(started))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if httpapi.Sleep(ctx, time.Minute) || time.Since(started) != 6*time.Second {
			t.Errorf("slept on after the end: %s", time.Since(started))
		}
		if httpapi.Sleep(ctx, 0) {
			t.Error("no pause after the end counts as slept")
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const date, later, earlier = "Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:14 GMT", "Fri, 02 Jan 2026 02:04:14 GMT"
	for _, test := range []struct {
		after, date string
		want        time.Duration
	}{
		{"7", date, 7 * time.Second}, {"0", date, 0}, {"-4", date, 0}, {"soon", date, 0}, {"", date, 0}, {"1.5", date, 0},
		{"3600", date, time.Hour}, {"999999", date, time.Hour}, {"99999999999999999999", date, time.Hour}, {"-99999999999999999999", date, 0},
		{later, date, 9 * time.Second}, {earlier, date, 0}, {"Fri, 02 Jan 2099 03:04:05 GMT", date, time.Hour}, {later, "", 5 * time.Second}, {later, "yesterday", 5 * time.Second},
	} {
		failure := failWith(t, fixed(429, "", "Retry-After", test.after, "Date", test.date))
		if got := httpapi.RetryAfter(failure); got != test.want || failure.RetryAfter() != test.want {
			t.Errorf("Retry-After %q on %q: %s, want %s", test.after, test.date, got, test.want)
		}
	}
	if got := httpapi.RetryAfter(again{}); got != 0 {
		t.Errorf("another error asks for %s", got)
	}
}

// FuzzRetryAfter: no header makes the program wait for more than an hour, or for less than nothing.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "3", "-3", "99999999999999999999", "1e9", "Sun, 06 Nov 1994 08:49:37 GMT", "soon"} {
		f.Add(seed, "Sun, 06 Nov 1994 08:49:30 GMT")
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		if wait := failWith(t, fixed(429, "", "Retry-After", after, "Date", date)).RetryAfter(); wait < 0 || wait > time.Hour {
			t.Errorf("%q, %q: %s", after, date, wait)
		}
	})
}
