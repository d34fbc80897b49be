package action_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// Everything goes through the one proxy that was found at the mint, also what a later step's Client sends.
func TestClient_KeepsToOneProxy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		var through atomic.Int32
		direct := p.config.URL
		p.behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			through.Add(1)
			box.ServeHTTP(w, r)
		})
		proxy, err := url.Parse(p.config.URL)
		if err != nil {
			t.Fatal(err)
		}
		proxy.User = url.UserPassword("user", "secret")
		p.config.URL = direct
		p.client.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.String() != direct {
				t.Errorf("asked for %s", r.URL)
			}
			return proxy, nil
		}
		token := p.minted(t)
		if through.Load() != 1 || token.State().Proxy != proxy.String() {
			t.Errorf("%d requests through the proxy, state %+v", through.Load(), token.State())
		}
		later := &action.Client{DialContext: p.DialContext, Proxy: func(*http.Request) (*url.URL, error) {
			t.Error("a later step's proxy was asked for")
			return nil, nil
		}}
		if report := later.Revoke(t.Context(), token.State()); report.Outcome != action.Revoked || through.Load() != 4 {
			t.Errorf("%s, %d requests through the proxy", report, through.Load())
		}
		p.client.Proxy = func(*http.Request) (*url.URL, error) { return nil, errors.New("parsing http://user:secret@host") }
		_, err = p.client.Mint(t.Context(), p.config)
		var config *action.ConfigError
		if !errors.As(err, &config) || config.Field != "proxy" || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
		if _, err := p.client.Sweep(t.Context(), p.config, action.SweepJob); !errors.As(err, &config) {
			t.Errorf("got %v", err)
		}
	})
}

// The CA certificates of the configuration are those of the state.
func TestClient_TrustsTheGivenCertificates(t *testing.T) {
	t.Parallel()
	box := sandboxtest.StartTLS(t)
	client := new(action.Client)
	config := action.Config{URL: box.URL, Credentials: action.Credentials{Token: action.NewSecret(box.AdminToken)}, Groups: []string{"CI"}}
	_, err := client.Mint(t.Context(), config)
	var failure *action.APIError
	if !errors.As(err, &failure) || !strings.Contains(failure.Hint(), "isn't trusted") {
		t.Errorf("got %v", err)
	}
	config.RootsPEM = box.CAPEM
	token, err := client.Mint(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if report := client.Revoke(t.Context(), token.State()); report.Outcome != action.Revoked {
		t.Errorf("got %s", report)
	}
	state := token.State()
	state.RootsPEM = "x"
	if report := client.Revoke(t.Context(), state); report.Outcome != action.Unknown || report.Err == nil {
		t.Errorf("with a broken certificate: %s", report)
	}
	state.RootsPEM, state.Proxy = "", "http://[x"
	if report := client.Revoke(t.Context(), state); report.Outcome != action.Unknown || report.Reason != "the saved proxy is not a URL" {
		t.Errorf("with a broken proxy: %s", report)
	}
}

// The system's CA certificates are read once for a mint, and not at all for a revocation while the platform's is the same.
func TestClient_ReadsTheSystemsCertificatesOnce(t *testing.T) {
	t.Parallel()
	box, other := sandboxtest.StartTLS(t), sandboxtest.StartTLS(t)
	var reads atomic.Int32
	trusting := func(pem []byte) func([]*x509.Certificate) (*x509.CertPool, error) {
		read := sync.OnceValue(func() *x509.CertPool {
			reads.Add(1)
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(pem)
			return pool
		})
		return func([]*x509.Certificate) (*x509.CertPool, error) { return read(), nil }
	}
	mint := func() action.State {
		config := action.Config{URL: box.URL, Credentials: action.Credentials{Token: action.NewSecret(box.AdminToken)}, Groups: []string{"CI"}}
		token, err := (&action.Client{SystemRoots: trusting(box.CAPEM)}).Mint(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		return token.State()
	}
	for name, test := range map[string]struct {
		change func(*action.State)
		reads  int32
	}{
		"the same platform":            {func(*action.State) {}, 0},
		"a state that names none":      {func(s *action.State) { s.LikelyRoot = "" }, 1},
		"a state that names another's": {func(s *action.State) { s.LikelyRoot = inBase64(other.CAPEM) }, 1},
		"a state that names no such":   {func(s *action.State) { s.LikelyRoot = "junk" }, 1},
	} {
		reads.Store(0)
		state := mint()
		if reads.Swap(0) != 1 {
			t.Error("the mint didn't read them once")
		}
		test.change(&state)
		report := (&action.Client{SystemRoots: trusting(box.CAPEM)}).Revoke(t.Context(), state)
		if report.Outcome != action.Revoked || reads.Load() != test.reads && runtime.GOOS == "linux" {
			t.Errorf("%s: %s, read %d times, want %d", name, report, reads.Load(), test.reads)
		}
	}
}

func inBase64(text []byte) string {
	block, _ := pem.Decode(text)
	return base64.StdEncoding.EncodeToString(block.Bytes)
}

// Artifactory may stand elsewhere.
func TestClient_ReachesArtifactoryElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		direct := p.config.URL
		var seen atomic.Int32
		p.behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			r.URL.Path = "/artifactory" + strings.TrimPrefix(r.URL.Path, "/art")
			box.ServeHTTP(w, r)
		})
		p.config.ArtifactoryURL, p.config.URL = p.config.URL+"/art/", direct
		token := p.minted(t)
		if report := p.client.Revoke(t.Context(), token.State()); report.Outcome != action.Revoked || seen.Load() != 1 {
			t.Errorf("%s, %d requests", report, seen.Load())
		}
	})
}
