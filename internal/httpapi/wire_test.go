package httpapi_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// wire is a server below HTTP: it answers a request for /first, and treats every other connection or request badly.
type wire struct {
	listener net.Listener
	greet    func(net.Conn) bool // what is done with a connection before anything is read; false: nothing more
	act      func(net.Conn)      // what is done after a request that isn't for /first
	mu       sync.Mutex
	requests []string // all but those for /first, as they came
}

func listen(t *testing.T, greet func(net.Conn) bool, act func(net.Conn)) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, greet: greet, act: act}
	var connections sync.WaitGroup
	connections.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { w.handle(connection) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); connections.Wait() })
	return w
}

func (w *wire) url(path string) string { return "http://" + w.listener.Addr().String() + path }

func (w *wire) handle(connection net.Conn) {
	defer hangUp(connection)
	if w.greet != nil && !w.greet(connection) {
		return
	}
	for reader := bufio.NewReader(connection); ; {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		text, err := httputil.DumpRequest(request, true)
		if err != nil {
			return
		}
		if request.URL.Path == "/first" {
			_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			continue
		}
		w.mu.Lock()
		w.requests = append(w.requests, string(text))
		w.mu.Unlock()
		w.act(connection)
		return
	}
}

func (w *wire) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests
}

// reset ends a connection with RST.
func reset(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

func hangUp(connection net.Conn) { _ = connection.Close() }

// methods are a call of each kind.
func methods(t *testing.T, target string) map[string]httpapi.Call {
	form := httpapi.Call{Op: "minting", Method: http.MethodPost, URL: mustURL(t, target), Form: map[string][]string{"a": {"b"}}}
	return map[string]httpapi.Call{
		"GET": get(t, target), "POST": post(t, target), "POST a form": form,
		"DELETE": {Op: "revoking", Method: http.MethodDelete, URL: mustURL(t, target)},
	}
}

// TestSend_SendsOnce: one Send is one request on the wire, whatever becomes of the connection. net/http repeats requests on
// connections that were used before.
func TestSend_SendsOnce(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(net.Conn){
		"hangs up after the request": hangUp,
		"resets after the request":   reset,
		"half an answer":             func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Le") },
		"no HTTP":                    func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.9\r\n") },
		"half a body":                func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx") },
	} {
		for _, reused := range []bool{false, true} {
			t.Run(name+map[bool]string{false: ", new connection", true: ", used connection"}[reused], func(t *testing.T) {
				t.Parallel()
				for method := range methods(t, "http://x/") {
					server := listen(t, nil, act)
					client := newClient(t, httpapi.Options{})
					if reused {
						if _, err := client.Send(t.Context(), get(t, server.url("/first"))); err != nil {
							t.Fatal(err)
						}
					}
					failure := failureOf(t.Context(), t, client, methods(t, server.url("/x"))[method])
					if requests := server.seen(); len(requests) != 1 {
						t.Errorf("%s: %d requests: %q", method, len(requests), requests)
					}
					if !failure.Indeterminate() || !failure.Temporary() || failure.TimedOut() {
						t.Errorf("%s: %v: indeterminate %t, temporary %t", method, failure, failure.Indeterminate(), failure.Temporary())
					}
				}
			})
		}
	}
}

// TestSend_NoTransportCanSendABodyTwice holds for a caller's own transport too, such as one that speaks HTTP/2.
func TestSend_NoTransportCanSendABodyTwice(t *testing.T) {
	t.Parallel()
	for method, call := range methods(t, "https://jfrog.test/x") {
		client := httpapi.WithTransport(transport(func(r *http.Request) (*http.Response, error) {
			if r.GetBody != nil || method == "GET" && (r.Body == nil || r.Body == http.NoBody) {
				t.Errorf("%s can be sent again: body %T", method, r.Body)
			}
			return fixed(200, "{}")(r)
		}))
		if _, err := client.Send(t.Context(), call); err != nil {
			t.Error(err)
		}
	}
}

// TestSend_SendsOnceToAServerThatReadsNothing: whether the reset comes before or after the request was written, it isn't
// written again.
func TestSend_SendsOnceToAServerThatReadsNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(net.Conn){"hangs up": hangUp, "resets": reset} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for method := range methods(t, "http://x/") {
				var mu sync.Mutex
				connections := 0
				server := listen(t, func(c net.Conn) bool {
					mu.Lock()
					connections++
					mu.Unlock()
					end(c)
					return false
				}, nil)
				failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), methods(t, server.url("/x"))[method])
				// A reset that comes early enough ends the making of the connection: then it is known that nothing was sent.
				if failure.Indeterminate() == strings.Contains(failure.Message, "dial tcp") || !failure.Temporary() {
					t.Errorf("%s: %v: indeterminate %t, temporary %t", method, failure, failure.Indeterminate(), failure.Temporary())
				}
				mu.Lock()
				if connections != 1 {
					t.Errorf("%s: %d connections", method, connections)
				}
				mu.Unlock()
			}
		})
	}
}

