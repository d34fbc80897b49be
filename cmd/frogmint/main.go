// Command frogmint gives one CI job its own JFrog access token and takes it back.
package main

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/frogmint/frogmint/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	command := &cli.Command{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv, Environ: os.Environ,
		Now: time.Now, Proxy: http.ProxyFromEnvironment,
	}
	status := command.Main(ctx, os.Args)
	stop()
	os.Exit(status)
}
