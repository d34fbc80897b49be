package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

func TestLatency_EndsWithItsClient(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault string
		live  int // after the client has gone away
	}{
		"works first":  {"latency=1h@mint", 1},
		"waits before": {"latency-before=1h@mint", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := startInBubble(t, faults(t, tt.fault))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				req := c.request(http.MethodPost, tokensAPI, c.admin(), jsonBody(`{}`)).WithContext(ctx)
				if _, err := c.roundTrip(req); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				synctest.Wait()
				if handled := c.box.Server.Requests(); len(handled) != 1 { // long before the hour is over
					t.Errorf("handled %v", handled)
				}
				if live := c.box.Server.LiveTokens(); len(live) != tt.live {
					t.Errorf("live %v, want %d", live, tt.live)
				}
			})
		})
	}
}

// within runs one request and wants it to take as long as so many bytes at 400 a second.
func within(t *testing.T, bytes func(answer) int, request func() answer) {
	t.Helper()
	began := time.Now()
	got := request()
	least := time.Duration(bytes(got)) * time.Second / 400
	if took := time.Since(began); took < least || took > least+time.Millisecond {
		t.Errorf("it took %s, want %s", took, least)
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t, faults(t, "slow=400"))
		within(t, func(got answer) int { return len(got.text) }, func() answer {
			got := c.do(http.MethodGet, versionAt, c.admin())
			if got.object(t)["version"] == nil {
				t.Errorf("got %s", got.text)
			}
			return got
		})
		// An answer without a body comes when its header would have come.
		header := len("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
		within(t, func(answer) int { return header }, func() answer {
			return c.do(http.MethodDelete, tokensAPI+"/x", c.admin())
		})
	})
}

// A 204 has no body to spoil: the connection breaks in the header instead, or gets one.
func TestFaultsWithoutBody(t *testing.T) {
	t.Parallel()
	c := start(t, faults(t, "truncate@revoke"))
	if _, err := c.roundTrip(c.request(http.MethodDelete, tokensAPI+"/x", c.admin())); err == nil {
		t.Error("truncate answered")
	}
	huge := start(t, faults(t, "huge@revoke"))
	if got := huge.do(http.MethodDelete, tokensAPI+"/x", huge.admin()); len(got.text) <= 1<<20 {
		t.Errorf("%d bytes", len(got.text))
	}
}

func TestHandlerWithoutConnection(t *testing.T) {
	t.Parallel()
	// Served by something that can't give its connection away, a reset still isn't an answer.
	server, err := sandbox.New(sandbox.WithBaseURL("http://sandbox"), faults(t, "reset"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() != http.ErrAbortHandler { //nolint:errorlint // a panic's value
			t.Error("answered")
		}
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://sandbox"+versionAt, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	server.ServeHTTP(plainWriter{}, req)
}

type plainWriter struct{}

func (plainWriter) Header() http.Header         { return http.Header{} }
func (plainWriter) Write(b []byte) (int, error) { return len(b), nil }
func (plainWriter) WriteHeader(int)             {}

// A body that breaks off, or isn't what its header says, is a bad request that the books have.
func TestUnreadableBody(t *testing.T) {
	t.Parallel()
	c := start(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "POST "+tokensAPI+" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	text := make([]byte, 64)
	n, _ := conn.Read(text)
	if !strings.HasPrefix(string(text[:n]), "HTTP/1.1 400") {
		t.Errorf("got %q", text[:n])
	}
	if seen := c.box.Server.Requests(); len(seen) != 1 || seen[0].Status != 400 || seen[0].Path != tokensAPI {
		t.Errorf("got %+v", seen)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := start(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: x\r\nX-Long: "+strings.Repeat("x", 100<<10)+"\r\n\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	text := make([]byte, 64)
	n, _ := conn.Read(text)
	if !strings.HasPrefix(string(text[:n]), "HTTP/1.1 431") {
		t.Errorf("got %q", text[:n])
	}
	if server := c.box.Server.HTTPServer(); server.ReadHeaderTimeout == 0 || server.MaxHeaderBytes == 0 {
		t.Errorf("no limits: %+v", server)
	}
}
