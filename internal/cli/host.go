package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"time"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// host is the machine as a CI system may use it. HTTP comes with the configuration, which may add certificates.
func (c *Command) host(out io.Writer) ci.Host {
	return ci.Host{Env: c.getenv, Local: local, Run: c.run, Out: out}
}

// local connects through no proxy: a unix socket and a metadata server are this machine's, not the network's.
func local(socket string) ci.Doer {
	client, err := limit.NewClient(limit.Transport{})
	if err != nil {
		return refusal{err}
	}
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return client
	}
	transport.DisableKeepAlives = true // each caller makes one call
	if socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}
	}
	return client
}

// refusal is a client that couldn't be made.
type refusal struct{ err error }

func (r refusal) Do(*http.Request) (*http.Response, error) { return nil, r.err }

// runGrace is for a CI's command that was told to end.
const runGrace = time.Second

// run runs one of the CI's own commands. What it prints on standard output may be a secret and goes to the caller only;
// what it says on standard error is part of the error.
func (c *Command) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // the names are constants of the CI systems
	output, complaint := &bounded{left: limit.Token}, &bounded{left: limit.Message}
	command.Env, command.Stdout, command.Stderr, command.WaitDelay = c.Environ(), output, complaint, runGrace
	err := command.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, &ci.Problem{What: fmt.Sprintf("%q is not in PATH", name)}
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("%s: %v: %s", name, err, redact.Text(string(complaint.kept), 300))
	case output.cut:
		return nil, fmt.Errorf("%s: more than %d bytes of output (limit token)", name, limit.Token)
	}
	return output.kept, nil
}

// bounded keeps the first bytes of what is written, and notes that there were more. It embeds no buffer, whose ReadFrom
// would go round the bound.
type bounded struct {
	kept []byte
	left int
	cut  bool
}

func (b *bounded) Write(data []byte) (int, error) {
	fits := min(len(data), b.left)
	b.kept, b.left, b.cut = append(b.kept, data[:fits]...), b.left-fits, b.cut || fits < len(data)
	return len(data), nil
}
