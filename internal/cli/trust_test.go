package cli_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// TestLog_NamesWhoIsTrusted: an earlier step may have set the proxy and the CA certificates, so that the log says which ones are
// used and which variable named them. A proxy's password isn't shown.
func TestLog_NamesWhoIsTrusted(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"main": {"frogmint-main"}, "revoke": {"frogmint", "revoke", "--token-env", "INPUT_ACCESS-TOKEN"}} {
		t.Run(name, inBubble(func(t *testing.T) {
			box := sandboxtest.StartInBubble(t)
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI", "timeout": "1s"})
			r.env["HTTP_PROXY"], r.env["SSL_CERT_FILE"], r.env["SSL_CERT_DIR"] = "http://bob:hunter2hunter2@127.0.0.1:1", "/evil.pem", "/evil"
			command := r.command(r.env)
			command.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(r.env["HTTP_PROXY"]) }
			command.Main(t.Context(), args)
			wants(t, r.log(), "proxy: http://bob:xxxxx@127.0.0.1:1 (HTTP_PROXY)\n", "the system's CA certificates are those of /evil.pem (SSL_CERT_FILE)\n",
				"the system's CA certificates are those of /evil (SSL_CERT_DIR)\n")
			if log := r.log(); strings.Contains(log, "hunter2") {
				t.Errorf("the log has the proxy's password:\n%s", log)
			}
		}))
	}
}
