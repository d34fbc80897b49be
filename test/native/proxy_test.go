package native

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/test/ghrunner"
)

// behind prepares a job whose mirror is over https by a name that only the proxy knows.
func behind(t *testing.T) (j *job, m *mirror, proxy *mirror) {
	t.Helper()
	m, ca := serveTLS(t, release(program(t), ""))
	proxy = serve(t, tunnel(t, strings.TrimPrefix(m.url, "https://")))
	j = newJob(t, "https://"+mirrorHost+":"+m.port(t))
	j.env = append(j.env, ghrunner.Pair{Name: "NODE_EXTRA_CA_CERTS", Value: ca})
	return j, m, proxy
}

func TestProxy_LeadsToTheMirror(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ variable, before, user string }{
		"upper case":         {"HTTPS_PROXY", "http://", ""},
		"lower case":         {"https_proxy", "http://", ""},
		"without the scheme": {"HTTPS_PROXY", "", ""},
		"user and password":  {"HTTPS_PROXY", "http://me:p%40ss%3Aword@", "me:p@ss:word"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, m, proxy := behind(t)
			j.env = append(j.env, ghrunner.Pair{Name: test.variable, Value: test.before + strings.TrimPrefix(proxy.url, "http://")})
			main := j.step("main").ok(t)
			if asked := proxy.asked(); len(asked) != 1 || asked[0].Host != mirrorHost+":"+m.port(t) || credentials(asked[0]) != test.user || asked[0].Header.Get("Authorization") != "" {
				t.Errorf("proxy: %v", asked)
			}
			if asked := m.asked(); len(asked) != 1 || len(asked[0].Header) != 1 { // Connection
				t.Errorf("mirror: %v", asked)
			}
			if strings.Contains(main.log, "ss%3Aword") || strings.Contains(main.log, "ss:word") {
				t.Errorf("the proxy's password is in the log:\n%s", main.log)
			}
			j.step("post").ok(t)
		})
	}
}

// credentials are those for the proxy, decoded.
func credentials(request *http.Request) string {
	decoded, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(request.Header.Get("Proxy-Authorization"), "Basic "))
	return string(decoded)
}

func TestProxy_OverTLS(t *testing.T) {
	t.Parallel()
	j, m, _ := behind(t)
	proxy, _ := serveTLS(t, tunnel(t, strings.TrimPrefix(m.url, "https://")))
	j.env = append(j.env, ghrunner.Pair{Name: "HTTPS_PROXY", Value: proxy.url})
	j.step("main").ok(t)
	if len(proxy.asked()) != 1 || len(m.asked()) != 1 {
		t.Errorf("%d requests to the proxy, %d to the mirror", len(proxy.asked()), len(m.asked()))
	}
	j.step("post").ok(t)
}

func TestProxy_NoProxyIsRespected(t *testing.T) {
	t.Parallel()
	for value, direct := range map[string]bool{
		mirrorHost: true, "." + mirrorHost: true, "*.example": true, "example": true, "*": true, "other, MIRROR.example": true, "PORT": true,
		" ": false, "irror.example": false, "other.example": false, mirrorHost + ":1": false, mirrorHost + ".x": false,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			j, m, proxy := behind(t)
			j.preload("import dns from 'node:dns'\ndns.lookup = (name, options, found) => found(null, [{ address: '127.0.0.1', family: 4 }])")
			j.env = append(j.env, ghrunner.Pair{Name: "HTTPS_PROXY", Value: proxy.url},
				ghrunner.Pair{Name: "NO_PROXY", Value: strings.Replace(value, "PORT", mirrorHost+":"+m.port(t), 1)})
			j.step("main").ok(t)
			if len(m.asked()) != 1 || (len(proxy.asked()) == 0) != direct {
				t.Errorf("%d requests to the proxy, %d to the mirror", len(proxy.asked()), len(m.asked()))
			}
		})
	}
}

// Loopback is never asked through a proxy, as in Go.
func TestProxy_NotForLoopback(t *testing.T) {
	t.Parallel()
	j := newJob(t, serve(t, release(program(t), "")).url)
	j.env = []ghrunner.Pair{{Name: "HTTPS_PROXY", Value: "http://127.0.0.1:1"}, {Name: "HTTP_PROXY", Value: "http://127.0.0.1:1"}}
	j.step("main").ok(t)
	j.step("post").ok(t)
}

func TestProxy_RefusedOrUnusable(t *testing.T) {
	t.Parallel()
	refusing := serve(t, answer(http.StatusProxyAuthRequired, "text/plain", ""))
	for name, test := range map[string]struct{ value, want string }{
		"407":        {strings.Replace(refusing.url, "//", "//me:password@", 1), "the proxy " + strings.TrimPrefix(refusing.url, "http://") + " answered 407"},
		"socks":      {"socks5://me:password@127.0.0.1:1", "HTTPS_PROXY is no http proxy"},
		"raw number": {"http://me:pass#password@127.0.0.1:1", "HTTPS_PROXY is no http proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, _, _ := behind(t)
			j.env = append(j.env, ghrunner.Pair{Name: "HTTPS_PROXY", Value: test.value})
			if main := j.refused(t, test.want); strings.Contains(main.log, "password") {
				t.Errorf("the proxy's password is in the log:\n%s", main.log)
			}
		})
	}
}

// A certificate that node doesn't know is no reason to trust the mirror less safely.
func TestDownload_RefusesAnUnknownCertificate(t *testing.T) {
	t.Parallel()
	m, _ := serveTLS(t, release(program(t), ""))
	j := newJob(t, m.url)
	j.hurry()
	j.refused(t, m.url, "(attempt 3, 0 bytes)")
}
