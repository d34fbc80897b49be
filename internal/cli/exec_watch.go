package cli

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/frogmint/frogmint/internal/child"
)

// watch is the signals of one run of exec. Its methods are for one goroutine.
type watch struct {
	signals chan os.Signal // all of child.Signals, in their order
	first   os.Signal      // the first that asked to end; nil before it
	at      time.Time      // when that was noticed
	now     func() time.Time
	stop    func()
}

// watch begins to collect signals. The death of the parent and the end of ctx count as SIGTERM.
func (c *Command) watch(ctx context.Context, log *printer) *watch {
	w := &watch{signals: make(chan os.Signal, 16), now: c.Now}
	raw, orphaned, quit := make(chan os.Signal, 16), make(chan struct{}), make(chan struct{})
	c.Subscribe(raw, child.Signals()...)
	unfollow := child.FollowParent(c.Subscribe, c.Unsubscribe, func() { close(orphaned) })
	w.stop = func() {
		c.Unsubscribe(raw)
		unfollow()
		close(quit)
	}
	go w.collect(ctx, raw, orphaned, quit, log)
	return w
}

// named is how long the signal that ended a context may take to arrive here too.
const named = 100 * time.Millisecond

func (w *watch) collect(ctx context.Context, raw <-chan os.Signal, orphaned, quit <-chan struct{}, log *printer) {
	done := ctx.Done()
	var late <-chan time.Time
	asked := false
	for {
		var sig os.Signal = syscall.SIGTERM
		why := ""
		select {
		case sig = <-raw:
			asked = asked || child.Ends(sig)
		case <-orphaned:
			orphaned = nil
			why = "the process that started frogmint has ended: ending as for SIGTERM"
		case <-done:
			done, late = nil, time.After(named)
			continue
		case <-late:
			if asked {
				continue // a signal ended the context, and has been passed on
			}
		case <-quit:
			return
		}
		select {
		case w.signals <- sig:
		default: // sixteen wait unread already
		}
		if why != "" {
			log.Info(why) // only now: a log that nobody reads any more takes its time
		}
	}
}

// note remembers the first signal that asks to end.
func (w *watch) note(sig os.Signal) {
	if w.first == nil {
		w.first, w.at = sig, w.now()
	}
}

// left is what of a time after the first signal is left; all of it before that signal.
func (w *watch) left(grace time.Duration) time.Duration {
	if w.first == nil {
		return grace
	}
	return max(grace-w.now().Sub(w.at), 0)
}

// during does some work with a context that ends at the first signal that asks to end, or has ended if that came before.
// It returns false when the work hasn't ended within the grace after that signal; the work then is left behind.
func (w *watch) during(ctx context.Context, grace time.Duration, work func(context.Context)) bool {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		work(ctx)
	}()
	var over <-chan time.Time
	for {
		if w.first != nil && over == nil {
			cancel(fmt.Errorf("stopped by signal %d (%s)", number(w.first), w.first))
			over = time.After(w.left(grace))
		}
		select {
		case <-finished:
			return true
		case <-over:
			return false
		case sig := <-w.signals:
			if child.Ends(sig) {
				w.note(sig)
			}
		}
	}
}
