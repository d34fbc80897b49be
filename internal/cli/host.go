package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/process"
)

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
