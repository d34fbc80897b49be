package process

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/frogmint/frogmint/internal/redact"
)

// The bounds on what Output reads, in bytes, and on its wait for a command that was told to end.
const (
	maxOutput   = 64 << 10
	maxStderr   = 2 << 10
	outputGrace = time.Second
)

// Output runs a command with an environment and returns what it writes to standard output, at most 64 KiB. What it writes to
// standard error is part of the error of a command that fails; its standard output never is. The error is a *StartError when
// the command could not be started, and the cause of ctx when that ended first.
func Output(ctx context.Context, environ []string, name string, args ...string) ([]byte, error) {
	path, err := Find(name)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, path, args...) //nolint:gosec // which command is the caller's decision
	stdout, stderr := &boundedBuffer{room: maxOutput}, &boundedBuffer{room: maxStderr}
	command.Env, command.Stdout, command.Stderr, command.WaitDelay = environ, stdout, stderr, outputGrace
	err = command.Start()
	if err != nil && ctx.Err() == nil {
		return nil, &StartError{Name: name, Err: err}
	}
	if err == nil {
		err = command.Wait()
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("running %q: %v: %s", name, err, redact.Text(string(stderr.kept), 300))
	case stdout.cut:
		return nil, fmt.Errorf("running %q: more than %d bytes of output (limit of a command's output)", name, maxOutput)
	}
	return stdout.kept, nil
}

// boundedBuffer keeps the first bytes of what is written, and notes that there were more. It embeds no bytes.Buffer, whose
// ReadFrom would go round the bound.
type boundedBuffer struct {
	kept []byte
	room int
	cut  bool
}

func (b *boundedBuffer) Write(data []byte) (int, error) {
	fits := min(len(data), b.room)
	b.kept, b.room, b.cut = append(b.kept, data[:fits]...), b.room-fits, b.cut || fits < len(data)
	return len(data), nil
}
