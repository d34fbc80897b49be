package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// The bounds on the wait for one write.
const (
	writeLimit            = 5 * time.Second
	writeLimitAfterSignal = 250 * time.Millisecond // the time that is left then is for the revocation
)

// Writer writes to a stream that may stall, and waits five seconds at the most. Safe for concurrent use.
//
// A log whose reader had stopped to read, and not closed it, kept frogmint exec from ending: the command had filled the
// pipe, the next line of the program's own never left it, and behind that line stood the revocation. The signal that was
// to end it had been noted, so only a SIGKILL did, and the token lived.
//
// A write that isn't taken in time fails, and so does each after it until the stalled one has been taken: bytes keep
// their order, and nothing counts as written that wasn't. What failed may come out late, or in part. The stalled write
// stays behind in a goroutine of its own, one for each Writer at the most.
type Writer struct {
	stream   io.Writer
	stopping <-chan struct{}

	mu      sync.Mutex
	stalled <-chan error // the result of the stalled write; nil when there is none
	err     error
}

// NewWriter returns a Writer to a stream that nothing else closes. Once stopping is closed, as the channel of a context is
// that ends at a signal, a write waits for a quarter of a second only. It may be nil.
func NewWriter(stream io.Writer, stopping <-chan struct{}) *Writer {
	return &Writer{stream: stream, stopping: stopping}
}

// Write writes all of data or fails. It keeps no hold on data.
func (w *Writer) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err = w.write(bytes.Clone(data)); w.err != nil {
		return 0, w.err
	}
	return len(data), nil
}

// Err is the error of the last write, nil if it was taken.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

func (w *Writer) write(data []byte) error {
	if w.stalled != nil {
		select {
		case w.err = <-w.stalled: // too late for whoever wrote it
			w.stalled = nil
		default:
			return errors.New("nobody reads what is written")
		}
	}
	done := make(chan error, 1)
	go func() {
		_, err := w.stream.Write(data)
		done <- err
	}()
	return w.await(done)
}

func (w *Writer) await(done <-chan error) error {
	stopping, limit := w.stopping, writeLimit
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-stopping:
			stopping, limit = nil, writeLimitAfterSignal
			timer.Reset(limit)
		case <-timer.C:
			select {
			case err := <-done: // both came while the machine did other things
				return err
			default:
			}
			w.stalled = done
			return fmt.Errorf("nobody has read what was written within %s (limit of a write)", limit)
		}
	}
}
