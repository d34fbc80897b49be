package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// mistake is a mistake that people make, and words of the cause and the fix that they must be told.
type mistake struct {
	name    string
	options []sandbox.Option
	inputs  map[string]string
	spoil   func(t *testing.T, r *runner) // makes the mistake where inputs and options can't
	cause   string
	fix     string
	quiet   string // what is said where the mint works all the same, which is half an explanation
	exact   string // the cause as doctor tells it, who may read the mappings and groups; empty for the same
	pasted  bool   // doctor's curl block mends it
}

// spoiled returns a job that makes the mistake, at a sandbox that is started in a bubble or on loopback.
func (m mistake) spoiled(t *testing.T, start func(testing.TB, ...sandbox.Option) *sandboxtest.Sandbox) *runner {
	t.Helper()
	r := newRunner(t, start(t, m.options...), m.inputs)
	r.env["JF_ADMIN_TOKEN"] = r.sandbox.AdminToken
	if m.spoil != nil {
		m.spoil(t, r)
	}
	return r
}

// integration is a provider named mine, with one mapping for these claims.
func integration(provider sandbox.Provider, username string, claims map[string]any) sandbox.Option {
	provider.Name, provider.ProviderType = "mine", "GitHub"
	life := int64(300)
	return sandbox.WithConfig(sandbox.Config{Providers: []sandbox.ProviderConfig{{Provider: provider, Mappings: []sandbox.Mapping{{
		Name: "deploy", Priority: 1, Claims: claims, TokenSpec: sandbox.TokenSpec{Username: username, Scope: "applied-permissions/groups:CI", ExpiresIn: &life},
	}}}}})
}

func mapped(claims map[string]any) []sandbox.Option {
	return []sandbox.Option{integration(sandbox.Provider{}, "ci-bot", claims)}
}

// request sends JSON with an administrator's token and returns what the answer holds.
func (r *runner) request(method, path string, body any) map[string]any {
	r.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.sandbox.URL+path, bytes.NewReader(text))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.sandbox.AdminToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := r.sandbox.Client().Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		r.t.Fatalf("%s %s: %d %s %v", method, path, response.StatusCode, answer, err)
	}
	var members map[string]any
	_ = json.Unmarshal(answer, &members)
	return members
}

// tokenOf mints a token of a user for himself.
func (r *runner) tokenOf(user string) string {
	r.t.Helper()
	token, _ := r.request(http.MethodPost, "/access/api/v1/tokens", map[string]any{"username": user, "scope": "applied-permissions/user", "expires_in": 7200})["access_token"].(string)
	return token
}

func asRobot(t *testing.T, r *runner) {
	t.Helper()
	r.env["INPUT_ACCESS-TOKEN"] = r.tokenOf("robot")
}

func asAdmin(_ *testing.T, r *runner) { r.env["INPUT_ACCESS-TOKEN"] = r.sandbox.AdminToken }

// behind answers every request in front of the sandbox, or is a proxy that does.
func behind(status int, page string) func(t *testing.T, r *runner) {
	return func(t *testing.T, r *runner) {
		t.Helper()
		address, err := url.Parse(serve(t, r.sandbox, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, page)
		}))
		if err != nil {
			t.Fatal(err)
		}
		r.proxy = address
		r.env["INPUT_URL"] = "https://jfrog.example" // which only the proxy could find
		asAdmin(t, r)
	}
}

func closedProxy(t *testing.T, r *runner) {
	t.Helper()
	behind(http.StatusOK, "")(t, r)
	r.proxy.Host = "127.0.0.1:1"
}

var oidc = map[string]string{"oidc-provider-name": "mine"}

func with(base map[string]string, pairs ...string) map[string]string {
	all := map[string]string{"timeout": "3s"}
	for name, value := range base {
		all[name] = value
	}
	for pair := range slices.Chunk(pairs, 2) {
		all[pair[0]] = pair[1]
	}
	return all
}

