// Package cli is the frogmint command: the subcommands, and the action's main and post step, which are the same binary
// under other names.
package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/process"
	"github.com/frogmint/frogmint/internal/redact"
)

// Exit statuses.
const (
	ExitSuccess   = 0 // done
	ExitFailure   = 1 // the service said no, or can't be reached
	ExitUsage     = 2 // wrong usage or configuration
	ExitLeftAlive = 3 // a token may still be alive
)

// Command is one run of the program. Every field but Setenv, DialContext and Executable is required.
type Command struct {
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer
	LookupEnv func(string) (string, bool)
	Environ   func() []string // for a child process
	// Setenv is os.Setenv, for what crypto/x509 reads from the environment and the post step takes from its state. Nil
	// leaves it as it is.
	Setenv func(name, value string) error
	Proxy  func(*http.Request) (*url.URL, error)
	// DialContext makes connections; nil: TCP.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Executable is this program, for exec's guardian and credential helpers; empty does without them.
	Executable string
	// Subscribe and Unsubscribe are signal.Notify and signal.Stop, for exec.
	Subscribe   func(chan<- os.Signal, ...os.Signal)
	Unsubscribe func(chan<- os.Signal)
}

// subcommand is one word behind frogmint.
type subcommand struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string) int
}

func (c *Command) subcommands() []subcommand {
	return []subcommand{
		{"mint", "mint   [flags]             mint a token; export it the CI's own way, or print it (--format token|json|env)", c.mint},
		{"revoke", "revoke [flags]             revoke a token from stdin, --token-env or --token-file, and prove it", c.revoke},
		{"sweep", "sweep  [--run] [flags]     revoke what a killed job, or all of a run, left", c.sweep},
		{"exec", "exec   [flags] -- cmd ...  mint, run cmd with JF_URL, JF_USER and JF_ACCESS_TOKEN, revoke when it ends", c.exec},
		{"doctor", "doctor [flags]             say whether a mint works here, and if not why, and leave nothing behind", c.doctor},
		{"mapping", "mapping print|check|lint    the identity mapping for this job; jobs against mappings; unsafe mappings", c.mapping},
		{"version", "version", c.version},
	}
}

// Main runs the command line and returns the exit status. args[0] is the program's name: frogmint-main and frogmint-post
// are the action's steps, whatever else is in args, and CLIENT-credential-frogmint is that client's credential helper. ctx ends
// at a signal; what was minted is then revoked, and Main returns within five seconds.
func (c *Command) Main(ctx context.Context, args []string) int {
	if err := process.Harden(); err != nil {
		_, _ = fmt.Fprintf(c.Stderr, "frogmint: warning: a crash could write secrets to a core file: %v\n", err)
	}
	name := ""
	if len(args) > 0 {
		name = strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	}
	client, isHelper := strings.CutSuffix(name, login.HelperSuffix)
	switch {
	case isHelper:
		return c.helper(ctx, client, args[1:])
	case strings.HasSuffix(name, "frogmint-main"):
		return c.mainStep(ctx)
	case strings.HasSuffix(name, "frogmint-post"):
		return c.postStep(ctx)
	case len(args) < 2:
		_, _ = io.WriteString(c.Stderr, c.help())
		return ExitUsage
	}
	return c.dispatch(ctx, args[1], args[2:])
}

func (c *Command) dispatch(ctx context.Context, name string, args []string) int {
	switch name {
	case guardWord:
		return c.guard(ctx)
	case "--version", "-version":
		return c.version(ctx, nil)
	case "help", "-h", "-help", "--help":
		if len(args) == 0 {
			_, _ = io.WriteString(c.Stdout, c.help())
			return ExitSuccess
		}
		if args[0] == "inputs" {
			_, _ = io.WriteString(c.Stdout, explain(allInputs()))
			return ExitSuccess
		}
		name, args = args[0], []string{"-h"}
	}
	known := c.subcommands()
	if i := slices.IndexFunc(known, func(s subcommand) bool { return s.name == name }); i >= 0 {
		return known[i].run(ctx, args)
	}
	_, _ = fmt.Fprintf(c.Stderr, "frogmint: error: unknown command %q\nfrogmint: hint: run frogmint help\n", redact.Text(name, 80))
	return ExitUsage
}

func (c *Command) getenv(name string) string {
	value, _ := c.LookupEnv(name)
	return value
}

// version is set at link time for releases (-X).
var version string

// Version returns the release, or what the build recorded of its source.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (c *Command) version(context.Context, []string) int {
	_, _ = fmt.Fprintln(c.Stdout, "frogmint", Version())
	return ExitSuccess
}
