package sandbox_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// Over HTTP/2, which is spoken only where it was asked for, a fault that breaks a connection ends a request of it.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string][]sandbox.Option{"HTTP/1.1": nil, "HTTP/2.0": {sandbox.WithHTTP2()}} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := startTLS(t, opts...)
			// With a connection for each request nothing is sent a second time.
			transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: c.tls, DisableKeepAlives: true}
			defer transport.CloseIdleConnections()
			for _, name := range []string{"reset", "commit-then-drop", "truncate", "header-flood"} {
				fault, err := sandbox.ParseFault(name + "=x1@version")
				if err != nil {
					t.Fatal(err)
				}
				c.box.Server.SetFaults(fault)
				if status, err := ask(transport, c); err == nil {
					t.Errorf("%s: answered %d", name, status)
				}
				if status, err := ask(transport, c); err != nil || status != http.StatusOK {
					t.Errorf("after %s: status %d, %v", name, status, err)
				}
			}
			for _, request := range c.box.Server.Requests() {
				if request.Proto != want {
					t.Errorf("%s by %s", request.Path, request.Proto)
				}
			}
		})
	}
}

// ask asks for the version and reads the whole answer.
func ask(transport *http.Transport, c *client) (int, error) {
	response, err := transport.RoundTrip(c.request(http.MethodGet, versionAt, c.admin()))
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode, err
}
