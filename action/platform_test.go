package action_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// platform is a sandbox in a bubble, perhaps behind something, with a client for it.
type platform struct {
	*sandboxtest.Sandbox
	client *action.Client
	config action.Config // an administrator asks for group CI, ten minutes
	log    *lines
}

// front stands between the client and the sandbox, as a balancer does.
type front func(box http.Handler, w http.ResponseWriter, r *http.Request)

// newPlatform starts a sandbox. Call it in a bubble.
func newPlatform(t *testing.T, options ...sandbox.Option) *platform {
	t.Helper()
	box := sandboxtest.StartInBubble(t, options...)
	p := &platform{Sandbox: box, log: new(lines)}
	p.client = &action.Client{
		DialContext: box.DialContext, UserAgent: "test", Job: action.Job{System: "ci", Run: "1", Name: "build"}, Logger: p.log,
	}
	p.config = action.Config{
		URL: box.URL, Credentials: action.Credentials{Token: action.NewSecret(box.AdminToken)}, Groups: []string{"CI"}, Expiry: 10 * time.Minute,
	}
	return p
}

// behind puts something in front of the sandbox, and points the configuration to it.
func (p *platform) behind(t *testing.T, through front) *platform {
	t.Helper()
	listener := p.Network.Listen()
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { through(p.Server, w, r) }),
		ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	p.config.URL = "http://" + listener.Addr().String()
	return p
}

// withProvider has the client exchange an ID token of the sandbox's own issuer.
func (p *platform) withProvider(name string) *platform {
	p.config.Credentials = action.Credentials{Provider: name}
	p.config.IDToken = p.idToken
	return p
}

func (p *platform) idToken(ctx context.Context, audience string) (action.Secret, error) {
	url := p.IDTokenRequestURL
	if audience != "" {
		url += "&audience=" + audience
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return action.Secret{}, err
	}
	request.Header.Set("Authorization", "Bearer "+p.IDTokenRequestToken)
	response, err := p.Client().Do(request)
	if err != nil {
		return action.Secret{}, err
	}
	defer response.Body.Close()
	var answer struct{ Value action.Secret }
	err = json.NewDecoder(response.Body).Decode(&answer)
	return answer.Value, err
}

// minted mints and fails the test where that doesn't work.
func (p *platform) minted(t *testing.T) *action.Token {
	t.Helper()
	token, err := p.client.Mint(t.Context(), p.config)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// alive are the live tokens but those with the ids. An exchanged token counts for nothing here: these mappings' are too
// short for JFrog to revoke them, and one that doesn't become the job's never leaves the process.
func (p *platform) alive(but ...string) []sandbox.TokenInfo {
	return slices.DeleteFunc(p.Server.LiveTokens(), func(token sandbox.TokenInfo) bool {
		return strings.HasPrefix(token.Description, "OIDC ") || slices.Contains(but, token.ID)
	})
}

// wantNoneUnnamed fails the test where a token is alive that the error doesn't name by its id or description.
func (p *platform) wantNoneUnnamed(t *testing.T, err error, but ...string) {
	t.Helper()
	var left *action.LeftAliveError
	errors.As(err, &left)
	for _, token := range p.alive(but...) {
		named := left != nil && slices.ContainsFunc(left.Tokens, func(a action.AliveToken) bool {
			return a.ID == token.ID || a.Description == token.Description && a.Description != ""
		})
		if !named {
			t.Errorf("alive and not named: %+v\nerror: %v\nlog:\n%s", token, err, p.log)
		}
	}
}

// requests counts the requests that the sandbox saw with this method, whose path ends so.
func (p *platform) requests(method, suffix string) int {
	count := 0
	for _, request := range p.Server.Requests() {
		if request.Method == method && strings.HasSuffix(request.Path, suffix) {
			count++
		}
	}
	return count
}

// faults reads faults as the sandbox's command line does.
func faults(t *testing.T, texts ...string) []sandbox.Fault {
	t.Helper()
	all := make([]sandbox.Fault, len(texts))
	for i, text := range texts {
		var err error
		if all[i], err = sandbox.ParseFault(text); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// lines keeps what is logged.
type lines struct {
	mu   sync.Mutex
	kept []string
}

func (l *lines) Info(line string) { l.add(line) }
func (l *lines) Warn(line string) { l.add("warning: " + line) }

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.kept, "\n")
}

// runner is a CI's runner that records what it is told. It fails where it is told to.
type runner struct {
	fails  string // where: "mask 2" is the second call of Mask
	on     func(step string)
	steps  []string
	masked []action.Secret
	saved  []action.State
	given  []action.Token
}

var errRunner = errors.New("the runner's disk is full")

func (r *runner) step(name string) error {
	r.steps = append(r.steps, name)
	if r.on != nil {
		r.on(name)
	}
	count := 0
	for _, step := range r.steps {
		if step == name {
			count++
		}
	}
	if r.fails == fmt.Sprint(name, " ", count) {
		return errRunner
	}
	return nil
}

func (r *runner) Mask(secrets ...action.Secret) error {
	r.masked = append(r.masked, secrets...)
	return r.step("mask")
}

func (r *runner) Save(state action.State) error {
	r.saved = append(r.saved, state)
	return r.step("save")
}

func (r *runner) Export(token action.Token) error {
	r.given = append(r.given, token)
	return r.step("export")
}

func isMint(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == "/access/api/v1/tokens" || r.URL.Path == "/artifactory/api/security/token")
}

// carriedOut lets the sandbox work and keeps its answer from the client.
func carriedOut(box http.Handler, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	box.ServeHTTP(answer, r)
	return answer
}

// later is the request for a time at which its connection is gone.
func later(r *http.Request) *http.Request {
	body, _ := io.ReadAll(r.Body)
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Body = io.NopCloser(bytes.NewReader(body))
	return again
}

// reset ends the connection with a TCP reset.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := connection.(interface{ SetLinger(seconds int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

// changed hands on an answer with some members changed.
func changed(w http.ResponseWriter, answer *httptest.ResponseRecorder, members map[string]any) {
	var body map[string]any
	_ = json.Unmarshal(answer.Body.Bytes(), &body)
	for name, value := range members {
		body[name] = value
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

// onMint treats a mint in its own way, and leaves everything else to the sandbox.
func onMint(special front) front {
	return func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		if isMint(r) {
			special(box, w, r)
			return
		}
		box.ServeHTTP(w, r)
	}
}

// onFirstMint treats the first mint in its own way.
func onFirstMint(special front) front {
	var once sync.Once
	return onMint(func(box http.Handler, w http.ResponseWriter, r *http.Request) {
		first := false
		once.Do(func() { first = true })
		if first {
			special(box, w, r)
			return
		}
		box.ServeHTTP(w, r)
	})
}
