package httpapi_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// memory is a server at the other end of pipes. It is for a testing/synctest bubble.
type memory struct {
	wait   time.Duration // before a connection stands
	fail   error         // instead of one
	greet  string        // what the server says before it was asked
	tls    *tls.Config   // nil for none
	mu     sync.Mutex
	dialed int
	ends   []net.Conn // the server's
	paths  []string
	closed int // connections that the client has closed
}

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	m.mu.Lock()
	m.dialed++
	fail, greet := m.fail, m.greet
	m.mu.Unlock()
	select {
	case <-time.After(m.wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if fail != nil {
		return nil, fail
	}
	here, there := net.Pipe()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ends = append(m.ends, there)
	go func() {
		if m.tls != nil {
			there = tls.Server(there, m.tls)
		}
		if greet != "" {
			_, _ = io.WriteString(there, greet)
		}
		server := &http.Server{Handler: m} //nolint:gosec // in memory
		_ = server.Serve(&oneConn{there})
	}()
	return &counted{here, sync.OnceFunc(func() { m.mu.Lock(); m.closed++; m.mu.Unlock() })}, nil
}

// counted tells when the client closes a connection.
type counted struct {
	net.Conn
	closing func()
}

// SetReadDeadline doesn't fail on a connection that the other side has closed, as with TCP.
func (c *counted) SetReadDeadline(t time.Time) error {
	_ = c.Conn.SetReadDeadline(t)
	return nil
}

func (c *counted) Close() error {
	c.closing()
	return c.Conn.Close()
}

func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.paths = append(m.paths, r.URL.Path)
	m.mu.Unlock()
	say(w, "{}")
}

// hangUp is the server's end of every connection.
func (m *memory) hangUp() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, end := range m.ends {
		_ = end.Close()
	}
}

// becomeWell ends what is wrong with further connections.
func (m *memory) becomeWell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail, m.greet = nil, ""
}

// want compares the numbers of connections that were made and that the client has closed, and of requests.
func (m *memory) want(t *testing.T, dialed, closed, requests int) {
	t.Helper()
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dialed != dialed || m.closed != closed || len(m.paths) != requests {
		t.Errorf("%d connections were made and %d closed, requests %q; want %d, %d, %d", m.dialed, m.closed, m.paths, dialed, closed, requests)
	}
}

// prepareIn runs a test in a bubble, with a client of the server. Afterwards everything must have been closed.
func prepareIn(t *testing.T, m *memory, test func(t *testing.T, client *httpapi.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, httpapi.Options{DialContext: m.dial})
		test(t, client)
		client.Close()
		synctest.Wait()
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.closed != len(m.ends) {
			t.Errorf("%d of %d connections are closed", m.closed, len(m.ends))
		}
		for _, end := range m.ends {
			_ = end.Close()
		}
	})
}

const memoryURL = "http://jfrog.test/x"

func send(t *testing.T, client *httpapi.Client) {
	t.Helper()
	if _, err := client.Send(t.Context(), post(t, memoryURL)); err != nil {
		t.Error(err)
	}
}

func TestPrepare_IsUsedOnce(t *testing.T) {
	t.Parallel()
	m := &memory{wait: time.Second}
	prepareIn(t, m, func(t *testing.T, client *httpapi.Client) {
		client.Prepare(t.Context(), mustURL(t, memoryURL), mustURL(t, "http://jfrog.test:80/other"))
		time.Sleep(time.Second)
		started := time.Now()
		send(t, client)
		m.want(t, 2, 0, 1)
		for range 2 {
			call := get(t, memoryURL)
			call.Fresh = true
			if _, err := client.Send(t.Context(), call); err != nil {
				t.Error(err)
			}
		}
		m.want(t, 3, 2, 3)
		if took := time.Since(started); took != time.Second {
			t.Errorf("took %s: one of the requests had to make its own connection", took)
		}
	})
}

func TestPrepare_IsWaitedFor(t *testing.T) {
	t.Parallel()
	m := &memory{wait: 4 * time.Second}
	prepareIn(t, m, func(t *testing.T, client *httpapi.Client) {
		started := time.Now()
		client.Prepare(t.Context(), mustURL(t, memoryURL))
		time.Sleep(3 * time.Second)
		send(t, client)
		if took := time.Since(started); took != 4*time.Second {
			t.Errorf("took %s", took)
		}
		m.want(t, 1, 0, 1)
	})
}

