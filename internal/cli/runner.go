package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"sync"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/process"
)

// stateKey is the one key of the saved state.
const stateKey = "frogmint"

// runner is the running job, as the library needs it: masks, state, outputs, and the CI's ID token.
type runner struct {
	system     ci.System
	host       ci.Host
	printer    *printer
	saves      bool   // a post step follows
	unreliable bool   // that step can't be counted on
	jobSummary bool   // for the post step
	certFile   string // SSL_CERT_FILE and SSL_CERT_DIR, for the post step
	certDir    string
	roots      httpapi.Roots            // the system's CA certificates, read once
	export     func(action.Token) error // hands the token to later steps; nil hands it to nobody
	login      *login.Login             // of later steps; nil for none
	loggedIn   bool                     // the clients' variables were set, or some of them
	saved      action.State             // for the post step
	note       string                   // that the next line on the token ends with; empty for none
	idToken    action.Secret            // the last one that was sent, for a diagnosis
}

var _ action.Runner = (*runner)(nil)

// detect finds the CI. Where the variable that overrides it is wrong, the status says so.
func (c *Command) detect(ctx context.Context) (system ci.System, status int, ok bool) {
	system, err := ci.Detect(c.getenv)
	if err != nil {
		return system, c.newStderrRunner(ctx, ci.Generic()).printer.fail(err), false
	}
	return system, ExitSuccess, true
}

// newRunner prepares a job whose commands and log share standard output: GitHub's runner reads standard error before it,
// so a mask on the one would come too late for a line on the other.
func (c *Command) newRunner(ctx context.Context, system ci.System) *runner {
	r := c.runnerOn(process.NewWriter(c.Stdout, ctx.Done()), system)
	r.printer.fallback = process.NewWriter(c.Stderr, ctx.Done())
	return r
}

// newStderrRunner prepares a job that leaves standard output alone. No post step revokes its token.
func (c *Command) newStderrRunner(ctx context.Context, system ci.System) *runner {
	return c.runnerOn(process.NewWriter(c.Stderr, ctx.Done()), system)
}

func (c *Command) runnerOn(log *process.Writer, system ci.System) *runner {
	host := ci.Host{Env: c.getenv, Local: c.local, Run: c.runTool, Out: log}
	return &runner{
		system: system, host: host, printer: &printer{system: system, host: host, out: log},
		certFile: c.getenv(certFile), certDir: c.getenv(certDir), roots: httpapi.SystemRoots(c.getenv),
	}
}

// Mask hides the secrets in the CI's log, and in everything that this process prints.
func (r *runner) Mask(secrets ...action.Secret) error {
	r.printer.secrets.Add(secrets...)
	if r.system.Mask == nil {
		return nil
	}
	for _, secret := range secrets {
		if err := r.system.Mask(r.host, secret); err != nil {
			return err
		}
	}
	return nil
}

// Save keeps the state for the post step, where there is one.
func (r *runner) Save(state action.State) error {
	if !r.saves || r.system.Save == nil {
		return nil
	}
	state.JobSummary, state.CertFile, state.CertDir = r.jobSummary, r.certFile, r.certDir
	if r.login != nil {
		saved, err := r.login.Save()
		if err != nil {
			return err
		}
		state.Login = saved
	}
	if err := r.saveState(state); err != nil {
		return err
	}
	if r.login == nil { // else logIn says it
		r.say(fmt.Sprintf("token %s is saved for the post step%s", state.TokenID, r.promise(", which revokes it")))
	}
	return nil
}

// saveState takes the place of what was saved before.
func (r *runner) saveState(state action.State) error {
	text, err := state.Encode()
	if err == nil {
		err = r.system.Save(r.host, stateKey, string(text))
	}
	if err == nil {
		r.saved = state
	}
	return err
}

// say prints a line on the token, and what there is to note.
func (r *runner) say(line string) {
	if r.note != "" {
		line += "; " + r.note
	}
	r.note = ""
	r.printer.Info(line)
}

// promise is what a line says of the post step, where that can be counted on.
func (r *runner) promise(text string) string {
	if r.unreliable {
		return ""
	}
	return text
}

// Export hands the token to later steps.
func (r *runner) Export(token action.Token) error {
	if r.export == nil {
		return nil
	}
	return r.export(token)
}

// begin writes the first line: which frogmint, where, for whom, and whose credentials were chosen.
func (r *runner) begin(version string, in *inputs.Inputs) {
	line := fmt.Sprintf("frogmint %s in %s, for %s", version, r.system.Name, in.Config.URL)
	if r.system.Mask == nil {
		line += "; nothing is masked at run time here"
	}
	for _, note := range in.Notes {
		line += "; " + note
	}
	r.printer.Info(line)
	in.Notes = nil
}

