package sandboxtest_test

import (
	"net/http"
	"strings"
	"testing"

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
	} {
		if env[name] != want || want == "" {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
	if len(env) != 6 {
		t.Errorf("env %v", env)
	}
	if !strings.HasPrefix(s.URL, "http://127.0.0.1:") || s.CAPEM != nil {
		t.Errorf("URL %s, authority %q", s.URL, s.CAPEM)
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
		t.Errorf("URL %s, authority %q", s.URL, s.CAPEM)
	}
}
