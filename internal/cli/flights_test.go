package cli_test

import (
	"context"
	"crypto/tls"
	"maps"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// trip is the round trip of a distant network. Nothing else takes time in a testing/synctest bubble: what a step takes is
// the longest chain of round trips in it that had to wait for each other.
const trip = time.Second

// distant is a platform and an issuer of ID tokens that are a round trip away, over TLS.
type distant struct {
	*sandboxtest.Sandbox
	issuer, jfrog string            // addresses
	trust         map[string]string // the variables that name their CA certificate
	open          atomic.Int32
}

func newDistant(t *testing.T, dir string, options ...sandbox.Option) *distant {
	t.Helper()
	caFile := filepath.Join(dir, "ca.pem")
	d := &distant{
		Sandbox: sandboxtest.StartInBubble(t, options...),
		trust:   map[string]string{"INPUT_CA-CERT": caFile},
	}
	certificate, err := sandbox.NewCertificate(sandbox.LoopbackNames(), time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(caFile, certificate.CAPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	serve := func() string {
		listener := d.Network.Listen()
		server := d.Server.HTTPServer()
		go func() { _ = server.Serve(tls.NewListener(listener, certificate.ServerConfig())) }()
		t.Cleanup(func() { _ = server.Close() })
		return listener.Addr().String()
	}
	d.issuer, d.jfrog = serve(), serve()
	return d
}

// dial makes a connection with a handshake of one round trip, on which everything takes half of one.
func (d *distant) dial(ctx context.Context, network, address string) (net.Conn, error) {
	select {
	case <-time.After(trip):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	server, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	listener := d.Network.Listen()
	defer listener.Close() //nolint:errcheck // in memory
	d.open.Add(1)
	go func() {
		relay, err := listener.Accept()
		if err != nil {
			return
		}
		go carry(server, relay, func() { d.open.Add(-1) })
		carry(relay, server, func() {})
	}()
	return d.DialContext(ctx, network, listener.Addr().String())
}

// carry copies with a delay, and ends what it copies to when the source has ended.
func carry(to, from net.Conn, ended func()) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			data := make([]byte, 64<<10)
			n, err := from.Read(data)
			pieces <- piece{data[:n], time.Now().Add(trip / 2)}
			if err != nil {
				ended()
				return
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		_, _ = to.Write(p.data)
	}
	_ = to.Close()
}

// newRunner is a job on a runner that trusts both.
func (d *distant) newRunner(t *testing.T, inputs map[string]string) *runner {
	t.Helper()
	r := newRunner(t, d.Sandbox, inputs)
	maps.Copy(r.env, d.trust)
	issuer, err := url.Parse(d.IDTokenRequestURL)
	if err != nil {
		t.Fatal(err)
	}
	issuer.Scheme, issuer.Host = "https", d.issuer
	r.env["ACTIONS_ID_TOKEN_REQUEST_URL"], r.env["INPUT_URL"] = issuer.String(), "https://"+d.jfrog
	if r.env["INPUT_ACCESS-TOKEN"] != "" {
		r.env["INPUT_ACCESS-TOKEN"] = d.AdminToken
	}
	return r
}

// requests are those that JFrog has got.
func (d *distant) requests() []string {
	var requests []string
	for _, request := range d.Server.Requests() {
		if strings.HasPrefix(request.Path, "/access/") || strings.HasPrefix(request.Path, "/artifactory/") {
			requests = append(requests, request.Method+" "+path.Base(request.Path))
		}
	}
	return requests
}

// wantClosed fails the test where a connection is still open.
func (d *distant) wantClosed(t *testing.T) {
	t.Helper()
	time.Sleep(2 * trip) // what was sent at the end is on its way
	synctest.Wait()
	if open := d.open.Load(); open != 0 {
		t.Errorf("%d connections are open at the end", open)
	}
}

// stage runs a step and returns how many round trips it took.
func (d *distant) stage(t *testing.T, r *runner, env map[string]string, name string) (flights float64) {
	t.Helper()
	command := r.command(env)
	command.DialContext = d.dial
	started := time.Now()
	if status := command.Main(t.Context(), []string{name}); status != 0 {
		t.Fatalf("%s: exit status %d\n%s", name, status, r.log())
	}
	took := time.Since(started)
	d.wantClosed(t)
	return float64(took) / float64(trip)
}

// TestFlights counts the round trips that have to wait for each other, from the first packet to the end of a step:
//
//	main   3 for the ID token: TCP, TLS, request; those to JFrog are made meanwhile
//	       1 for the exchange
//	       1 for the mint, where there is one
//	       1 to revoke an administrator's exchanged token
//	post   3 for the revocation, 1 for the probes at both endpoints
func TestFlights(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inputs     map[string]string
		main, post float64
		requests   []string // to JFrog, of both steps, sorted
	}{
		"a user's mapping": {map[string]string{"oidc-provider-name": "github-user"}, 5, 4,
			[]string{"DELETE me", "GET me", "GET version", "POST token", "POST tokens"}},
		"as it is": {map[string]string{"oidc-provider-name": "github", "revoke": "false"}, 4, 0,
			[]string{"POST token"}},
		"as it is, and can't be revoked": {map[string]string{"oidc-provider-name": "github"}, 4, 4,
			[]string{"DELETE me", "GET me", "GET version", "POST token"}},
		"an administrator's mapping": {map[string]string{"oidc-provider-name": "github-broker", "groups": "CI"}, 6, 4,
			[]string{"DELETE me", "DELETE me", "GET me", "GET version", "POST token", "POST tokens"}},
		"no exchange": {map[string]string{"access-token": "ADMIN", "groups": "CI"}, 3, 4,
			[]string{"DELETE me", "GET me", "GET version", "POST tokens"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				d := newDistant(t, dir)
				r := d.newRunner(t, test.inputs)
				if flights := d.stage(t, r, r.env, "frogmint-main"); flights != test.main {
					t.Errorf("main takes %v round trips, want %v\n%s", flights, test.main, r.log())
				}
				if test.post > 0 {
					env := map[string]string{"STATE_frogmint": r.file("STATE")["frogmint"]}
					maps.Copy(env, d.trust)
					if flights := d.stage(t, r, env, "frogmint-post"); flights != test.post {
						t.Errorf("post takes %v round trips, want %v\n%s", flights, test.post, r.log())
					}
				}
				requests := d.requests()
				slices.Sort(requests) // both endpoints are asked at once
				if !slices.Equal(requests, test.requests) {
					t.Errorf("requests %q", requests)
				}
			})
		})
	}
}
