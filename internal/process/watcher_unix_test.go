//go:build unix

package process

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// watched is a Watcher whose signals a test sends.
type watched struct {
	*Watcher
	send    chan<- os.Signal
	stopped int // calls of OnSignal
}

func watch(ctx context.Context, t *testing.T) *watched {
	t.Helper()
	w := &watched{}
	w.Watcher = NewWatcher(ctx, Watching{
		Subscribe: func(to chan<- os.Signal, list ...os.Signal) {
			if slices.Contains(list, os.Signal(syscall.SIGINT)) {
				w.send = to
			}
		},
		Unsubscribe: func(chan<- os.Signal) {},
		Limits: func(first os.Signal) Limits {
			if first == syscall.SIGTERM {
				return Limits{Command: time.Second, Cleanup: 2 * time.Second, Exit: 3 * time.Second}
			}
			return Limits{Command: 2 * time.Second, Cleanup: 4 * time.Second, Exit: 5 * time.Second}
		},
		OnSignal: func() { w.stopped++ },
		Info:     func(string) {},
	})
	t.Cleanup(w.Close)
	return w
}

// elapsed returns what has passed, rounded: the bubble's clock stands still while work is done.
func elapsed(began time.Time) time.Duration { return time.Since(began).Round(time.Millisecond) }

func TestRunUntilSignal_EndsTheContextAtTheSignal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, began := watch(t.Context(), t), time.Now()
		time.AfterFunc(time.Second, func() { w.send <- syscall.SIGUSR1 })
		time.AfterFunc(2*time.Second, func() { w.send <- syscall.SIGINT })
		time.AfterFunc(3*time.Second, func() { w.send <- syscall.SIGTERM })
		var after time.Duration
		var cause error
		ended := w.RunUntilSignal(t.Context(), func(ctx context.Context) {
			<-ctx.Done()
			after, cause = elapsed(began), context.Cause(ctx)
			time.Sleep(2 * time.Second) // it cleans up
		})
		var stop *StopError
		if !ended || after != 2*time.Second || !errors.As(cause, &stop) || stop.Signal != syscall.SIGINT || stop.GracePeriod() != 4*time.Second {
			t.Errorf("ended: %v; the context after %s with %+v", ended, after, cause)
		}
		if w.First() != syscall.SIGINT || w.Status() != 130 || w.stopped != 2 {
			t.Errorf("first signal %v, status %d, told %d times", w.First(), w.Status(), w.stopped)
		}
		// What begins later has what is left.
		w.RunUntilSignal(t.Context(), func(ctx context.Context) {
			if !errors.As(context.Cause(ctx), &stop) || stop.GracePeriod() != 2*time.Second || stop.Error() != "stopped by signal 2 (interrupt)" {
				t.Errorf("work after the signal got a context with the cause %v", context.Cause(ctx))
			}
		})
	})
}

func TestRunUntilSignal_LeavesWorkThatLastsTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, began := watch(t.Context(), t), time.Now()
		time.AfterFunc(time.Second, func() { w.send <- syscall.SIGTERM })
		ended := w.RunUntilSignal(t.Context(), func(context.Context) { time.Sleep(time.Minute) })
		if took := elapsed(began); ended || took != 4*time.Second {
			t.Errorf("ended: %v, after %s", ended, took)
		}
		time.Sleep(time.Minute)
	})
}

func TestRunPastSignal_LetsWorkGoOn(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]time.Duration{"meanwhile": time.Second, "before": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := watch(t.Context(), t)
				w.send <- syscall.SIGINT
				if signal == 0 {
					w.Stop(<-w.Signals())
				}
				began := time.Now()
				w.RunPastSignal(t.Context(), func(ctx context.Context) {
					<-ctx.Done()
					want := "not done within 4s of signal 2 (interrupt) (limit of cleaning up)"
					if took := elapsed(began); took != 4*time.Second || context.Cause(ctx).Error() != want {
						t.Errorf("the context ended after %s with %v", took, context.Cause(ctx))
					}
				})
			})
		})
	}
}

// The end of the context means the end of the job, whoever ended it. The signal that ended it counts once.
func TestWatcher_TakesTheEndOfItsContextForATermination(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]os.Signal{"without a signal": nil, "with its signal": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				w := watch(ctx, t)
				cancel()
				want := os.Signal(syscall.SIGTERM)
				if sig != nil {
					want = sig
					w.send <- sig
				}
				if got := <-w.Signals(); got != want {
					t.Errorf("got %v, want %v", got, want)
				}
				time.Sleep(time.Minute)
				select {
				case more := <-w.Signals():
					t.Errorf("then came %v", more)
				default:
				}
			})
		})
	}
}

func TestWatcher_HasNoCauseBeforeASignal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t.Context(), t)
		if w.Cause() != nil || w.First() != nil {
			t.Errorf("got %v", w.Cause())
		}
		w.Stop(syscall.SIGTERM)
		if err := w.Cause(); err == nil || !strings.Contains(err.Error(), "signal 15 (terminated)") {
			t.Errorf("got %v", err)
		}
	})
}
