package ci_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
)

// noNetwork is the client that goes through the proxy of the environment. The metadata server is never asked by it.
type noNetwork struct{ t *testing.T }

func (n noNetwork) RoundTrip(request *http.Request) (*http.Response, error) {
	n.t.Errorf("%s went through the proxy", request.URL)
	return nil, errors.New("no network")
}

func TestGoogle_IDTokenUsesNoProxy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"BUILDER_OUTPUT": "/builder/outputs", "GCE_METADATA_HOST": "{host}"})
	w.host.HTTP = httpapi.WithTransport(noNetwork{t})
	for _, audience := range []string{asked, "jfrog & co=1"} {
		token, err := ci.GoogleCloudBuild().IDToken(t.Context(), w.host, audience)
		must(t, err)
		if token.Reveal() != "id-token-for "+audience {
			t.Errorf("got %q", token.Reveal())
		}
	}
	_, err := ci.GoogleCloudBuild().IDToken(t.Context(), w.host, "")
	var problem *ci.ProblemError
	if !errors.As(err, &problem) || !strings.Contains(problem.Hint(), "oidc-audience") {
		t.Errorf("got %v", err)
	}
	calls := w.calls.All()
	if len(calls) != 2 {
		t.Errorf("%d calls", len(calls))
	}
	if !strings.Contains(calls[0].Target, "format=full") {
		t.Errorf("asked for %s", calls[0].Target)
	}
}

// The connection is of no use to anyone after it.
func TestGoogle_IDTokenLeavesNoConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"GCE_METADATA_HOST": "{host}"})
	var open atomic.Int32
	w.host.Local = func(string) *httpapi.Client {
		return newClient(t, httpapi.Options{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			open.Add(1)
			return &countedConn{Conn: conn, open: &open}, err
		}})
	}
	_, err := ci.GoogleCloudBuild().IDToken(t.Context(), w.host, asked)
	must(t, err)
	if open.Load() != 0 {
		t.Errorf("%d open connections", open.Load())
	}
}

// countedConn counts itself out when it is closed.
type countedConn struct {
	net.Conn
	open *atomic.Int32
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

func TestGoogle_DetectedWithoutTheNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"GCE_METADATA_HOST": "{host}"})
	if system, err := ci.Detect(w.get); err != nil || system.ID != "generic" {
		t.Errorf("detected %q, error %v", system.ID, err)
	}
	w.env["FROGMINT_CI"] = "google-cloud-build"
	system, err := ci.Detect(w.get)
	must(t, err)
	if system.ID != "google-cloud-build" || len(w.calls.All()) > 0 {
		t.Errorf("%d calls to find out", len(w.calls.All()))
	}
}

func TestGoogle_IDTokenRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"GCE_METADATA_HOST": "{host}/elsewhere"})
	_, err := ci.GoogleCloudBuild().IDToken(t.Context(), w.host, asked)
	var refused *httpapi.Error
	if !errors.As(err, &refused) || refused.Status != 404 || !strings.Contains(refused.Hint(), "service account") {
		t.Errorf("got %v", err)
	}
}
