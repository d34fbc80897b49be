// Package cli is the frogmint command: the subcommands, and the action's two stages, which are the same binary under
// other names.
package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/child"
	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// Exit statuses.
const (
	ExitSuccess   = 0 // done
	ExitFailure   = 1 // the service said no, or can't be reached
	ExitUsage     = 2 // wrong usage or configuration
	ExitLeftAlive = 3 // a token may still be alive
)

// Command is one run of the program. Every field but Setenv is required.
type Command struct {
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer
	LookupEnv func(string) (string, bool)
	Environ   func() []string // for a child process
	// Setenv is os.Setenv, for what crypto/x509 reads from the environment and the post stage takes from its state. Nil
	// leaves it as it is.
	Setenv func(name, value string) error
	Now    func() time.Time
	Proxy  func(*http.Request) (*url.URL, error)
	// Subscribe and Unsubscribe are signal.Notify and signal.Stop, for exec.
	Subscribe   func(chan<- os.Signal, ...os.Signal)
	Unsubscribe func(chan<- os.Signal)
}

// Main runs the command line and returns the exit status. args[0] is the program's name: frogmint-main and frogmint-post
// are the action's stages, whatever else stands in args. ctx ends at a signal; what was minted is then revoked, and Main
// returns within five seconds.
func (c *Command) Main(ctx context.Context, args []string) int {
	if err := limit.NoCoreDumps(); err != nil {
		_, _ = fmt.Fprintf(c.Stderr, "frogmint: warning: a crash could write secrets to a core file: %v\n", err)
	}
	child.Conceal()
	name := ""
	if len(args) > 0 {
		name = strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	}
	switch {
	case strings.HasSuffix(name, "frogmint-main"):
		return c.stageMain(ctx)
	case strings.HasSuffix(name, "frogmint-post"):
		return c.stagePost(ctx)
	case len(args) < 2:
		_, _ = io.WriteString(c.Stderr, usage)
		return ExitUsage
	}
	return c.subcommand(ctx, args[1], args[2:])
}

func (c *Command) subcommand(ctx context.Context, name string, args []string) int {
	switch name {
	case "mint":
		return c.mint(ctx, args)
	case "exec":
		return c.exec(ctx, args)
	case "revoke":
		if reach, ok := sweepReach(args); ok {
			return c.sweep(ctx, args, reach)
		}
		return c.revokeGiven(ctx, args)
	case "doctor":
		return c.doctor(ctx, args)
	case "version", "--version", "-version":
		_, _ = fmt.Fprintln(c.Stdout, "frogmint", Version())
		return ExitSuccess
	case "help", "-h", "-help", "--help":
		_, _ = io.WriteString(c.Stdout, usage)
		return ExitSuccess
	}
	_, _ = fmt.Fprintf(c.Stderr, "frogmint: error: %q is no command\nfrogmint: hint: run frogmint help\n", redact.Text(name, 80))
	return ExitUsage
}

func (c *Command) getenv(name string) string {
	value, _ := c.LookupEnv(name)
	return value
}
