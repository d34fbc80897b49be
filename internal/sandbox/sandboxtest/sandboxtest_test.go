package sandboxtest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStart(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t, sandbox.WithVersion("7.111.0"))
	env := s.Env()
	for name, want := range map[string]string{
		"JF_URL": s.URL, "JF_ACCESS_TOKEN": s.AdminToken, "JF_USER": s.User, "JF_PASSWORD": s.Password,
		"ACTIONS_ID_TOKEN_REQUEST_URL": s.IDTokenRequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": s.IDTokenRequestToken,
		"SANDBOX_ISSUER": s.URL + "/oidc-issuer",
	} {
		if env[name] != want || want == "" {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
	if len(env) != 7 {
		t.Errorf("env %v", env)
	}
	if !strings.HasPrefix(s.URL, "http://127.0.0.1:") || s.CAPEM != nil {
		t.Errorf("URL %s, certificate %q", s.URL, s.CAPEM)
	}
}

// A handler that a fault holds up ends with the test.
func TestStartEndsLatency(t *testing.T) {
	t.Parallel()
	f, err := sandbox.ParseFault("latency=1h@version")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Run("abandoned", func(t *testing.T) {
		s := sandboxtest.Start(t, sandbox.WithFaults(f))
		req, err := http.NewRequest(http.MethodGet, s.URL+"/artifactory/api/system/version", http.NoBody) //nolint:noctx // the server ends it
		if err != nil {
			t.Fatal(err)
		}
		began := make(chan struct{})
		go func() {
			defer close(done)
			close(began)
			transport := &http.Transport{DisableKeepAlives: true}
			if resp, err := transport.RoundTrip(req); err == nil {
				_ = resp.Body.Close()
			}
		}()
		<-began
	})
	<-done
}

func TestStartTLS(t *testing.T) {
	t.Parallel()
	s := sandboxtest.StartTLS(t)
	if !strings.HasPrefix(s.URL, "https://") || !strings.HasPrefix(string(s.CAPEM), "-----BEGIN CERTIFICATE-----") {
		t.Errorf("URL %s, certificate %q", s.URL, s.CAPEM)
	}
}

func parse(t *testing.T, text string) sandbox.Fault {
	t.Helper()
	f, err := sandbox.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// send sends a JSON request as the administrator.
func send(t *testing.T, s *sandboxtest.Sandbox, method, path, body string) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.AdminToken)
	request.Header.Set("Content-Type", "application/json")
	return s.Client().Do(request)
}

// A mint that takes a minute takes a minute of the bubble's time and next to none of ours.
func TestStartInBubble_LatencyCostsNoTime(t *testing.T) {
	t.Parallel()
	really := time.Now()
	synctest.Test(t, func(t *testing.T) {
		s := sandboxtest.StartInBubble(t, sandbox.WithFaults(parse(t, "latency=60s@mint")))
		began := time.Now()
		response, err := send(t, s, http.MethodPost, "/access/api/v1/tokens", `{"expires_in":600}`)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if took := time.Since(began); response.StatusCode != http.StatusOK || took != time.Minute {
			t.Errorf("%s after %s", response.Status, took)
		}
	})
	if took := time.Since(really); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// Faults that break a connection do so as over TCP.
func TestStartInBubble_FaultsBreakConnections(t *testing.T) {
	t.Parallel()
	for fault, tt := range map[string]struct {
		is   error
		live int
	}{
		"reset@mint":            {syscall.ECONNRESET, 0},
		"commit-then-drop@mint": {io.EOF, 1},
		"truncate@mint":         {io.ErrUnexpectedEOF, 1},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := sandboxtest.StartInBubble(t, sandbox.WithFaults(parse(t, fault)))
				response, err := send(t, s, http.MethodPost, "/access/api/v1/tokens", `{}`)
				if err == nil {
					_, err = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
				if !errors.Is(err, tt.is) {
					t.Errorf("got %v, want %v", err, tt.is)
				}
				if live := len(s.Server.LiveTokens()); live != tt.live {
					t.Errorf("%d live tokens, want %d", live, tt.live)
				}
			})
		})
	}
}

// An exchange makes the server a client of its own issuer, inside the bubble too.
func TestStartInBubble_ReadsItsOwnIssuersKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sandboxtest.StartInBubble(t)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.IDTokenRequestURL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+s.IDTokenRequestToken)
		response, err := s.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		var idToken struct{ Value string }
		if err := json.NewDecoder(response.Body).Decode(&idToken); err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(map[string]string{
			"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": idToken.Value,
			"subject_token_type": "urn:ietf:params:oauth:token-type:id_token", "provider_name": "github",
		})
		if err != nil {
			t.Fatal(err)
		}
		exchanged, err := send(t, s, http.MethodPost, "/access/api/v1/oidc/token", string(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = exchanged.Body.Close()
		if exchanged.StatusCode != http.StatusOK {
			t.Errorf("exchange: %s", exchanged.Status)
		}
	})
}

// A server whose connections are refused comes back when the test says so.
func TestStartInBubble_RefusesWhileDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sandboxtest.StartInBubble(t)
		s.Network.SetDown(true)
		time.AfterFunc(20*time.Second, func() { s.Network.SetDown(false) })
		began := time.Now()
		for ; ; time.Sleep(time.Second) {
			response, err := send(t, s, http.MethodGet, "/access/api/v1/system/ping", "")
			if err == nil {
				_ = response.Body.Close()
				break
			}
			if !errors.Is(err, syscall.ECONNREFUSED) {
				t.Fatal(err)
			}
		}
		if down := time.Since(began); down < 20*time.Second || down > 21*time.Second {
			t.Errorf("down for %s", down)
		}
	})
}