// TestPrepare_IsReplaced: a request that is sent over what can't be used any more would look like one that was carried out.
func TestPrepare_IsReplaced(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server    *memory
		meanwhile func(m *memory)
		closed    int
	}{
		"the server hung up":                   {&memory{}, func(m *memory) { synctest.Wait(); m.hangUp() }, 1},
		"it is half a minute old":              {&memory{}, func(*memory) { time.Sleep(30 * time.Second) }, 1},
		"the server spoke first":               {&memory{greet: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"}, func(m *memory) { synctest.Wait(); m.becomeWell() }, 1},
		"it failed before a request needed it": {&memory{fail: errors.New("down")}, func(m *memory) { synctest.Wait(); m.becomeWell() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prepareIn(t, test.server, func(t *testing.T, client *httpapi.Client) {
				client.Prepare(t.Context(), mustURL(t, memoryURL))
				test.meanwhile(test.server)
				answer, err := client.Send(t.Context(), post(t, memoryURL))
				if err != nil || string(answer.Body) != "{}" {
					t.Errorf("%q, %v", answer.Body, err)
				}
				test.server.want(t, 2, test.closed, 1)
			})
		})
	}
}

// TestPrepare_FailsTheRequestThatWaitsForIt: nothing was sent, and to fail once more would take the same time again.
func TestPrepare_FailsTheRequestThatWaitsForIt(t *testing.T) {
	t.Parallel()
	m := &memory{wait: 9 * time.Second, fail: errors.New("unreachable")}
	prepareIn(t, m, func(t *testing.T, client *httpapi.Client) {
		client.Prepare(t.Context(), mustURL(t, memoryURL))
		time.Sleep(time.Second)
		failure := failureOf(t.Context(), t, client, post(t, memoryURL))
		if !strings.Contains(failure.Error(), "unreachable") || failure.Indeterminate() || !failure.Temporary() {
			t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
		}
		m.want(t, 1, 0, 0)
	})
}

// TestPrepare_LeavesNothing has the ends of a client whose connection nobody used.
func TestPrepare_LeavesNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server *memory
		end    func(t *testing.T, client *httpapi.Client)
	}{
		"made":                     {&memory{}, func(*testing.T, *httpapi.Client) { synctest.Wait() }},
		"not made yet":             {&memory{wait: time.Hour}, func(*testing.T, *httpapi.Client) { synctest.Wait() }},
		"the server hung up first": {&memory{}, nil},
		"failed":                   {&memory{fail: errors.New("down")}, func(*testing.T, *httpapi.Client) { synctest.Wait() }},
		"given up by its request": {&memory{wait: time.Hour}, func(t *testing.T, client *httpapi.Client) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if failure := failureOf(ctx, t, client, post(t, memoryURL)); failure.Indeterminate() {
				t.Errorf("%v may have been carried out", failure)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prepareIn(t, test.server, func(t *testing.T, client *httpapi.Client) {
				client.Prepare(t.Context(), mustURL(t, memoryURL))
				if test.end == nil {
					synctest.Wait()
					test.server.hangUp()
				} else {
					test.end(t, client)
				}
				test.server.want(t, 1, 0, 0)
			})
		})
	}
}

// TestPrepare_OutlivesItsContext: the job was told to end, and what it has to clean up needs the connection all the same.
func TestPrepare_OutlivesItsContext(t *testing.T) {
	t.Parallel()
	m := &memory{wait: time.Second}
	prepareIn(t, m, func(t *testing.T, client *httpapi.Client) {
		ctx, cancel := context.WithCancel(t.Context())
		client.Prepare(ctx, mustURL(t, memoryURL))
		cancel()
		time.Sleep(2 * time.Second)
		send(t, client)
		m.want(t, 1, 0, 1)
	})
}

func TestPrepare_OverTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(nil)
	server.Close()
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for name, test := range map[string]struct {
		meanwhile func(m *memory)
		greet     string
		replaced  int
	}{
		"it stands":              {func(*memory) {}, "", 0},
		"the server hung up":     {(*memory).hangUp, "", 1},
		"the server spoke first": {(*memory).becomeWell, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := &memory{tls: server.TLS, greet: test.greet}
				client := newClient(t, httpapi.Options{DialContext: m.dial, RootsPEM: roots})
				target := mustURL(t, "https://example.com/x")
				client.Prepare(t.Context(), target)
				synctest.Wait()
				test.meanwhile(m)
				answer, err := client.Send(t.Context(), post(t, target.String()))
				if err != nil || string(answer.Body) != "{}" {
					t.Errorf("%q, %v", answer.Body, err)
				}
				m.want(t, 1+test.replaced, test.replaced, 1)
				client.Close()
				m.want(t, 1+test.replaced, 1+test.replaced, 1)
				m.hangUp()
			})
		})
	}
}

func TestPrepare_DoesNothing(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	proxy := func(*http.Request) (*url.URL, error) { return mustURL(t, "http://proxy.test:3128"), nil }
	broken := func(*http.Request) (*url.URL, error) { return nil, errors.New("no URL") }
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		newClient(t, httpapi.Options{DialContext: m.dial, Proxy: proxy}).Prepare(t.Context(), mustURL(t, memoryURL))
		newClient(t, httpapi.Options{DialContext: m.dial, Proxy: broken}).Prepare(t.Context(), mustURL(t, memoryURL))
		newClient(t, httpapi.Options{DialContext: m.dial}).Prepare(ended, mustURL(t, memoryURL))
		httpapi.WithTransport(fixed(200, "{}")).Prepare(t.Context(), mustURL(t, memoryURL))
		m.want(t, 0, 0, 0)
	})
}

// A host that a proxy stands in front of is left out, and only that one.
func TestPrepare_LeavesOutWhatAProxyLeadsTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dialed := make(chan string, 9)
		client := newClient(t, httpapi.Options{
			DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
				dialed <- address
				return nil, errors.New("no network")
			},
			Proxy: func(r *http.Request) (*url.URL, error) {
				switch r.URL.Hostname() {
				case "proxied.test":
					return mustURL(t, "http://proxy.test"), nil
				case "broken.test":
					return nil, errors.New("not a proxy")
				}
				return nil, nil
			},
		})
		client.Prepare(t.Context(), mustURL(t, "http://proxied.test"), mustURL(t, "http://broken.test"), mustURL(t, "https://direct.test"))
		synctest.Wait()
		if len(dialed) != 1 {
			t.Fatalf("%d connections are begun", len(dialed))
		}
		if got := <-dialed; got != "direct.test:443" {
			t.Errorf("connects to %s", got)
		}
	})
}
