package action_test

import (
	"context"
	"io"
	"net"
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

// net/http must not repeat a mint below us: one attempt is one request on the wire.
func TestMint_SendsOneRequestAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var mints, reused int
		seen := map[string]bool{}
		p := newPlatform(t).behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			mint := isMint(r)
			if mint {
				mints++
				if seen[r.RemoteAddr] {
					reused++
				}
			}
			seen[r.RemoteAddr] = true
			mu.Unlock()
			if mint {
				reset(w)
				return
			}
			box.ServeHTTP(w, r)
		}).withProvider("github-broker")
		_, err := p.client.Mint(t.Context(), p.config)
		again := strings.Count(p.log.String(), "minting again in ")
		if err == nil || !strings.Contains(err.Error(), "(gave up after 6 attempts)") || again != 5 || mints != again+1 || reused == 0 {
			t.Errorf("%d requests for %d attempts, %d on a reused connection: %v", mints, again+1, reused, err)
		}
	})
}

func TestMint_FollowsNoRedirect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := newPlatform(t)
		p := newPlatform(t, sandbox.WithFaults(faults(t, "redirect="+away.URL+"/access/api/v1/tokens@mint")...))
		_, err := p.client.Mint(t.Context(), p.config)
		if err == nil || !strings.Contains(err.Error(), "which is not followed") || len(away.Server.Requests()) > 0 {
			t.Errorf("got %v", err)
		}
	})
}

// A Client may be used by several goroutines at once.
func TestClient_IsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		var running sync.WaitGroup
		for range 20 {
			running.Go(func() {
				token, err := p.client.Mint(t.Context(), p.config)
				if err != nil {
					t.Error(err)
					return
				}
				if report := p.client.Revoke(t.Context(), token.State()); report.Outcome != action.Revoked {
					t.Error(report)
				}
			})
		}
		running.Wait()
		if alive := p.alive(); len(alive) > 0 {
			t.Errorf("alive: %+v", alive)
		}
	})
}

// A gateway that switches protocols keeps the connection, and ends no answer.
func TestMint_WaitsForNoOtherProtocol(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t).behind(t, onMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			carriedOut(box, r)
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tls\r\n\r\n")
			time.AfterFunc(time.Hour, func() { _ = connection.Close() })
		}))
		began := time.Now()
		_, err := p.client.Mint(t.Context(), p.config)
		if took := time.Since(began); err == nil || took > 10*time.Second || len(p.alive()) > 0 {
			t.Errorf("after %s: %v; alive: %+v", took, err, p.alive())
		}
		time.Sleep(time.Hour)
	})
}

// closing notes how many connections are open.
type closing struct {
	net.Conn
	open *atomic.Int32
	once sync.Once
}

func (c *closing) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// No connection outlives a call.
func TestClient_LeavesNoConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		var open atomic.Int32
		p.client.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			connection, err := p.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			open.Add(1)
			return &closing{Conn: connection, open: &open}, nil
		}
		token := p.minted(t)
		synctest.Wait()
		if open.Load() != 0 {
			t.Errorf("%d are open after a mint", open.Load())
		}
		p.client.Revoke(t.Context(), token.State())
		if synctest.Wait(); open.Load() != 0 {
			t.Errorf("%d are open after a revocation", open.Load())
		}
		if _, err := p.client.Sweep(t.Context(), p.config, action.SweepRun); err != nil {
			t.Error(err)
		}
		if synctest.Wait(); open.Load() != 0 {
			t.Errorf("%d are open after a sweep", open.Load())
		}
	})
}
