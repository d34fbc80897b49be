// Command frogmint gives one CI job its own JFrog access token and takes it back.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/frogmint/frogmint/internal/cli"
)

func main() {
	// An earlier step can set GODEBUG to http2debug=2: net/http then logs all that it sends and gets, tokens too.
	log.SetOutput(io.Discard)
	// Otherwise a log that nobody reads any more would end the program, before it has revoked its token.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	command := &cli.Command{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv, Environ: os.Environ, Setenv: os.Setenv,
		Now: time.Now, Proxy: http.ProxyFromEnvironment, Subscribe: signal.Notify, Unsubscribe: signal.Stop,
	}
	status := command.Main(ctx, os.Args)
	stop()
	os.Exit(status)
}
