//go:build linux

package proof

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// secured is what a server's certificate and its TLS may look like.
type secured struct {
	hosts       []string
	from, until time.Duration // from now
	newest      uint16        // TLS version; 0 is any
	untrusted   bool          // the job isn't told of the CA
	works       bool
	words       string
}

// TestTLS: a credential is sent only to a server that proves its name by TLS 1.2 or better, whatever else it says.
func TestTLS(t *testing.T) {
	t.Parallel()
	own := sandbox.LoopbackNames()
	for name, test := range map[string]secured{
		"as it should be": {hosts: own, from: -time.Hour, until: time.Hour, works: true},
		"TLS 1.2":         {hosts: own, from: -time.Hour, until: time.Hour, newest: tls.VersionTLS12, works: true},
		"expired":         {hosts: own, from: -2 * time.Hour, until: -time.Hour, words: "certificate has expired"},
		"not yet valid":   {hosts: own, from: time.Hour, until: 2 * time.Hour, words: "not yet valid"},
		"another name":    {hosts: []string{"jfrog.example"}, from: -time.Hour, until: time.Hour, words: "x509: "},
		"unknown CA":      {hosts: own, from: -time.Hour, until: time.Hour, untrusted: true, words: "unknown authority"},
		"TLS 1.1":         {hosts: own, from: -time.Hour, until: time.Hour, newest: tls.VersionTLS11, words: "protocol version"},
		"TLS 1.0":         {hosts: own, from: -time.Hour, until: time.Hour, newest: tls.VersionTLS10, words: "protocol version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box, asked := test.serve(t)
			j := newJob(t, box, minting())
			j.env["INPUT_TIMEOUT"] = "10"
			if !test.untrusted {
				j.env["INPUT_CA-CERT"] = string(box.CAPEM)
			}
			result := j.main()
			if (result.status == 0) != test.works || !test.works && (result.status != 1 || asked.Load() != 0 || strings.Contains(result.log, " again in ")) {
				t.Fatalf("exit status %d after %d requests and %s\n%s", result.status, asked.Load(), result.took, visible(result.log))
			}
			wants(t, result.log, test.words)
			if !test.works {
				return
			}
			// The post step knows the CA from the state.
			if result = j.post(); result.status != 0 {
				t.Errorf("exit status %d\n%s", result.status, result.log)
			}
		})
	}
}

// serve starts a sandbox behind such TLS and counts the requests that get through.
func (s secured) serve(t *testing.T) (*sandboxtest.Sandbox, *atomic.Int64) {
	t.Helper()
	certificate, err := sandbox.NewCertificate(s.hosts, time.Now().Add(s.from), time.Now().Add(s.until))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := smallKeys()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.New(sandbox.WithKeys(keys), sandbox.WithBaseURL("https://"+listener.Addr().String()), sandbox.WithHTTPClient(certificate.Client()))
	if err != nil {
		t.Fatal(err)
	}
	config := certificate.ServerConfig()
	if s.newest != 0 {
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, s.newest
	}
	var asked atomic.Int64
	serving := &http.Server{ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			server.ServeHTTP(w, r)
		})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = serving.Serve(tls.NewListener(listener, config))
	}()
	t.Cleanup(func() {
		_ = serving.Close()
		<-served
	})
	return &sandboxtest.Sandbox{
		Server: server, URL: server.BaseURL(), AdminToken: server.AdminToken(), CAPEM: certificate.CAPEM,
		IDTokenRequestURL: server.IDTokenRequestURL(), IDTokenRequestToken: server.IDTokenRequestToken(),
	}, &asked
}

// TestRedirectsAreNotFollowed sends every call of a job elsewhere, to another host and from https to http: nothing
// arrives there, with or without a credential.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"idtoken", "exchange", "mint", "list", "revoke", "probe", "version"} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, TLS %t", at, secure), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { testRedirect(t, at, secure) })
			})
		}
	}
}

func testRedirect(t *testing.T, at string, secure bool) {
	t.Helper()
	c := newCellOn(t, sandboxtest.StartInBubble, phase{inputs: map[string]string{"oidc-provider-name": "github-broker", "groups": "CI"}}, tableFault{})
	j, elsewhere := c.job, recordIn(t, c.job.box)
	if secure {
		tlsFault{change: func(*tls.Config) {}}.prepareLater(t, c)
	}
	// A job that gets through the main step meets the redirect in the post step.
	away := parseFaults(t, "redirect="+elsewhere.url+"@"+at)
	if at == "list" {
		away = append(away, parseFaults(t, "commit-then-drop,times=1@mint")...)
	}
	later := at == "revoke" || at == "probe" || at == "version"
	if !later {
		j.box.Server.SetFaults(away...)
	}
	result := j.main()
	if later && result.status == 0 {
		j.box.Server.SetFaults(away...)
		result = j.post()
	}
	if got := elsewhere.requests(); len(got) > 0 {
		t.Errorf("it went there: %v", got)
	}
	if at != "version" && at != "idtoken" && !strings.Contains(result.log, "redirect") {
		t.Errorf("the log doesn't say why: %d\n%s", result.status, visible(result.log))
	}
}
