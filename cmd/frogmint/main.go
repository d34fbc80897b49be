// Command frogmint gives one CI job its own JFrog access token and revokes it when the job ends.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/frogmint/frogmint/internal/cli"
)

func main() {
	// An earlier step can set GODEBUG, with which net/http logs what it sends and gets, tokens too.
	log.SetOutput(io.Discard)
	// Otherwise a log that nobody reads any more would end the program, before its token is revoked.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	// The last three would end the program with a stack trace, and leave its token.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGTRAP)
	executable, _ := os.Executable() // exec does without a guardian then
	command := &cli.Command{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv, Environ: os.Environ, Setenv: os.Setenv, Executable: executable,
		Proxy: http.ProxyFromEnvironment, Subscribe: signal.Notify, Unsubscribe: signal.Stop,
	}
	status := command.Main(ctx, os.Args)
	stop()
	os.Exit(status)
}
