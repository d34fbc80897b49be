package cli_test

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// TestMain_EarlyConnectionLeavesNothing has the ways in which a step can end whose connection to JFrog is made before it is
// needed. The bubble fails where a goroutine is left.
func TestMain_EarlyConnectionLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault    string
		url      string        // of JFrog, where its certificate is not for it
		signal   time.Duration // when a signal comes; 0 for none
		dial     func(d *distant, address string) error
		status   int
		requests []string // to JFrog
	}{
		"the token is minted": {requests: []string{"POST token", "POST tokens"}},
		"no ID token":         {fault: "status=403@idtoken", status: 1},
		"the ID token takes longer than a connection is kept": {
			fault: "latency=40s,times=1@idtoken", requests: []string{"POST token", "POST tokens"}},
		"a signal during the TCP handshake": {signal: trip / 2, status: 1},
		"a signal during the TLS handshake": {signal: trip * 3 / 2, status: 1},
		"a signal behind it":                {signal: trip * 5 / 2, status: 1},
		"JFrog can't be reached":            {dial: refusing((*distant).isJFrog), status: 1},
		"the issuer can't be reached":       {dial: refusing((*distant).isIssuer), status: 1},
		"JFrog is reached only at the second attempt": {
			dial: refusingOnce((*distant).isJFrog), requests: []string{"POST token", "POST tokens"}},
		"JFrog's certificate is another's": {url: "https://jfrog.test", status: 1},
		"the exchange is refused":          {fault: "status=401@exchange", status: 1, requests: []string{"POST token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				var options []sandbox.Option
				if test.fault != "" {
					options = append(options, faults(t, test.fault))
				}
				d := newDistant(t, dir, options...)
				r := d.newRunner(t, map[string]string{"oidc-provider-name": "github-user", "timeout": "2m"})
				r.env["INPUT_URL"] = cmp.Or(test.url, r.env["INPUT_URL"])
				command := r.command(r.env)
				command.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					if test.dial != nil {
						if err := test.dial(d, address); err != nil {
							return nil, err
						}
					}
					if test.url != "" && !d.isIssuer(address) {
						address = d.jfrog
					}
					return d.dial(ctx, network, address)
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.signal > 0 {
					time.AfterFunc(test.signal, cancel)
				}
				status := command.Main(ctx, []string{"frogmint-main"})
				requests := d.requests()
				if status != test.status || !slices.Equal(requests, test.requests) {
					t.Errorf("exit status %d, requests %q\n%s", status, requests, r.log())
				}
				// What became of the early connection is nobody's business where the request can make its own.
				if status == 0 && strings.Contains(r.log(), "exchanging the ID token again") {
					t.Errorf("the exchange was sent twice\n%s", r.log())
				}
				d.wantClosed(t)
			})
		})
	}
}

func (d *distant) isJFrog(address string) bool  { return address == d.jfrog }
func (d *distant) isIssuer(address string) bool { return address == d.issuer }

// refusing is a network on which one host can't be reached.
func refusing(host func(*distant, string) bool) func(*distant, string) error {
	return func(d *distant, address string) error {
		if host(d, address) {
			return &net.OpError{Op: "dial", Err: net.UnknownNetworkError("unreachable")}
		}
		return nil
	}
}

// refusingOnce refuses the first connection only.
func refusingOnce(host func(*distant, string) bool) func(*distant, string) error {
	refuse := refusing(host)
	refused := false
	return func(d *distant, address string) error {
		if err := refuse(d, address); err != nil && !refused {
			refused = true
			return err
		}
		return nil
	}
}
