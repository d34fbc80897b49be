package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/login"
)

// askLimit bounds a helper's wait for frogmint exec.
const askLimit = 5 * time.Second

// helper is the program under the name of a client's credential helper. cargo asks line by line, and the others once.
func (c *Command) helper(ctx context.Context, client string, args []string) int {
	q := &login.Question{}
	if len(args) > 0 {
		q.Word = args[0]
	}
	if client != "cargo" {
		if q.Word == "get" {
			c.readQuestion(ctx, q, c.Stdin)
		}
		return c.answer(ctx, client, q)
	}
	_, _ = io.WriteString(c.Stdout, login.CargoHello)
	for more := true; more; {
		if more = c.readQuestion(ctx, q, &line{Reader: c.Stdin}); more || q.Err != nil {
			c.answer(ctx, client, q)
		}
	}
	return ExitSuccess
}

// readQuestion reports whether there was an input that could be read.
func (c *Command) readQuestion(ctx context.Context, q *login.Question, input io.Reader) bool {
	open := func() (io.ReadCloser, error) { return io.NopCloser(input), nil }
	text, err := httpapi.ReadStream(ctx, open, httpapi.MaxToken, "of a helper's input")
	q.Input, q.Err = string(text), err
	return err == nil && q.Input != ""
}

// answer prints the answer to a question. docker looks for an error on standard output.
func (c *Command) answer(ctx context.Context, client string, q *login.Question) int {
	if q.Err == nil {
		q.Grant, q.Err = c.askExec(ctx)
	}
	text, err := login.Answer(client, q)
	switch {
	case err == nil:
		_, _ = io.WriteString(c.Stdout, text)
		return ExitSuccess
	case client == "docker":
		_, _ = io.WriteString(c.Stdout, err.Error()+"\n")
	default:
		_, _ = io.WriteString(c.Stderr, "frogmint: error: "+err.Error()+"\n")
	}
	return ExitFailure
}

// askExec asks the frogmint exec that this process runs below.
func (c *Command) askExec(ctx context.Context) (grant login.Grant, err error) {
	socket := c.getenv(login.SocketVariable)
	if socket == "" {
		return grant, errors.New(login.SocketVariable + " is not set: credential helpers answer below frogmint exec --login only")
	}
	dial := c.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	var text []byte
	conn, err := dial(ctx, "unix", socket) // which is this machine's, and answers at once or not
	if err == nil {
		_ = conn.SetDeadline(time.Now().Add(askLimit))
		text, err = httpapi.ReadAll(conn, 2*httpapi.MaxToken, "of an answer")
		_ = conn.Close()
	}
	if err == nil {
		grant, err = login.ReadGrant(string(text))
	}
	if err != nil {
		err = fmt.Errorf("asking frogmint exec, which has ended or doesn't answer: %w", err)
	}
	return grant, err
}

// line reads to the end of a line, and no byte of the next one.
type line struct {
	io.Reader
	ended bool
}

func (l *line) Read(p []byte) (int, error) {
	if l.ended || len(p) == 0 {
		return 0, io.EOF
	}
	n, err := l.Reader.Read(p[:1])
	l.ended = n == 1 && p[0] == '\n'
	return n, err
}
