//go:build linux

package proof

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// Every job of this package is searched for secrets when its test ends (newJob), those of the fault table too. Here are
// what the table doesn't run, and the proof that the search would find something.

func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string]map[string]string{
		"all kinds of tokens": minting("export-env", "true"),
		"broker":              {"oidc-provider-name": "github-broker", "groups": "CI", "reference": "true", "refreshable": "true", "export-env": "true"},
		"exchanged":           {"oidc-provider-name": "github", "export-env": "true"},
		"a user's mapping":    {"oidc-provider-name": "github-user"},
		"legacy API":          {"user": maker, "password": makerPassword, "api": "legacy", "groups": "CI", "refreshable": "true"},
		"a wrong password":    {"user": maker, "password": makerPassword + "wrong", "groups": "CI"},
		"logged in":           minting("login", "npm, docker, git, curl, jf, maven=libs-release, helm=helm-local, twine=pypi-local, cargo=cargo-local"),
		"a password":          {"user": maker, "password": makerPassword, "groups": "CI"},
		"a token as a name":   minting("username", makerPassword, "description", "of "+maker),
	} {
		for _, what := range []string{"", "status=500@revoke", "html@mint", "truncate@mint", "html@exchange", "redirect=http://127.0.0.1:1@mint"} {
			t.Run(name+" "+what, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCellOn(t, sandboxtest.StartInBubble, phase{inputs: inputs}, tableFault{})
					c.job.box.Server.SetFaults(parseFaults(t, strings.Fields(what)...)...)
					c.run()
					if c.main.hung || strings.Contains(visible(c.main.log), "::add-mask::") {
						t.Errorf("hung: %t\n%s", c.main.hung, visible(c.main.log))
					}
				})
			})
		}
		t.Run(name+" as a process", func(t *testing.T) {
			t.Parallel()
			if j := newCell(t, inputs).job; j.exec(t, binary(t, "frogmint-main")).status == 0 {
				j.post()
			}
		})
	}
}

// A failed exchange is explained by what was sent, in the log and on the job's page: never by a token.
func TestDiagnosis_LeaksNothing(t *testing.T) {
	t.Parallel()
	for _, mapping := range []string{"", "another"} {
		c := newCell(t, map[string]string{"oidc-provider-name": "github-user", "identity-mapping-name": mapping})
		if mapping == "" {
			c.job.env["INPUT_OIDC-PROVIDER-NAME"] = "githab"
		}
		c.run()
		for _, shown := range []string{c.main.log, c.job.content("GITHUB_STEP_SUMMARY")} {
			if c.main.status != 1 || strings.Count(shown, "what was sent: ") != 1 {
				t.Errorf("exit status %d\n%s", c.main.status, visible(shown))
			}
		}
	}
}

// TestProxyPasswordStaysHidden sends everything through a proxy with a password, which must reach the state and nothing else.
func TestProxyPasswordStaysHidden(t *testing.T) {
	t.Parallel()
	const password = "pr0xy-Pw_8841xq"
	for name, broken := range map[string]bool{"a proxy that works": false, "a proxy that refuses": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCellOn(t, sandboxtest.StartInBubble, phase{inputs: minting()}, tableFault{})
				c.job.proxy, c.job.redacted = proxyServer(t, c.job.box, "user", password, broken), []string{password}
				c.run()
				if got := c.main.status == 0; got == broken {
					t.Errorf("exit status %d\n%s", c.main.status, visible(c.main.log))
				}
				if state := c.job.value("GITHUB_STATE", "frogmint"); !broken && !strings.Contains(state, password) {
					t.Error("the post step can't know the proxy")
				}
				if len(c.minted) > 0 || !broken && c.post.status != 0 {
					t.Errorf("left alive: %v\n%s", c.minted, c.post.log)
				}
			})
		})
	}
}

// TestUnreadableProxyIsNoWay: without the proxy that was configured, credentials would go another way than was meant. The
// variable isn't repeated, since it may hold a password.
func TestUnreadableProxyIsNoWay(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"frogmint-main"}, {"frogmint", "doctor"}, {"frogmint", "exec", "--", "true"}, {"frogmint", "revoke", "--token-env", "MY_TOKEN"}} {
		c := newCell(t, minting("url", "https://jfrog.invalid"))
		c.job.env["HTTPS_PROXY"], c.job.redacted = "http://bob:pr0xy-Pw_8841xq@%zz:1", []string{"pr0xy-Pw_8841xq"}
		c.job.env["MY_TOKEN"], args[0] = c.job.box.AdminToken, binary(t, args[0])
		result := c.job.exec(t, args...)
		if result.status != 2 {
			t.Errorf("%v: exit status %d\n%s", args[1:], result.status, visible(result.log))
		}
		wants(t, result.log, "HTTPS_PROXY: it is not the address of a proxy", "hint: give it as http://HOST:PORT")
	}
}

// proxyServer is a forward proxy for the sandbox that asks for a password.
func proxyServer(t *testing.T, box *sandboxtest.Sandbox, user, password string, broken bool) *url.URL {
	t.Helper()
	address := serveIn(t, box, http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		asked := &http.Request{Header: http.Header{"Authorization": request.Header["Proxy-Authorization"]}}
		if name, given, _ := asked.BasicAuth(); broken || name != user || given != password {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		box.Server.ServeHTTP(w, request)
	}))
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	target.User = url.UserPassword(user, password)
	return target
}

