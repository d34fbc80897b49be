package cli_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

const proxyPassword = "pr0xy-Pw8841xq22"

// proxy serves a proxy that wants a password. refuses is asked whether it answers a request itself, by repeating what it
// was sent.
func proxy(t *testing.T, box *sandboxtest.Sandbox, refuses func() bool) (address *url.URL, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.Header.Del("Proxy-Authorization") }, Transport: box.Client().Transport,
	}
	server := serve(t, box, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if !refuses() {
			forward.ServeHTTP(w, r)
			return
		}
		sent := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
		_, password, _ := sent.BasicAuth()
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, "not for %s, who sent %s", password, r.Header.Get("Proxy-Authorization")) //nolint:gosec // read by no browser
	})
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("user", proxyPassword)
	return address, asked
}

// through is run behind a proxy.
func (r *runner) through(address *url.URL, env map[string]string, args ...string) (int, string) {
	r.t.Helper()
	r.mu.Lock()
	r.stdout.Reset()
	r.mu.Unlock()
	command := r.command(env)
	command.Proxy = http.ProxyURL(address)
	status := command.Main(r.t.Context(), args)
	return status, r.log()
}

// A proxy that repeats its password in an answer doesn't get it into the log, whichever command asked.
func TestProxysPasswordStaysHidden(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"/frogmint-main"}, {"frogmint", "mint", "--format", "token"}, {"frogmint", "doctor"},
		{"frogmint", "sweep"}, {"frogmint", "revoke", "--token-env", "TOKEN"},
	} {
		t.Run(strings.Join(args, " "), inBubble(func(t *testing.T) {
			box := sandboxtest.StartInBubble(t)
			address, _ := proxy(t, box, func() bool { return true })
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "timeout": "3s"})
			env := maps.Clone(r.env)
			env["TOKEN"], env["JF_URL"], env["FROGMINT_TIMEOUT"] = box.AdminToken, box.URL, "3s"
			status, log := r.through(address, env, args...)
			if status == 0 {
				t.Errorf("the proxy was not asked:\n%s", log)
			}
			wants(t, log, "not for REDACTED, who sent Basic ")
			noSecrets(t, log, []string{proxyPassword, "user:" + proxyPassword})
		}))
	}
}

// The post step goes the way that the main step went, whatever a step between put into the variables.
func TestPost_GoesThroughTheMainStagesProxy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var refusing atomic.Bool
		box := sandboxtest.StartInBubble(t)
		address, asked := proxy(t, box, refusing.Load)
		r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "on-revoke-failure": "fail", "timeout": "3s"})
		if status, log := r.through(address, r.env, "/frogmint-main"); status != 0 {
			t.Fatalf("%d\n%s", status, log)
		}
		between := asked.Load()
		refusing.Store(true)
		page := map[string]string{"STATE_frogmint": r.file("STATE")["frogmint"], "GITHUB_STEP_SUMMARY": r.env["GITHUB_STEP_SUMMARY"]}
		status, log := r.run(t.Context(), page, "/frogmint-post")
		if status != 3 || asked.Load() == between {
			t.Errorf("exit status %d\n%s", status, log)
		}
		for _, shown := range []string{log, r.content("STEP_SUMMARY")} {
			wants(t, shown, "not for REDACTED, who sent Basic ")
		}
		noSecrets(t, log+r.content("STEP_SUMMARY"), []string{proxyPassword, "user:" + proxyPassword})

		refusing.Store(false)
		if status, log = r.post(); status != 0 {
			t.Errorf("exit status %d\n%s", status, log)
		}
		r.only()
	})
}

// The post step trusts the CA certificates that the main step trusted, whatever a step between put into the variables.
func TestPost_TrustsTheMainStagesCertificates(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
	r.env["SSL_CERT_FILE"] = "/certificates/main.pem"
	if status, log := r.main(); status != 0 {
		t.Fatalf("%d\n%s", status, log)
	}
	set := map[string]string{"SSL_CERT_FILE": "/between.pem", "SSL_CERT_DIR": "/between"}
	command := r.command(map[string]string{"STATE_frogmint": r.file("STATE")["frogmint"]})
	command.Setenv = func(name, value string) error { set[name] = value; return nil }
	status := command.Main(t.Context(), []string{"/frogmint-post"})
	if status != 0 || set["SSL_CERT_FILE"] != "/certificates/main.pem" || set["SSL_CERT_DIR"] != "" {
		t.Errorf("exit status %d, variables %q\n%s", status, set, r.log())
	}
}

// A proxy that is asked for the ID token alone is named, and its password is scrubbed like the other's.
func TestIDTokensProxy_IsNamedAndItsPasswordHidden(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := sandboxtest.StartInBubble(t)
		address, asked := proxy(t, box, func() bool { return true })
		r := newRunner(t, box, map[string]string{"oidc-provider-name": "github", "timeout": "3s"})
		command := r.command(r.env)
		command.Proxy = func(request *http.Request) (*url.URL, error) {
			if strings.HasSuffix(request.URL.Path, "/idtoken") {
				return address, nil
			}
			return nil, nil //nolint:nilnil // no proxy, as net/http says it
		}
		status := command.Main(t.Context(), []string{"/frogmint-main"})
		if status == 0 || asked.Load() == 0 {
			t.Errorf("exit status %d, the proxy was asked %d times", status, asked.Load())
		}
		log := r.log()
		wants(t, log, "proxy to "+strings.TrimPrefix(box.URL, "http://")+": http://user:xxxxx@"+address.Host, "not for REDACTED, who sent Basic ")
		noSecrets(t, log, []string{proxyPassword, "user:" + proxyPassword})
	})
}
