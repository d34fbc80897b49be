// Command frogmint-sandbox is an embedded JFrog: a token server to try frogmint against.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, done := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := (&command{stdout: os.Stdout, stderr: os.Stderr}).main(ctx, os.Args[1:])
	done()
	os.Exit(status)
}