// client puts together what the library needs, and says which ways were chosen. It completes the configuration with the
// CI's own ID token.
func (c *Command) client(r *runner, in *inputs.Inputs) (*action.Client, error) {
	config := &in.Config
	for _, note := range in.Notes {
		r.printer.Info(note)
	}
	base, err := url.Parse(config.URL)
	if err != nil {
		return nil, err
	}
	proxy, err := c.proxy(&http.Request{URL: base})
	if err != nil {
		return nil, err
	}
	r.noteTrust(c, proxy)
	// The CI's own services may be behind another proxy, or none, and have certificates of their own.
	ciClient, err := httpapi.NewClient(httpapi.Options{
		Proxy: r.ownProxy(c, proxy), SystemRoots: r.roots, RootsPEM: config.RootsPEM, DialContext: c.DialContext,
	})
	if err != nil {
		return nil, err
	}
	r.host.HTTP, r.printer.host.HTTP = ciClient, ciClient
	r.addSecrets(config.Credentials)
	r.jobSummary = in.JobSummary
	source := config.IDToken
	if source == nil {
		source = func(ctx context.Context, audience string) (action.Secret, error) {
			return r.system.IDToken(ctx, r.host, audience)
		}
	}
	config.IDToken = func(ctx context.Context, audience string) (action.Secret, error) {
		token, err := source(ctx, audience)
		r.idToken = token
		return token, err
	}
	if config.ProviderType == "" {
		config.ProviderType = r.system.ProviderType()
	}
	return &action.Client{
		Proxy: c.proxy, SystemRoots: r.roots, DialContext: c.DialContext, UserAgent: "frogmint/" + Version(), Job: action.Job(r.system.Job(r.host.Env)),
		Runner: r, Logger: r.printer,
	}, nil
}

// Where the system's CA certificates are.
const (
	certFile = "SSL_CERT_FILE"
	certDir  = "SSL_CERT_DIR"
)

// noteTrust says through which proxy the credentials go, and which variable chooses whom to trust: an earlier step may
// have set them.
func (r *runner) noteTrust(c *Command, proxy *url.URL) {
	if proxy != nil {
		r.noteProxy(c, proxy, "proxy")
	}
	for _, name := range []string{certFile, certDir} {
		if value := c.getenv(name); value != "" {
			r.printer.Info(fmt.Sprintf("the system's CA certificates are those of %s (%s)", value, name))
		}
	}
}

func (r *runner) noteProxy(c *Command, proxy *url.URL, what string) {
	password, _ := proxy.User.Password()
	r.printer.secrets.AddBasic(proxy.User.Username(), newSecret(password))
	r.printer.Info(fmt.Sprintf("%s: %s (%s)", what, proxy.Redacted(), c.proxyVariable(proxy)))
}

// ownProxy finds the proxy for the CI's own services, and says which it is where it isn't the platform's.
func (r *runner) ownProxy(c *Command, platforms *url.URL) func(*http.Request) (*url.URL, error) {
	var told sync.Once
	return func(request *http.Request) (*url.URL, error) {
		proxy, err := c.proxy(request)
		if proxy != nil && (platforms == nil || proxy.String() != platforms.String()) {
			told.Do(func() { r.noteProxy(c, proxy, "proxy to "+request.URL.Host) })
		}
		return proxy, err
	}
}

// addSecrets scrubs what came in from everything that goes out. The CI masks these itself.
func (r *runner) addSecrets(credentials action.Credentials) {
	secrets := &r.printer.secrets
	secrets.AddBasic(credentials.User, credentials.Password)
	secrets.Add(credentials.Token)
	for _, name := range []string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN", "BUILDKITE_AGENT_ACCESS_TOKEN"} {
		secrets.Add(newSecret(r.host.Env(name)))
	}
}

// local connects through no proxy: a unix socket and a metadata server are this machine's, not the network's.
func (c *Command) local(socket string) *httpapi.Client {
	options := httpapi.Options{DialContext: c.DialContext}
	if socket != "" {
		options.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}
	}
	client, err := httpapi.NewClient(options)
	if err != nil {
		panic(err) // without certificates there is nothing that could be wrong
	}
	return client
}

// runTool runs one of the CI's own programs and returns what it printed.
func (c *Command) runTool(ctx context.Context, name string, args ...string) ([]byte, error) {
	output, err := process.Output(ctx, c.Environ(), name, args...)
	if errors.Is(err, exec.ErrNotFound) {
		return nil, &ci.ProblemError{What: fmt.Sprintf("%q is not in PATH", name), Fix: "run frogmint where the CI's own programs are"}
	}
	return output, err
}
