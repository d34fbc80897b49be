package process

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Watching says what a Watcher works with. All fields are required.
type Watching struct {
	// Subscribe and Unsubscribe are signal.Notify and signal.Stop.
	Subscribe   func(chan<- os.Signal, ...os.Signal)
	Unsubscribe func(chan<- os.Signal)
	// Limits are those after a first signal.
	Limits func(first os.Signal) Limits
	// OnSignal is called at each signal that asks this process to end, before anything else is done about it. It may be called
	// again and must not block.
	OnSignal func()
	// Info takes a line for people. It may block.
	Info func(line string)
}

// Watcher collects this process's signals. The death of the parent process counts as SIGTERM. Its methods are for one
// goroutine at a time.
type Watcher struct {
	watching Watching
	signals  chan os.Signal
	quit     chan struct{}
	release  func() // ends the subscriptions

	first   os.Signal
	noticed time.Time // when first came
	limits  Limits
}

// NewWatcher begins to collect signals, until Close. The end of ctx counts as SIGTERM, unless a signal comes with it.
func NewWatcher(ctx context.Context, watching Watching) *Watcher {
	w := &Watcher{watching: watching, signals: make(chan os.Signal, 16), quit: make(chan struct{})}
	raw, orphaned := make(chan os.Signal, 16), make(chan struct{})
	watching.Subscribe(raw, Signals()...)
	unfollow := followParent(watching.Subscribe, watching.Unsubscribe, func() { close(orphaned) })
	w.release = func() {
		watching.Unsubscribe(raw)
		unfollow()
	}
	go w.collect(ctx, raw, orphaned)
	return w
}

// Close ends the watch. It must be called once.
func (w *Watcher) Close() {
	w.release()
	close(w.quit)
}

// Signals delivers all of Signals(), in their order. Only one of a Command and the methods of Watcher may read it at a time.
func (w *Watcher) Signals() <-chan os.Signal { return w.signals }

// First is the first signal that asked this process to end; nil before it.
func (w *Watcher) First() os.Signal { return w.first }

// Status is the exit status that tells of the first signal: 128 and its number.
func (w *Watcher) Status() int { return 128 + number(w.first) }

// Stop records a signal that was read from Signals and asks this process to end, and returns the limits that hold since the
// first of them.
func (w *Watcher) Stop(sig os.Signal) Limits {
	if w.first == nil {
		w.first, w.noticed, w.limits = sig, time.Now(), w.watching.Limits(sig)
	}
	return w.limits
}

// RunUntilSignal runs work with a context that ends at the first signal, with a *StopError as its cause, and that has ended
// if the signal came before. It reports false when work hasn't ended within Limits.Exit after the signal. Work is then left
// behind.
func (w *Watcher) RunUntilSignal(ctx context.Context, work func(context.Context)) (ended bool) {
	return w.run(ctx, func() time.Duration { return 0 }, work)
}

// RunPastSignal is RunUntilSignal with a context that lasts for Limits.Cleanup after the first signal.
func (w *Watcher) RunPastSignal(ctx context.Context, work func(context.Context)) (ended bool) {
	return w.run(ctx, func() time.Duration { return w.limits.Cleanup }, work)
}

func (w *Watcher) run(ctx context.Context, delay func() time.Duration, work func(context.Context)) bool {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if w.first != nil && w.until(delay()) == 0 {
		cancel(w.stopError(delay()))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		work(ctx)
	}()
	var cancelTime, exitTime <-chan time.Time
	for {
		if w.first != nil && exitTime == nil {
			cancelTime, exitTime = time.After(w.until(delay())), time.After(w.until(w.limits.Exit))
		}
		select {
		case <-ended:
			return true
		case <-cancelTime:
			cancel(w.stopError(delay()))
		case <-exitTime:
			return false
		case sig := <-w.signals:
			if AsksToEnd(sig) {
				w.Stop(sig)
			}
		}
	}
}

// Cause is a *StopError for a context that ends now because of the first signal; nil before it.
func (w *Watcher) Cause() error {
	if w.first == nil {
		return nil
	}
	return w.stopError(0)
}

func (w *Watcher) stopError(after time.Duration) *StopError {
	return &StopError{Signal: w.first, After: after, grace: w.until(w.limits.Cleanup)}
}

// until is what is left of a time after the first signal.
func (w *Watcher) until(limit time.Duration) time.Duration {
	return max(time.Until(w.noticed.Add(limit)), 0)
}

// StopError is the cause of a context that a signal ended.
type StopError struct {
	Signal os.Signal
	After  time.Duration // how long after the signal the context ended

	grace time.Duration
}

var _ error = (*StopError)(nil)

// Error names the signal.
func (e *StopError) Error() string {
	name := fmt.Sprintf("signal %d (%s)", number(e.Signal), e.Signal)
	if e.After > 0 {
		return fmt.Sprintf("not done within %s of %s (limit of cleaning up)", e.After, name)
	}
	return "stopped by " + name
}

// GracePeriod is how long whoever worked under the context may take to undo what it began.
func (e *StopError) GracePeriod() time.Duration { return e.grace }

func number(sig os.Signal) int {
	n, _ := sig.(syscall.Signal)
	return int(n)
}

// signalDelay is how long the signal that ended a context may take to arrive here too.
const signalDelay = 100 * time.Millisecond

func (w *Watcher) collect(ctx context.Context, raw <-chan os.Signal, orphaned <-chan struct{}) {
	done := ctx.Done()
	var withoutSignal <-chan time.Time
	asked := false
	for {
		var sig os.Signal = syscall.SIGTERM
		reason := ""
		select {
		case sig = <-raw:
			asked = asked || AsksToEnd(sig)
		case <-orphaned:
			orphaned = nil
			reason = "the process that started frogmint has ended: ending as for SIGTERM"
		case <-done:
			done, withoutSignal = nil, time.After(signalDelay)
			continue
		case <-withoutSignal:
			if asked {
				continue // a signal ended the context, and has been passed on
			}
		case <-w.quit:
			return
		}
		w.deliver(sig)
		if reason != "" {
			w.watching.Info(reason) // only now: a log that nobody reads any more takes its time
		}
	}
}

func (w *Watcher) deliver(sig os.Signal) {
	if AsksToEnd(sig) {
		w.watching.OnSignal()
	}
	select {
	case w.signals <- sig:
	default: // sixteen wait unread already
	}
}
