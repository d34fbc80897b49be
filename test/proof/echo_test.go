//go:build linux

package proof

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// An echo is a server that repeats the whole request, credentials and all, in its refusal of some calls. What it doesn't
// refuse, the sandbox answers.
type echo struct {
	refuses func(*http.Request) bool
	status  int
	ahead   int                         // so many bytes before the request
	write   func(request string) string // makes the answer's body
}

func (e echo) serve(t *testing.T, box *sandboxtest.Sandbox) string {
	t.Helper()
	return serveIn(t, box, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !e.refuses(r) {
			box.Server.ServeHTTP(w, r)
			return
		}
		request, _ := httputil.DumpRequest(r, true)
		user, password, _ := r.BasicAuth()
		w.WriteHeader(e.status)
		_, _ = w.Write([]byte(e.write(strings.Repeat("x", e.ahead) + " " + r.Header.Get("Authorization") + " " + user + ":" + password + " " + string(request))))
	}))
}

// echoCalls are the calls that carry a credential, by what recognizes them. A revocation is refused to each of its forms,
// and so is the question whether it worked.
func echoCalls() map[string]func(*http.Request) bool {
	return map[string]func(*http.Request) bool{
		"exchange": func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/oidc/token") },
		"mint": func(r *http.Request) bool {
			return r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "/v1/tokens") || strings.HasSuffix(r.URL.Path, "/security/token"))
		},
		"revoke": func(r *http.Request) bool {
			return r.Method == http.MethodDelete || strings.HasSuffix(r.URL.Path, "/tokens/me") || strings.HasSuffix(r.URL.Path, "/token/revoke")
		},
	}
}

func echoForms() map[string]func(string) string {
	message := func(text string) string {
		body, _ := json.Marshal(map[string]any{"errors": []any{map[string]string{"code": "BAD_REQUEST", "message": text, "detail": text}}})
		return string(body)
	}
	return map[string]func(string) string{
		"text": func(request string) string { return request }, "JSON": message,
		"percent":      func(request string) string { return message(url.QueryEscape(request)) },
		"JSON in JSON": func(request string) string { text, _ := json.Marshal(request); return message(string(text)) },
	}
}

// echoPassword has what a log rewrites, and what URLs and JSON escape.
const echoPassword = "Hk3-vq9Zp_w77Xb2::##  \"q\"\\b%41/s+p&<>Tz4-bn8Yq_r55Lc9dW"

// TestEchoedCredentialsStayHidden: whatever a server repeats of the requests, and in which form, neither the log nor the
// job's page shows any of it. newJob searches both.
func TestEchoedCredentialsStayHidden(t *testing.T) {
	t.Parallel()
	jobs := map[string]map[string]string{
		"OIDC":     {"oidc-provider-name": "github-broker", "groups": "CI"},
		"token":    {"access-token": adminToken, "groups": "CI", "reference": "true", "refreshable": "true"},
		"password": {"user": maker, "password": echoPassword, "groups": "CI", "api": "legacy"},
	}
	for call, refuses := range echoCalls() {
		for form, write := range echoForms() {
			for _, ahead := range []int{0, 1500} {
				for _, status := range []int{400, 500} {
					for name, inputs := range jobs {
						if (call == "exchange") != (name == "OIDC") {
							continue // what follows an exchange is the same with a token
						}
						t.Run(fmt.Sprintf("%s %s %s %d %d", call, name, form, ahead, status), func(t *testing.T) {
							t.Parallel()
							synctest.Test(t, func(t *testing.T) { testEcho(t, call, inputs, echo{refuses, status, ahead, write}) })
						})
					}
				}
			}
		}
	}
}

func testEcho(t *testing.T, call string, inputs map[string]string, e echo) {
	t.Helper()
	box := sandboxtest.StartInBubble(t, sandbox.WithConfig(sandbox.Config{Users: []sandbox.UserConfig{{Name: maker, Password: echoPassword, Admin: true}}}))
	inputs = maps.Clone(inputs)
	inputs["url"], inputs["timeout"], inputs["on-revoke-failure"] = e.serve(t, box), "6", "fail"
	j := newJob(t, box, inputs)
	j.allow(inputs["url"])
	main := j.main()
	last := main
	if main.status == 0 {
		last = j.post()
	}
	if last.status == 0 || last.hung {
		t.Errorf("exit status %d, then %d", main.status, last.status)
	}
	if e.status != http.StatusBadRequest {
		return // it is tried again until the time is up, and that may be the last word
	}
	shown, page := visible(j.printed.text()), j.content("GITHUB_STEP_SUMMARY")
	if !strings.Contains(shown, "REDACTED") || call == "revoke" && !strings.Contains(page, "REDACTED") {
		t.Errorf("nothing was repeated:\n%.9000s\n%.9000s", shown, page)
	}
}

// TestEchoOfAProxyStaysHidden: a proxy that repeats its own credentials tells what the client of JFrog doesn't know. They
// are scrubbed from the log and the job's page all the same.
func TestEchoOfAProxyStaysHidden(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testEchoOfAProxy)
}

func testEchoOfAProxy(t *testing.T) {
	const password = "pr0xy|Pw`8841xq-22ns_Wq77"
	c := newCellOn(t, sandboxtest.StartInBubble, phase{inputs: minting()}, tableFault{})
	var refuses atomic.Bool
	address := serveIn(t, c.job.box, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !refuses.Load() {
			c.job.box.Server.ServeHTTP(w, r)
			return
		}
		asked := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
		_, given, _ := asked.BasicAuth()
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("not for " + given + ", who sent " + r.Header.Get("Proxy-Authorization"))) //nolint:gosec // read by no browser
	}))
	proxy, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy.User = url.UserPassword("user", password)
	c.job.proxy, c.job.redacted = proxy, []string{password}
	c.job.onPost = func() { refuses.Store(true) }
	c.run()
	page := c.job.content("GITHUB_STEP_SUMMARY")
	if c.main.status != 0 || c.post.status != 3 || !strings.Contains(page, "not for REDACTED, who sent Basic ") || !strings.Contains(c.post.log, "not for REDACTED, who sent Basic ") {
		t.Errorf("exit status %d\n%s\n%s", c.main.status, visible(c.job.printed.text()), page)
	}
}