// TestSend_ClosedIdleConnection: a connection that the server ended after its last answer carries nothing. The next request
// goes over a new one, or fails, but isn't made twice.
func TestSend_ClosedIdleConnection(t *testing.T) {
	t.Parallel()
	for range 20 {
		server := listen(t, nil, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"); reset(c) })
		client := newClient(t, httpapi.Options{})
		for i := range 4 {
			before := len(server.seen())
			_, err := client.Send(t.Context(), post(t, server.url("/x")))
			if requests := len(server.seen()) - before; requests > 1 || err == nil && requests != 1 {
				t.Errorf("call %d: %d requests, %v", i, requests, err)
			}
		}
	}
}

func TestSend_WhatIsOnTheWire(t *testing.T) {
	t.Parallel()
	answer := func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") }
	for method, want := range map[string]string{
		"GET":         "GET /x?q=1 HTTP/1.1|Host: HOST|Accept: application/json|Accept-Encoding: gzip|Authorization: Bearer t|User-Agent: frogmint/test||",
		"POST":        "POST /x?q=1 HTTP/1.1|Host: HOST|Accept: application/json|Accept-Encoding: gzip|Authorization: Bearer t|Content-Length: 9|Content-Type: application/json|User-Agent: frogmint/test||{\"a\":\"b\"}",
		"POST a form": "POST /x?q=1 HTTP/1.1|Host: HOST|Accept: application/json|Accept-Encoding: gzip|Authorization: Bearer t|Content-Length: 3|Content-Type: application/x-www-form-urlencoded|User-Agent: frogmint/test||a=b",
		"DELETE":      "DELETE /x?q=1 HTTP/1.1|Host: HOST|Accept: application/json|Accept-Encoding: gzip|Authorization: Bearer t|User-Agent: frogmint/test||",
	} {
		server := listen(t, nil, answer)
		call := methods(t, server.url("/x?q=1"))[method]
		call.UserAgent = "frogmint/test"
		call.Authorize = func(r *http.Request) { r.Header.Set("Authorization", "Bearer t") }
		if _, err := newClient(t, httpapi.Options{}).Send(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		got := strings.NewReplacer("\r\n", "|", server.listener.Addr().String(), "HOST").Replace(strings.Join(server.seen(), "AGAIN"))
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", method, got, want)
		}
	}
}

// TestSend_NothingListens: a request that found no connection was not sent, and may be made again.
func TestSend_NothingListens(t *testing.T) {
	t.Parallel()
	server := listen(t, nil, nil)
	_ = server.listener.Close()
	failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), post(t, server.url("/x")))
	if failure.Indeterminate() || !failure.Temporary() || failure.Status != 0 || !strings.Contains(failure.Error(), "connection refused") {
		t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
	}
}

