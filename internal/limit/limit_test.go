package limit_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/limit"
)

func TestReadAllFailsPastTheLimit(t *testing.T) {
	t.Parallel()
	if data, err := limit.ReadAll(strings.NewReader("12345"), 5, "answer"); err != nil || string(data) != "12345" {
		t.Errorf("at the limit: %q, %v", data, err)
	}
	data, err := limit.ReadAll(strings.NewReader("123456"), 5, "answer")
	if data != nil || err == nil || !strings.Contains(err.Error(), "more than 5 bytes (limit answer)") {
		t.Errorf("past the limit: %q, %v", data, err)
	}
	broken := io.MultiReader(strings.NewReader("x"), errReader{})
	if data, err := limit.ReadAll(broken, 5, "answer"); data != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("broken: %q, %v", data, err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// again is an error that may be gone a moment later.
type again struct{ after time.Duration }

func (again) Error() string               { return "try again" }
func (again) Temporary() bool             { return true }
func (e again) RetryAfter() time.Duration { return e.after }

func TestDo(t *testing.T) {
	t.Parallel()
	permanent := errors.New("no")
	tests := map[string]struct {
		tries   uint
		budget  time.Duration
		failure error
		fail    int // how often op fails
		calls   int
		least   time.Duration // what passes on the clock
		most    time.Duration
		err     string
	}{
		"success":                 {4, time.Minute, again{}, 0, 1, 0, 0, ""},
		"second try":              {4, time.Minute, again{}, 1, 2, 100 * time.Millisecond, time.Second, ""},
		"no sleep after the last": {3, time.Minute, again{}, 9, 3, 300 * time.Millisecond, 2 * time.Second, "try again (gave up after 3 tries)"},
		"permanent":               {4, time.Minute, permanent, 9, 1, 0, 0, "no"},
		"zero tries is one":       {0, time.Minute, again{}, 9, 1, 0, 0, "try again"},
		"the server's pause":      {2, time.Minute, again{7 * time.Second}, 1, 2, 7 * time.Second, 7 * time.Second, ""},
		"a pause past the budget": {4, 5 * time.Second, again{7 * time.Second}, 9, 1, 0, 0,
			"try again (gave up after try 1: the pause that the server asks for, 7s, is longer than the time that is left)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.budget)
				defer cancel()
				calls, notified := 0, 0
				started := time.Now()
				policy := limit.Retry{Tries: test.tries, Notify: func(error, time.Duration) { notified++ }}
				got, err := limit.Do(ctx, policy, func(context.Context) (string, error) {
					if calls++; calls <= test.fail {
						return "", test.failure
					}
					return "done", nil
				})
				if took := time.Since(started); took < test.least || took > test.most {
					t.Errorf("took %s, want %s to %s", took, test.least, test.most)
				}
				if calls != test.calls || notified != calls-1 {
					t.Errorf("%d calls and %d notices, want %d and one less", calls, notified, test.calls)
				}
				if test.err == "" && (err != nil || got != "done") || test.err != "" && (err == nil || err.Error() != test.err) {
					t.Errorf("got %q, %v; want error %q", got, err, test.err)
				}
				if test.err != "" && !errors.Is(err, test.failure) {
					t.Errorf("the cause is lost: %v", err)
				}
			})
		})
	}
}

// A server that is back shortly before the budget ends is not missed, and nothing is tried after that.
func TestDoTriesOnceMoreBeforeTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		started, calls := time.Now(), []time.Duration{}
		_, err := limit.Do(ctx, limit.Retry{Tries: 100, LastTry: time.Second}, func(context.Context) (int, error) {
			calls = append(calls, time.Since(started))
			return 0, again{}
		})
		if last := calls[len(calls)-1]; last != 5*time.Second || ctx.Err() != nil {
			t.Errorf("the last of %v isn't a second before the end; %v", calls, ctx.Err())
		}
		if err == nil || !strings.Contains(err.Error(), "longer than the time that is left") {
			t.Errorf("the error doesn't say why it gave up: %v", err)
		}
		_, err = limit.Do(ctx, limit.Retry{Tries: 100, LastTry: 100 * time.Millisecond}, func(context.Context) (int, error) {
			return 0, again{7 * time.Second}
		})
		if took := time.Since(started); took != 5*time.Second || err == nil {
			t.Errorf("a pause that the server named was cut: %s, %v", took, err)
		}
	})
}

func TestDoNamesTheBoundThatEndedIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, err := limit.Do(t.Context(), limit.Retry{Tries: 1, PerTry: 3 * time.Second}, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, context.Cause(ctx)
		})
		if err == nil || err.Error() != "no answer within 3s (limit of one try)" {
			t.Errorf("one try: %v", err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err = limit.Do(ctx, limit.Retry{Tries: 5}, func(context.Context) (int, error) {
			cancel(errors.New("told to stop"))
			return 0, again{}
		})
		if err == nil || !strings.Contains(err.Error(), "gave up after try 1: told to stop") {
			t.Errorf("interrupted: %v", err)
		}
	})
}

func TestPatient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		lasting, done := limit.Patient(ctx, 2*time.Second)
		defer done()
		cancel(errors.New("told to stop"))
		time.Sleep(1900 * time.Millisecond)
		if lasting.Err() != nil {
			t.Error("it ended before the grace")
		}
		time.Sleep(200 * time.Millisecond)
		if context.Cause(lasting) == nil || context.Cause(lasting).Error() != "told to stop" {
			t.Errorf("after the grace: %v", context.Cause(lasting))
		}
	})
}

func TestClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed, with authorization %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	if status, err := get(t, newClient(t, limit.Transport{}), server.URL); err != nil || status != http.StatusTemporaryRedirect {
		t.Errorf("status %d, %v", status, err)
	}
}

func TestClientRefusesWeakTLSAndStrangers(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10} //nolint:gosec // what is refused
	server.StartTLS()
	t.Cleanup(server.Close)
	if _, err := get(t, newClient(t, limit.Transport{}), server.URL); err == nil {
		t.Error("TLS 1.1 was spoken")
	}
	stranger := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)
	if _, err := get(t, newClient(t, limit.Transport{}), stranger.URL); err == nil {
		t.Error("an unknown authority was trusted")
	}
	if _, err := limit.NewClient(limit.Transport{RootsPEM: []byte("no certificate")}); err == nil {
		t.Error("a PEM text without a certificate was taken")
	}
}

func TestClientBoundsHeaders(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Flood", strings.Repeat("x", 2*limit.Headers))
	}))
	t.Cleanup(server.Close)
	if _, err := get(t, newClient(t, limit.Transport{}), server.URL); err == nil {
		t.Error("headers without end were taken")
	}
}

func newClient(t *testing.T, transport limit.Transport) *http.Client {
	t.Helper()
	client, err := limit.NewClient(transport)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func get(t *testing.T, client *http.Client, url string) (status int, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer secret")
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}
