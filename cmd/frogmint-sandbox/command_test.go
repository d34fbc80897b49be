package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// output is a stream that is read while the command writes it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// running is a server under way.
type running struct {
	url            string
	stop           func() int
	stdout, stderr *output
}

// smallKeys are the same for all tests but TestDemo, which makes its own as people do.
func smallKeys(t *testing.T) *sandbox.Keys {
	t.Helper()
	keys, err := sharedKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

var sharedKeys = sync.OnceValues(sandboxtest.Keys)

func serve(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{stdout: &output{}, stderr: &output{}}
	c := &command{stdout: r.stdout, stderr: r.stderr, keys: smallKeys(t)}
	status := make(chan int, 1)
	go func() { status <- c.main(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)) }()
	r.stop = sync.OnceValue(func() int {
		cancel()
		return <-status
	})
	t.Cleanup(func() { r.stop() })
	ready := regexp.MustCompile(`^frogmint-sandbox ready: (https?://127\.0\.0\.1:\d+)\n$`)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := ready.FindStringSubmatch(r.stdout.String()); found != nil {
			r.url = found[1]
			return r
		}
	}
	t.Fatalf("not ready: %q %q", r.stdout, r.stderr)
	return nil
}

func get(t *testing.T, url, token string, roots *x509.CertPool) (int, string) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func readEnv(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok {
			t.Errorf("line %q", line)
		}
		env[key] = value
	}
	return env
}

func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	envFile, logFile := filepath.Join(dir, "env"), filepath.Join(dir, "log")
	if err := os.WriteFile(envFile, []byte("there before, and readable to all\n"), 0o644); err != nil { //nolint:gosec // on purpose
		t.Fatal(err)
	}
	r := serve(t, "--env-file", envFile, "--access-log", logFile, "--artifactory-version", "7.111.0", "--claim", "actor=me=you")
	env := readEnv(t, envFile)
	if len(env) != 7 || env["JF_URL"] != r.url || env["SANDBOX_ISSUER"] != r.url+"/oidc-issuer" || env["JF_USER"] != "admin" || env["JF_PASSWORD"] != "password" {
		t.Errorf("env %v", env)
	}
	if info, err := os.Stat(envFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if status, text := get(t, r.url+"/artifactory/api/system/version", env["JF_ACCESS_TOKEN"], nil); status != 200 || !strings.Contains(text, "7.111.0") {
		t.Errorf("%d %s", status, text)
	}
	status, text := get(t, env["ACTIONS_ID_TOKEN_REQUEST_URL"]+"&audience=x", env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"], nil)
	if status != 200 || json.Unmarshal([]byte(text), &map[string]string{}) != nil {
		t.Errorf("%d %s", status, text)
	}
	if code := r.stop(); code != exitOK {
		t.Errorf("exit status %d: %s", code, r.stderr)
	}
	if r.stdout.String() != "frogmint-sandbox ready: "+r.url+"\n" || r.stderr.String() != "" {
		t.Errorf("stdout %q, stderr %q", r.stdout, r.stderr)
	}
	if log, err := os.ReadFile(logFile); err != nil || strings.Count(string(log), "\n") != 2 {
		t.Errorf("log %q, %v", log, err)
	}
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	envFile, caFile := filepath.Join(dir, "env"), filepath.Join(dir, "ca.pem")
	r := serve(t, "--tls", "--ca-file", caFile, "--env-file", envFile)
	ca, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatalf("certificate %q", ca)
	}
	env := readEnv(t, envFile)
	if !strings.HasPrefix(r.url, "https://") || env["JF_URL"] != r.url {
		t.Errorf("URL %s, env %v", r.url, env)
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		url := strings.Replace(r.url, "127.0.0.1", host, 1)
		if status, text := get(t, url+"/access/api/v1/tokens/me", env["JF_ACCESS_TOKEN"], roots); status != 200 {
			t.Errorf("%s: %d %s", host, status, text)
		}
	}
}