// TestSend_RequestThatCantBeSent: nothing was sent, and trying again changes nothing.
func TestSend_RequestThatCantBeSent(t *testing.T) {
	t.Parallel()
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent %s", r.URL) })
	bad := post(t, server.URL)
	bad.Authorize = func(r *http.Request) { r.Header.Set("Authorization", "Bearer hunter2hunter2\nX: y") }
	for name, call := range map[string]httpapi.Call{"header": bad, "scheme": get(t, "ftp://jfrog.test/x"), "no host": get(t, "http:///x")} {
		failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), call)
		if failure.Indeterminate() || failure.Temporary() || strings.Contains(failure.Error(), "hunter2") {
			t.Errorf("%s: %v: indeterminate %t, temporary %t", name, failure, failure.Indeterminate(), failure.Temporary())
		}
	}
	for name, call := range map[string]httpapi.Call{
		"method": {Op: "reading", Method: "GET IT", URL: mustURL(t, server.URL)}, "body": {Op: "reading", Method: http.MethodPost, URL: mustURL(t, server.URL), JSON: func() {}},
	} {
		if _, err := newClient(t, httpapi.Options{}).Send(t.Context(), call); err == nil || !strings.HasPrefix(err.Error(), "reading: ") || httpapi.IsTemporary(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSend_SwitchingProtocols: the body of a 101 is the connection itself, which neither ends nor heeds a context.
func TestSend_SwitchingProtocols(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	server := listen(t, nil, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
		<-released
	})
	defer close(released)
	failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), post(t, server.url("/x")))
	if failure.Status != 101 || !failure.Indeterminate() || failure.Temporary() {
		t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
	}
}

func TestSend_AnswersThatAreCutOffOrTooLarge(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("x", httpapi.MaxBody+1)
	for name, test := range map[string]struct{ answer, want string }{
		"cut off":            {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "no answer: reading the answer: unexpected EOF"},
		"cut off in a chunk": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{", "no answer: reading the answer: unexpected EOF"},
		"too large":          {"HTTP/1.1 200 OK\r\n\r\n" + huge, "no answer: reading the answer: more than 1048576 bytes (limit answer)"},
		"header too large":   {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", httpapi.MaxHeaders) + "\r\n\r\n{}", "server response headers exceeded 65536 bytes"},
		"headers too large":  {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", httpapi.MaxHeaders/6+1) + "\r\n{}", "server response headers exceeded 65536 bytes"},
		"hints without end":  {strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 5000) + "HTTP/1.1 200 OK\r\n\r\n{}", "exceeded"},
		"gzip of nothing":    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", "no answer: reading the answer: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := listen(t, nil, func(c net.Conn) { _, _ = io.WriteString(c, test.answer) })
			failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), post(t, server.url("/x")))
			if !strings.Contains(failure.Error(), test.want) || !failure.Indeterminate() || !failure.Temporary() || failure.Status != 0 {
				t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
			}
		})
	}
}

// TestSend_RefusalsThatAreCutOffOrTooLarge keep their status, and count as nobody's.
func TestSend_RefusalsThatAreCutOffOrTooLarge(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"cut off":   "HTTP/1.1 403 Forbidden\r\nContent-Length: 99\r\n\r\n{",
		"too large": "HTTP/1.1 403 Forbidden\r\n\r\n" + strings.Repeat("x", httpapi.MaxBody+1),
	} {
		server := listen(t, nil, func(c net.Conn) { _, _ = io.WriteString(c, answer) })
		call := post(t, server.url("/x"))
		call.Explain = func(refusal *httpapi.Error, body []byte) bool {
			refusal.Message = string(body)
			return len(body) > 0
		}
		if failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{}), call); failure.Status != 403 || failure.Own || failure.Message != "Forbidden" {
			t.Errorf("%s: %v, own %t", name, failure, failure.Own)
		}
	}
}

func TestSend_AtTheLimit(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", httpapi.MaxBody)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X", strings.Repeat("x", httpapi.MaxHeaders-1000))
		_, _ = io.WriteString(w, body)
	})
	if answer, err := newClient(t, httpapi.Options{}).Send(t.Context(), get(t, server.URL)); err != nil || string(answer.Body) != body {
		t.Errorf("%d bytes, %v", len(answer.Body), err)
	}
}

// TestSend_EndsWithItsContext has a server that says nothing, or stops within its answer.
func TestSend_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]string{"no answer": "", "half a header": "HTTP/1.1 200 OK\r\nContent", "half a body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			released := make(chan struct{})
			server := listen(t, nil, func(c net.Conn) {
				_, _ = io.WriteString(c, begin)
				cancel(io.ErrNoProgress)
				<-released
			})
			defer close(released)
			failure := failureOf(ctx, t, newClient(t, httpapi.Options{}), post(t, server.url("/x")))
			if !failure.TimedOut() || !failure.Indeterminate() || failure.Status != 0 || failure.Message != io.ErrNoProgress.Error() {
				t.Errorf("%v: timed out %t, indeterminate %t", failure, failure.TimedOut(), failure.Indeterminate())
			}
		})
	}
}
