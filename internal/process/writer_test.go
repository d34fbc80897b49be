package process

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowReader takes a write when it is told to.
type slowReader struct {
	next  chan error
	taken strings.Builder
}

func (s *slowReader) Write(data []byte) (int, error) {
	if err := <-s.next; err != nil {
		return 0, err
	}
	return s.taken.Write(data)
}

// written writes a line, spoils the buffer as a caller may, and returns how long it took.
func written(w *Writer, line string) (time.Duration, error) {
	began, data := time.Now(), []byte(line)
	_, err := w.Write(data)
	clear(data)
	return time.Since(began), err
}

func TestWriter_OutlastsAStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reader := &slowReader{next: make(chan error, 4)}
		w := NewWriter(reader, nil)
		reader.next <- nil
		if took, err := written(w, "first\n"); err != nil || took != 0 {
			t.Errorf("took %s, %v", took, err)
		}
		took, err := written(w, "stalled\n")
		if err == nil || took != 5*time.Second || !strings.Contains(err.Error(), "within 5s (limit of a write)") {
			t.Errorf("took %s, %v", took, err)
		}
		if took, err := written(w, "lost\n"); err == nil || took != 0 || !errors.Is(w.Err(), err) {
			t.Errorf("took %s, %v, then %v", took, err, w.Err())
		}
		// The reader goes on: the stalled line comes first.
		reader.next <- nil
		reader.next <- nil
		synctest.Wait()
		if took, err := written(w, "last\n"); err != nil || took != 0 || w.Err() != nil {
			t.Errorf("took %s, %v, then %v", took, err, w.Err())
		}
		if got := reader.taken.String(); got != "first\nstalled\nlast\n" {
			t.Errorf("got %q", got)
		}
		reader.next <- io.ErrClosedPipe
		if _, err := written(w, "refused\n"); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWriter_WaitsLessAfterASignal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ signal, want time.Duration }{
		"before": {0, 250 * time.Millisecond}, "meanwhile": {400 * time.Millisecond, 650 * time.Millisecond}, "too late": {6 * time.Second, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				reader, stopping := &slowReader{next: make(chan error)}, make(chan struct{})
				time.AfterFunc(test.signal, func() { close(stopping) })
				synctest.Wait()
				if took, err := written(NewWriter(reader, stopping), "line\n"); err == nil || took != test.want {
					t.Errorf("took %s, %v, want %s", took, err, test.want)
				}
				time.Sleep(test.signal)
				reader.next <- nil // no goroutine stays behind
			})
		})
	}
}
