//go:build linux

package proof

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
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

func record(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{}
	r.url = serve(t, r) + "/elsewhere"
	return r
}

// serve serves a handler on a free port until the test ends, and returns its URL.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
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