// TestDebuggingHTTPShowsNothing sets what makes net/http log all that it sends and gets, in every step.
func TestDebuggingHTTPShowsNothing(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string]map[string]string{
		"token":  {"groups": "CI", "reference": "true", "refreshable": "true"},
		"broker": {"groups": "CI", "reference": "true", "refreshable": "true", "oidc-provider-name": "github-broker"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.StartTLS(t)
			j := newJob(t, box, inputs)
			j.env["GODEBUG"], j.env["INPUT_CA-CERT"] = "http2debug=2", string(box.CAPEM)
			if name == "token" {
				j.env["INPUT_ACCESS-TOKEN"] = box.AdminToken
			}
			results := []stepResult{j.exec(t, binary(t, "frogmint-main")), j.exec(t, binary(t, "frogmint"), "exec", "--", "true")}
			j.env = j.saved()
			j.env["GODEBUG"] = "http2debug=2"
			for _, result := range append(results, j.exec(t, binary(t, "frogmint-post"))) {
				if result.status != 0 || strings.Contains(result.log, "http2: ") {
					t.Errorf("exit status %d, %d bytes of log", result.status, len(result.log))
				}
			}
			if minted, _ := j.live(); len(minted) > 0 {
				t.Errorf("left alive: %v", minted)
			}
		})
	}
}

// TestChildrenLearnTheirTokenOnly looks at a command below frogmint exec as anybody on the machine could.
func TestChildrenLearnTheirTokenOnly(t *testing.T) {
	t.Parallel()
	c := newCell(t, map[string]string{"oidc-provider-name": "github-broker", "groups": "CI", "reference": "true", "refreshable": "true"})
	j := c.job
	j.redacted = []string{makerPassword}
	const show = `cat /proc/$$/cmdline; echo; cat /proc/$PPID/cmdline; echo; echo =====; cat /proc/$$/environ | tr '\0' '\n'`
	result := j.exec(t, binary(t, "frogmint"), "exec", "--oidc-provider-name", "github-broker", "--groups", "CI", "--reference", "--refreshable", "--", "sh", "-c", show)
	before, environ, shown := strings.Cut(result.log, "=====\n")
	if result.status != 0 || !shown {
		t.Fatalf("exit status %d\n%s", result.status, result.log)
	}
	d := j.detector()
	for _, what := range d.find(visible(before)) {
		t.Errorf("the log or a command line holds %s", what)
	}
	var own []string
	for line := range strings.Lines(environ) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if name == "JF_ACCESS_TOKEN" {
			own = append(own, value)
		}
	}
	if len(own) != 1 || !strings.HasPrefix(own[0], "eyJ") {
		t.Fatalf("JF_ACCESS_TOKEN: %d of them", len(own))
	}
	// What is printed is the command's own doing here, and the job must not count it as a leak.
	j.printed = buffer{}
	_, _ = j.printed.Write([]byte(before))
	checkEnviron(t, j, environ, own[0])
}

// TestChildrenDoNotLearnTheCreator is the same where the creator's credentials stand in the job's environment, under
// whatever name.
func TestChildrenDoNotLearnTheCreator(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string]map[string]string{
		"token": {"groups": "CI"}, "password": {"groups": "CI", "api": "legacy", "user": maker, "password": makerPassword},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newCell(t, inputs).job
			j.env["MY_COPY"] = j.box.AdminToken
			if name == "token" {
				j.env["JF_ACCESS_TOKEN"] = j.box.AdminToken
			} else {
				j.env["MY_COPY"] = makerPassword
			}
			result := j.exec(t, binary(t, "frogmint"), "exec", "--", "sh", "-c", `tr '\0' '\n' </proc/$$/environ | grep -v '^JF_ACCESS_TOKEN='; tr '\0' ' ' </proc/$PPID/cmdline`)
			if result.status != 0 || !strings.Contains(result.log, "JF_URL=") {
				t.Errorf("exit status %d\n%s", result.status, result.log)
			}
			d := newDetector()
			d.add("the creator's token", j.box.AdminToken[len(j.box.AdminToken)-3*piece:]) // its signature, which no other has
			d.add("the creator's password", makerPassword)
			if found := d.find(result.log); len(found) > 0 {
				t.Errorf("the command learns %v:\n%s", found, visible(result.log))
			}
			j.printed = buffer{} // the request for ID tokens is among what was printed
		})
	}
}

// checkEnviron fails for a secret that isn't the command's own, in its environment. The request for ID tokens is GitHub's
// own variable, which stays unless exec is asked to scrub it.
func checkEnviron(t *testing.T, j *job, environ, own string) {
	t.Helper()
	d := newDetector()
	for _, request := range j.box.Server.Requests() {
		if idToken, ok := request.Body["subject_token"].(string); ok {
			d.add("the ID token", idToken[max(0, len(idToken)-3*piece):])
		}
	}
	for _, secret := range masked(j.printed.text()) {
		if secret != own && !strings.HasSuffix(decoded(secret), own) {
			d.add("another masked secret", secret[max(0, len(secret)-3*piece):])
		}
	}
	d.add("the creator's password", makerPassword)
	if found := d.find(environ); len(found) > 0 {
		t.Errorf("the command's environment holds %v", found)
	}
}
