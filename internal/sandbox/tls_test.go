package sandbox_test

import (
	"net/http"
	"testing"
)

// The faults break TCP connections, so nothing is spoken that shares one between requests.
func TestHTTPSServer_SpeaksHTTP1Only(t *testing.T) {
	t.Parallel()
	c := startTLS(t)
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: c.tls, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(c.request(http.MethodGet, versionAt, c.admin()))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.Proto != "HTTP/1.1" {
		t.Errorf("answered by %s", response.Proto)
	}
}