const unmatched, correct = "no identity mapping of the integration matches", "create"

func mistakes(t *testing.T) []mistake {
	t.Helper()
	groups := with(nil, "groups", "CI")
	main := map[string]any{"repository": "octo-org/octo-repo", "ref": "refs/heads/main"}
	yes, hour := true, int64(3600)
	const immutable = "repo:octo-org@65/octo-repo@74:ref:refs/heads/main"
	return []mistake{
		{name: "no id-token permission", inputs: with(oidc), cause: "ACTIONS_ID_TOKEN_REQUEST_URL is not set", fix: "permissions: id-token: write", spoil: func(_ *testing.T, r *runner) {
			r.env["ACTIONS_ID_TOKEN_REQUEST_URL"], r.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "", ""
		}},
		{name: "pull request from a fork", inputs: with(oidc), cause: "a pull request from a fork gets none", fix: "skip this step", spoil: fromFork},
		{name: "wrong audience", inputs: with(oidc), options: []sandbox.Option{integration(sandbox.Provider{Audience: "jfrog"}, "ci-bot", main)},
			cause: "issued for another audience", fix: "set oidc-audience to the audience of the integration"},
		{name: "provider's name misspelt", inputs: with(oidc, "oidc-provider-name", "mien"), options: mapped(main), cause: "no OIDC integration of this name", fix: "check oidc-provider-name"},
		{name: "issuer with a slash", inputs: with(oidc), cause: "the provider URL of the integration isn't the issuer to the letter", fix: "trailing slash", spoil: func(_ *testing.T, r *runner) {
			r.request(http.MethodPost, "/access/api/v1/oidc", map[string]any{"name": "mine", "issuer_url": r.sandbox.Server.IssuerURL() + "/", "provider_type": "Generic OpenID Connect"})
		}},
		{name: "mapping for another branch", inputs: with(oidc), options: mapped(map[string]any{"repository": "octo-org/octo-repo", "ref": "refs/heads/release"}),
			cause: unmatched, fix: correct, exact: `ref: the mapping wants refs/heads/release, the job has refs/heads/main (the job runs for another branch or tag)`, pasted: true},
		{name: "mapping for another environment", inputs: with(oidc), options: append(mapped(map[string]any{"environment": "prod"}), sandbox.WithClaims(map[string]string{"environment": "test"})),
			cause: unmatched, fix: correct, exact: "environment: the mapping wants prod, the job has test", pasted: true},
		{name: "mapping for the immutable subject", inputs: with(oidc), options: mapped(map[string]any{"sub": immutable}),
			cause: unmatched, fix: correct, exact: "the mapping has the subject with ids", pasted: true},
		{name: "mapping for the older subject", inputs: with(oidc), options: append(mapped(map[string]any{"sub": "repo:octo-org/octo-repo:ref:refs/heads/main"}), sandbox.WithClaims(map[string]string{"sub": immutable})),
			cause: unmatched, fix: correct, exact: "the job's subject has the ids", pasted: true},
		{name: "no mapping", inputs: with(oidc), cause: unmatched, fix: correct, exact: "the OIDC integration has no identity mapping", pasted: true, options: []sandbox.Option{
			sandbox.WithConfig(sandbox.Config{Providers: []sandbox.ProviderConfig{{Provider: sandbox.Provider{Name: "mine"}}}})}},
		{name: "mapping without a user name", inputs: with(oidc, "groups", "readers"), options: []sandbox.Option{integration(sandbox.Provider{}, "", main)},
			cause: "comes from a group mapping without a user", fix: "give the identity mapping a username"},
		{name: "wrong identity-mapping-name", inputs: with(oidc, "identity-mapping-name", "delpoy"), options: mapped(main),
			cause: unmatched, fix: correct, exact: `the exchange names mapping "delpoy"`, pasted: true},
		{name: "integration of another organization", inputs: with(oidc), options: []sandbox.Option{integration(sandbox.Provider{Organization: "acme"}, "ci-bot", main)},
			cause: "organization", fix: "organization", exact: `the OIDC integration is for organization "acme", and the job's repository belongs to "octo-org"`},
		{name: "expired credentials", inputs: groups, cause: "the credentials have expired", fix: "use credentials that are still valid", spoil: func(t *testing.T, r *runner) {
			asRobot(t, r)
			skew, err := sandbox.ParseFault("clock-skew=9h")
			if err != nil {
				t.Fatal(err)
			}
			r.sandbox.Server.SetFaults(skew)
		}},
		{name: "garbage for credentials", inputs: with(groups, "access-token", "nonsense"), cause: "what was given as an access token isn't one", fix: "check that access-token holds a JFrog access token"},
		{name: "groups without being an administrator", inputs: groups, spoil: asRobot, cause: "only an admin may choose groups", fix: "leave groups, scope and username out"},
		{name: "group that doesn't exist", inputs: with(nil, "groups", "deployer"), spoil: asAdmin, cause: `group "deployer" doesn't exist`, fix: "check the name",
			quiet: "check the groups' names"},
		{name: "expiry above the maximum", inputs: with(nil, "expiry", "2h"), spoil: asRobot, cause: "max-expiry binds everyone", fix: "expiry",
			options: []sandbox.Option{sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{MaxExpiry: &hour, DefaultExpiry: &hour}})}},
		{name: "url of Artifactory", inputs: with(oidc, "url", "https://acme.example/artifactory"), cause: `its path "/artifactory" is that of one service`, fix: "give the platform's base URL"},
		{name: "url of the web page", inputs: with(oidc, "url", "https://acme.example/ui"), cause: `its path "/ui" is that of`, fix: "give the platform's base URL"},
		{name: "url without a scheme", inputs: with(oidc, "url", "acme.example"), cause: "it is not a URL", fix: "https://acme.jfrog.io"},
		{name: "url with http", inputs: with(oidc, "url", "http://acme.example"), cause: "would show the credentials to the network", fix: "use https"},
		{name: "CA of its own", inputs: groups, cause: "certificate signed by unknown authority", fix: "give the CA's certificate as ca-cert", spoil: func(t *testing.T, r *runner) {
			asAdmin(t, r)
			server := unstarted(t, r.sandbox, r.sandbox.Server)
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			r.env["INPUT_URL"] = server.URL
		}},
		{name: "proxy that is closed", inputs: groups, spoil: closedProxy, cause: "connection refused", fix: "check HTTPS_PROXY"},
		{name: "proxy that refuses", inputs: groups, spoil: behind(http.StatusForbidden, "no"), cause: "refused to connect: 403", fix: "name the host in NO_PROXY"},
		{name: "proxy that wants a password", inputs: groups, spoil: behind(http.StatusProxyAuthRequired, ""), cause: "refused to connect: 407", fix: "check the user and password in HTTPS_PROXY"},
		{name: "server too old for OIDC", inputs: with(oidc), options: append(mapped(main), sandbox.WithVersion("7.70.0")), cause: "too old for OIDC", fix: "7.77.3"},
		{name: "server too old for the Access API", inputs: with(groups, "api", "access"), options: []sandbox.Option{sandbox.WithVersion("7.20.0")}, spoil: asAdmin,
			cause: "the Access API needs 7.21.1", fix: "set api to legacy"},
		{name: "server down", inputs: with(groups, "url", "http://127.0.0.1:1", "access-token", "nonsense"), cause: "connection refused", fix: "check that the url is right and reachable"},
		{name: "clocks that differ", inputs: with(oidc), options: append(mapped(main), faults(t, "clock-skew=1h@exchange")), cause: "JFrog didn't accept the ID token: expired", fix: "the clocks of both sides"},
		{name: "legacy API with OIDC", inputs: with(oidc, "api", "legacy"), cause: "the legacy API doesn't have it", fix: "set api to auto"},
		{name: "token as a password", inputs: with(nil, "user", "robot"), cause: "an access token in the password's place", fix: "give a token as access-token", spoil: func(_ *testing.T, r *runner) {
			r.env["INPUT_PASSWORD"] = r.tokenOf("robot")
		}, options: []sandbox.Option{sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: &yes}})}},
		{name: "another platform's token", inputs: groups, cause: "this platform didn't issue the access token", fix: "check that url is the platform that issued", spoil: func(t *testing.T, r *runner) {
			r.env["INPUT_ACCESS-TOKEN"] = sandboxtest.StartInBubble(t).AdminToken
		}},
	}
}

