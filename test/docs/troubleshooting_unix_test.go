//go:build unix

package docs_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
	"github.com/frogmint/frogmint/test/docs"
)

// scene is a run of frogmint that fails.
type scene struct {
	fault []string
	env   map[string]string
	args  []string // of frogmint; the action's main step where there are none
	url   string   // the sandbox's where it is empty
}

// TestTroubleshooting_HasWhatIsPrinted makes frogmint say every text of the page, but one that takes two users.
func TestTroubleshooting_HasWhatIsPrinted(t *testing.T) {
	t.Parallel()
	texts := map[string]*regexp.Regexp{}
	for line := range strings.Lines(docs.Part(t, filepath.Join(root, "docs", "troubleshooting.md"), "texts")) {
		if _, text, ok := strings.Cut(line, "| `"); ok && strings.HasPrefix(line, "| `") {
			text, _, _ = strings.Cut(text, "` |")
			texts[text] = regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), "…", ".*"))
		}
	}
	delete(texts, "this process runs as uid …, … belongs to uid …")
	if len(texts) < 20 {
		t.Fatalf("only %d texts", len(texts))
	}
	logs, mu := map[string]string{}, sync.Mutex{}
	t.Run("scenes", func(t *testing.T) {
		for name, scene := range scenes(t) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				printed := scene.play(t)
				mu.Lock()
				defer mu.Unlock()
				logs[name] = printed
			})
		}
	})
	for text, pattern := range texts {
		found := false
		for _, printed := range logs {
			found = found || pattern.MatchString(printed)
		}
		if !found {
			t.Errorf("nothing prints %q", text)
		}
	}
	for name, printed := range logs {
		found := false
		for _, pattern := range texts {
			found = found || pattern.MatchString(printed)
		}
		if !found {
			t.Errorf("%s: the page has nothing of\n%s", name, printed)
		}
	}
}

func scenes(t *testing.T) map[string]scene {
	t.Helper()
	mint := func(flags ...string) []string {
		return append([]string{"mint", "--format", "token", "--timeout", "1s"}, flags...)
	}
	groups, admin := mint("--groups", "CI"), map[string]string{"JF_ACCESS_TOKEN": "ADMIN"}
	with := func(name, value string) map[string]string {
		return map[string]string{"JF_ACCESS_TOKEN": "ADMIN", name: value}
	}
	secured, plain := httptest.NewUnstartedServer(http.NotFoundHandler()), httptest.NewServer(http.NotFoundHandler())
	secured.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	nameless := httptest.NewUnstartedServer(http.NotFoundHandler())
	nameless.TLS = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }} //nolint:nilnil // it knows no name
	proxy := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		return server.URL
	}
	for _, server := range []*httptest.Server{secured, nameless} {
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
	}
	t.Cleanup(plain.Close)
	nameless.TLS.Certificates = nil
	trusted := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secured.Certificate().Raw}))
	return map[string]scene{
		"no ID token":      {env: map[string]string{"GITHUB_ACTIONS": "true"}, args: mint("--oidc-provider-name", "github")},
		"unknown command":  {args: []string{"mnit"}},
		"unknown flag":     {env: admin, args: mint("--grops", "CI")},
		"audience":         {env: map[string]string{"MY_TOKEN": "ID TOKEN"}, args: mint("--oidc-provider-name", "github", "--id-token-env", "MY_TOKEN", "--oidc-audience", "other")},
		"administrator":    {env: admin, args: mint()},
		"another url":      {env: admin, args: mint("--url", "https://other.example")},
		"the shell":        {env: admin, args: []string{"exec", "--groups", "CI", "--", "curl", "-H", "Authorization: Bearer ADMIN"}},
		"broader":          {fault: []string{"broader-scope=applied-permissions/admin@mint"}, env: admin, args: groups},
		"output is a link": {env: map[string]string{"GITHUB_ACTIONS": "true", "INPUT_ACCESS-TOKEN": "ADMIN", "INPUT_GROUPS": "CI", "GITHUB_STATE": "FILE", "GITHUB_OUTPUT": "LINK"}},
		"no PEM":           {env: with("FROGMINT_CA_CERT", "/nowhere/ca.pem"), args: groups},
		"half a PEM":       {env: with("FROGMINT_CA_CERT", "-----BEGIN CERTIFICATE-----\nMIIB"), args: groups},
		"proxy's password": {env: with("HTTPS_PROXY", "http://bob:a#b@proxy:1"), args: groups, url: "https://acme.example"},
		"proxy 407":        {env: with("HTTPS_PROXY", proxy(407)), args: groups, url: "https://acme.example"},
		"proxy 403":        {env: with("HTTPS_PROXY", proxy(403)), args: groups, url: "https://acme.example"},
		"private CA":       {env: admin, args: groups, url: secured.URL},
		"client's":         {env: with("FROGMINT_CA_CERT", trusted), args: groups, url: secured.URL},
		"wrong name":       {env: with("FROGMINT_CA_CERT", trusted), args: groups, url: nameless.URL},
		"TLS to plain":     {env: admin, args: groups, url: strings.Replace(plain.URL, "http:", "https:", 1)},
		"plain to TLS":     {env: admin, args: groups, url: answering(t, "\x15\x03\x01\x00\x02\x02\x46")},
		"plain to nginx":   {env: admin, args: groups, url: answering(t, "HTTP/1.0 400 Bad Request\r\n\r\n<title>400 The plain HTTP request was sent to HTTPS port</title>")},
		"nobody listens":   {env: admin, args: groups, url: "http://127.0.0.1:1"},
		"redirect":         {fault: []string{"redirect=https://sso.example/login@mint"}, env: admin, args: groups},
		"gateway":          {fault: []string{"page=403@mint"}, env: admin, args: groups},
		"something else":   {fault: []string{"commit-then-page=200:text@mint"}, env: admin, args: groups},
		"left alive":       {fault: []string{"commit-then-drop@mint", "status=403@list"}, env: admin, args: groups},
	}
}

