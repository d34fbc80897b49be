package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// stopWithin bounds the wait for requests that are under way when the server is told to stop.
const stopWithin = 3 * time.Second

// serveFlags is what serve was asked for.
type serveFlags struct {
	listen, envFile, version, caFile, config, accessLog string

	tls    bool
	claims map[string]string
	faults []sandbox.Fault
}

func (f *serveFlags) set(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8081", "loopback `address` to listen on; port 0 takes a free one")
	flags.StringVar(&f.envFile, "env-file", "", "write JF_URL and the like to this `file`, mode 0600")
	flags.StringVar(&f.version, "artifactory-version", "", "`release` of Artifactory to play, such as 7.49.0")
	flags.BoolVar(&f.tls, "tls", false, "serve https with a certificate made at start")
	flags.StringVar(&f.caFile, "ca-file", "", "write the CA certificate to this `file` (with --tls)")
	flags.StringVar(&f.config, "config", "", "JSON `file` with thresholds, providers, groups, users")
	flags.StringVar(&f.accessLog, "access-log", "", "append a line for each request to this `file`")
	flags.Func("claim", "`NAME=VALUE` of the ID tokens; may be repeated", f.addClaim)
	flags.Func("fault", "`NAME[=ARG][@ENDPOINT][,times=N][,for=DURATION]` to misbehave by; may be repeated", f.addFault)
	return flags
}

func (f *serveFlags) addClaim(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want NAME=VALUE")
	}
	if f.claims == nil {
		f.claims = map[string]string{}
	}
	f.claims[name] = value
	return nil
}

func (f *serveFlags) addFault(text string) error {
	fault, err := sandbox.ParseFault(text)
	f.faults = append(f.faults, fault)
	return err
}

// check refuses what can't be served, with a hint.
func (f *serveFlags) check() (hint string, err error) {
	host, _, err := net.SplitHostPort(f.listen)
	if err != nil {
		return "--listen takes HOST:PORT, such as 127.0.0.1:8081", fmt.Errorf("--listen %q: %w", f.listen, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "the sandbox has known passwords and so listens on 127.0.0.1, ::1 or localhost only",
			fmt.Errorf("--listen %q is not on loopback", f.listen)
	}
	if f.tls != (f.caFile != "") {
		return "clients need the CA certificate to trust the server: give both", errors.New("--tls and --ca-file go together")
	}
	return "", nil
}

// serve runs the server until ctx ends. The only line on stdout says that it answers.
func (c *command) serve(ctx context.Context, args []string) int {
	var f serveFlags
	if status, ok := c.parse(f.set("serve"), args); !ok {
		return status
	}
	if hint, err := f.check(); err != nil {
		return c.wrongUsageHint(err, hint)
	}
	opts, closeLog, err := f.options()
	defer closeLog()
	if err != nil {
		return c.wrongUsage(err)
	}
	listener, certificate, err := f.open(ctx)
	if err != nil {
		return c.failed(err)
	}
	defer func() { _ = listener.Close() }()
	opts = append(opts, sandbox.WithBaseURL(f.baseURL(listener)), sandbox.WithKeys(c.keys))
	if certificate != nil {
		opts = append(opts, sandbox.WithHTTPClient(certificate.Client()))
	}
	server, err := sandbox.New(opts...)
	if err != nil {
		return c.wrongUsage(err)
	}
	if err := f.writeFiles(server, certificate); err != nil {
		return c.failed(err)
	}
	return c.run(ctx, server, listener)
}

func (f *serveFlags) options() (opts []sandbox.Option, closeLog func(), err error) {
	closeLog = func() {}
	opts = []sandbox.Option{sandbox.WithClaims(f.claims), sandbox.WithFaults(f.faults...)}
	if f.version != "" {
		opts = append(opts, sandbox.WithVersion(f.version))
	}
	if f.config != "" {
		file, err := os.Open(f.config)
		if err != nil {
			return nil, closeLog, err
		}
		defer func() { _ = file.Close() }()
		config, err := sandbox.ReadConfig(file)
		if err != nil {
			return nil, closeLog, fmt.Errorf("--config %q: %w", f.config, err)
		}
		opts = append(opts, sandbox.WithConfig(config))
	}
	if f.accessLog != "" {
		file, err := os.OpenFile(f.accessLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, closeLog, err
		}
		closeLog = func() { _ = file.Close() }
		opts = append(opts, sandbox.WithAccessLog(file))
	}
	return opts, closeLog, nil
}

func (f *serveFlags) open(ctx context.Context) (net.Listener, *sandbox.Certificate, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", f.listen)
	if err != nil || !f.tls {
		return listener, nil, err
	}
	now := time.Now()
	certificate, err := sandbox.NewCertificate(sandbox.LoopbackNames(), now.Add(-time.Hour), now.AddDate(0, 0, 30))
	if err != nil {
		_ = listener.Close()
		return nil, nil, err
	}
	return tls.NewListener(listener, certificate.ServerConfig()), certificate, nil
}

// baseURL has the host as it was asked for and the port as it came out.
func (f *serveFlags) baseURL(listener net.Listener) string {
	host, _, _ := net.SplitHostPort(f.listen)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	scheme := "http"
	if f.tls {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func (f *serveFlags) writeFiles(server *sandbox.Server, certificate *sandbox.Certificate) error {
	if certificate != nil {
		if err := os.WriteFile(f.caFile, certificate.CAPEM, 0o600); err != nil {
			return err
		}
	}
	if f.envFile == "" {
		return nil
	}
	env := server.Env()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(&b, "%s=%s\n", name, env[name])
	}
	return writePrivate(f.envFile, b.String())
}

// writePrivate narrows the mode before it writes: the file may have been there, readable to all.
func writePrivate(name, text string) (err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // the file that --env-file names
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Chmod(0o600); err != nil {
		return err
	}
	_, err = io.WriteString(file, text)
	return err
}

func (c *command) run(ctx context.Context, server *sandbox.Server, listener net.Listener) int {
	httpServer := server.HTTPServer()
	served := make(chan error, 1)
	go func() { served <- httpServer.Serve(listener) }()
	_, _ = fmt.Fprintf(c.stdout, "frogmint-sandbox ready: %s\n", server.BaseURL())
	select {
	case err := <-served:
		return c.failed(err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := httpServer.Shutdown(stopping); err != nil {
		_ = httpServer.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return c.failed(err)
	}
	return exitOK
}