func fromFork(t *testing.T, r *runner) {
	t.Helper()
	event := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(`{"pull_request":{"head":{"repo":{"fork":true,"full_name":"mallory/octo-repo"}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r.env["GITHUB_EVENT_PATH"], r.env["GITHUB_EVENT_NAME"] = event, "pull_request"
	r.env["ACTIONS_ID_TOKEN_REQUEST_URL"], r.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "", ""
}

// told returns the first line of a log that people see, and the one behind it, where it is an error. On a slow machine a wait may
// have been explained before: then what was held back stands in front of the result.
func told(log string) (first, second string, isError bool) {
	if strings.Contains("\n"+log, "\nstill ") {
		log = log[max(strings.Index(log, "nothing is wrong"), strings.Index(log, "::error::"), 0):]
	}
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "::add-mask::") {
			continue
		}
		text, isError := strings.CutPrefix(strings.TrimSpace(line), "::error::")
		lines := append(strings.Split(strings.NewReplacer("%25", "%").Replace(text), "%0A"), "")
		return lines[0], lines[1], isError
	}
	return "", "", false
}

// fromError leaves out what a log says before its first error.
func fromError(log string) string {
	return log[max(strings.Index(log, "::error::"), 0):]
}

// Every mistake is told with its cause and its fix, by the mint and by doctor: doctor in its first two lines.
func TestMistakes(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	rows := map[string]string{}
	scores := map[string]int{}
	t.Run("all", func(t *testing.T) {
		for _, m := range mistakes(t) {
			t.Run(m.name, inBubble(func(t *testing.T) {
				r := m.spoiled(t, sandboxtest.StartInBubble)
				exact := m.exact
				if exact == "" {
					exact = m.cause
				}
				_, minted := r.main()
				args := []string{"frogmint", "doctor"}
				if m.exact != "" {
					args = append(args, "--admin-token-env", "JF_ADMIN_TOKEN")
				}
				_, byDoctor := r.run(t.Context(), r.env, args...)
				for _, by := range []struct{ name, log, cause string }{{"mint", fromError(minted), m.cause}, {"doctor", byDoctor, exact}} {
					cause, fix, isError := told(by.log)
					score := 0
					if isError && strings.Contains(cause, by.cause) {
						score++
					}
					if isError && strings.Contains(fix, m.fix) && strings.HasPrefix(fix, "hint: ") {
						score++
					}
					if m.quiet != "" && !isError && strings.Contains(by.log, m.quiet) {
						score++
					}
					if score < 2 {
						t.Logf("%s:\n%s", by.name, by.log)
					}
					mu.Lock()
					scores[by.name] += score
					rows[m.name] += fmt.Sprintf("%-6s %d  %s\n          %s\n", by.name, score, cause, fix)
					mu.Unlock()
				}
			}))
		}
	})
	most := 2 * len(mistakes(t))
	for _, m := range mistakes(t) {
		t.Logf("%s\n%s", m.name, rows[m.name])
	}
	for _, name := range []string{"mint", "doctor"} {
		t.Logf("%s: %d of %d", name, scores[name], most)
		if 42*scores[name] < 41*most {
			t.Errorf("%s explains too little: %d of %d", name, scores[name], most)
		}
	}
}