// answering is the address of a server that reads a request and answers with these bytes.
func answering(t *testing.T, answer string) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(connection))
			_, _ = io.WriteString(connection, answer)
			_ = connection.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

// play runs the scene and returns what was printed.
func (s scene) play(t *testing.T) string {
	t.Helper()
	box, dir := sandboxtest.Start(t), t.TempDir()
	var faults []sandbox.Fault
	for _, text := range s.fault {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, fault)
	}
	idToken := idTokenOf(t, box)
	box.Server.SetFaults(faults...)
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(link, 0o700); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("ADMIN", box.AdminToken, "ID TOKEN", idToken, "FILE", file, "LINK", link).Replace
	env := map[string]string{"HOME": dir, "JF_URL": box.URL}
	if s.url != "" {
		env["JF_URL"] = s.url
	}
	for name, value := range s.env {
		env[name] = fill(value)
	}
	args := []string{"frogmint"}
	for _, arg := range s.args {
		args = append(args, fill(arg))
	}
	if len(s.args) == 0 {
		args[0], env["INPUT_URL"] = "frogmint-main", box.URL
	}
	var out bytes.Buffer
	command := &cli.Command{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Environ: func() []string { return nil },
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		Proxy: func(*http.Request) (*url.URL, error) {
			if env["HTTPS_PROXY"] == "" {
				return nil, nil //nolint:nilnil // as http.ProxyFromEnvironment
			}
			return url.Parse(env["HTTPS_PROXY"])
		},
		Subscribe: func(chan<- os.Signal, ...os.Signal) {}, Unsubscribe: func(chan<- os.Signal) {},
	}
	if status := command.Main(t.Context(), args); status == cli.ExitSuccess {
		t.Errorf("%q succeeds", args)
	}
	return out.String()
}

// idTokenOf asks the sandbox's issuer for an ID token.
func idTokenOf(t *testing.T, box *sandboxtest.Sandbox) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, box.IDTokenRequestURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+box.IDTokenRequestToken)
	response, err := box.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Value string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.Value
}
