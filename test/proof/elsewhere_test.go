//go:build linux

package proof

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// recorder is a server that nobody named: no request may reach it, or none with a credential.
type recorder struct {
	url string
	mu  sync.Mutex
	got []string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, request.Method+" "+request.URL.Path+" with "+request.Header.Get("Authorization"))
	w.WriteHeader(http.StatusOK)
}

func (r *recorder) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got
}

// record starts a recorder on a free port; recordIn one in the network of a bubble.
func record(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{}
	r.url = serve(t, r) + "/elsewhere"
	return r
}

func recordIn(t *testing.T, box *sandboxtest.Sandbox) *recorder {
	t.Helper()
	r := &recorder{}
	r.url = serveIn(t, box, r) + "/elsewhere"
	return r
}

// smallKeys are for the sandboxes that the tests start themselves.
var smallKeys = sync.OnceValues(sandboxtest.Keys)

// serve serves a handler on a free port until the test ends, and returns its URL.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, listener, handler)
}

// serveIn is serve in the network of a bubble.
func serveIn(t *testing.T, box *sandboxtest.Sandbox, handler http.Handler) string {
	t.Helper()
	return serveOn(t, box.Network.Listen(), handler)
}

func serveOn(t *testing.T, listener net.Listener, handler http.Handler) string {
	t.Helper()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return "http://" + listener.Addr().String()
}