func TestServeConfigAndFault(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(config, []byte(`{"groups":[{"name":"mine"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := serve(t, "--config", config, "--fault", "status=503,times=1@version", "--fault", "latency=1h@probe")
	if status, _ := get(t, r.url+"/artifactory/api/system/version", "x", nil); status != 503 {
		t.Errorf("status %d", status)
	}
	// A request that is held up doesn't hold up the end for long.
	held := make(chan struct{})
	go func() {
		defer close(held)
		req, err := http.NewRequest(http.MethodGet, r.url+"/access/api/v1/tokens/me", http.NoBody) //nolint:noctx // the server ends it
		if err != nil {
			return
		}
		if resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	time.Sleep(50 * time.Millisecond)
	began := time.Now()
	if code := r.stop(); code != exitOK {
		t.Errorf("exit status %d: %s", code, r.stderr)
	}
	if took := time.Since(began); took > stopWithin+5*time.Second {
		t.Errorf("stopped after %v", took)
	}
	<-held
}

func TestUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.json")
	if err := os.WriteFile(broken, []byte("token: {}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args []string
		code int
		want string // in stderr, or in stdout for exit status 0
	}{
		"nothing":           {nil, exitUsage, "error: no command"},
		"unknown":           {[]string{"fly"}, exitUsage, `error: unknown command "fly"`},
		"help":              {[]string{"help"}, exitOK, "frogmint-sandbox serve"},
		"--help":            {[]string{"--help"}, exitOK, "frogmint-sandbox serve"},
		"serve --help":      {[]string{"serve", "--help"}, exitOK, "-artifactory-version"},
		"argument":          {[]string{"serve", "x"}, exitUsage, `error: unexpected argument "x"`},
		"flag":              {[]string{"serve", "--fly"}, exitUsage, "error: flag provided but not defined: -fly"},
		"everywhere":        {[]string{"serve", "--listen", ":8081"}, exitUsage, "is not on loopback"},
		"all addresses":     {[]string{"serve", "--listen", "0.0.0.0:8081"}, exitUsage, "is not on loopback"},
		"another host":      {[]string{"serve", "--listen", "example.com:80"}, exitUsage, "is not on loopback"},
		"no port":           {[]string{"serve", "--listen", "127.0.0.1"}, exitUsage, "missing port"},
		"version":           {[]string{"serve", "--listen", "127.0.0.1:0", "--artifactory-version", "seven"}, exitUsage, `parsing version "seven"`},
		"claim":             {[]string{"serve", "--claim", "actor"}, exitUsage, "want NAME=VALUE"},
		"fault":             {[]string{"serve", "--fault", "explode"}, exitUsage, "unknown fault"},
		"tls without CA":    {[]string{"serve", "--tls"}, exitUsage, "go together"},
		"CA without tls":    {[]string{"serve", "--ca-file", "x"}, exitUsage, "go together"},
		"no such config":    {[]string{"serve", "--config", filepath.Join(dir, "none")}, exitUsage, "no such file"},
		"broken config":     {[]string{"serve", "--config", broken}, exitUsage, "parsing the configuration"},
		"unwritable env":    {[]string{"serve", "--listen", "127.0.0.1:0", "--env-file", dir}, exitError, "error: "},
		"unwritable CA":     {[]string{"serve", "--listen", "127.0.0.1:0", "--tls", "--ca-file", dir}, exitError, "error: "},
		"unwritable log":    {[]string{"serve", "--access-log", dir}, exitUsage, "error: "},
		"impossible listen": {[]string{"serve", "--listen", "127.0.0.1:99999"}, exitError, "error: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr output
			c := &command{stdout: &stdout, stderr: &stderr}
			if code := c.main(t.Context(), tt.args); code != tt.code {
				t.Fatalf("exit status %d, want %d: %s", code, tt.code, &stderr)
			}
			shown := stderr.String()
			if tt.code == exitOK {
				shown = stdout.String()
			} else if stdout.String() != "" {
				t.Errorf("stdout %q", &stdout)
			}
			if !strings.Contains(shown, tt.want) {
				t.Errorf("got %q, want %q in it", shown, tt.want)
			}
			if hinted := strings.Contains(shown, "frogmint-sandbox: hint: "); hinted != (tt.code == exitUsage) {
				t.Errorf("got %q, a hint: %t", shown, hinted)
			}
		})
	}
}
