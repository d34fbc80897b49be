package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/frogmint/frogmint/action"
)

const (
	maxSocketPath = 103         // bytes of the path of a socket, on macOS; Linux takes four more
	serveLimit    = time.Second // for a helper that reads slowly: one is answered at a time
)

// listen makes the socket at which the command's credential helpers ask, where a client has one.
func (e *execution) listen() error {
	path := e.login.Socket()
	if path == "" {
		return nil
	}
	err := fmt.Errorf("%q has %d bytes, and the path of a socket may have %d", path, len(path), maxSocketPath)
	if len(path) <= maxSocketPath {
		var listener *net.UnixListener
		if listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"}); err == nil {
			e.tokens.listener = listener
			err = syscall.Chmod(path, 0o600)
		}
	}
	if err == nil {
		return nil
	}
	return &action.ConfigError{
		Field: "login", Reason: "serving credential helpers: " + err.Error(), Fix: "let RUNNER_TEMP or TMPDIR name a directory of this machine with a shorter path",
	}
}

// serve answers credential helpers until the listener is closed. Whoever connects is told the token in use, and asked nothing:
// one that says nothing, or too much, is told the same.
func (t *execTokens) serve() {
	for {
		conn, err := t.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // too many open files, for a while
			<-time.After(serveLimit / 10)
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(serveLimit))
		_, _ = io.WriteString(conn, t.grant())
		_ = conn.Close()
	}
}

// grant is the token in use, for helpers. Nobody needs to ask again before its renewal: it lives on for a while then.
func (t *execTokens) grant() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	token, renewal := t.live[len(t.live)-1], int64(0)
	if token.ExpiresIn > 0 {
		renewal = token.minted.Add(renewAfter(token.ExpiresIn)).Unix()
	}
	return t.login.Grant(renewal)
}
