package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/process"
)

// guardWord is the subcommand that exec starts as its guardian. It is for nobody else, and in no help.
const guardWord = "guard"

// startGuardian starts the process that revokes the tokens of an exec which was killed. exec does without it where it can't
// be started. It gets nothing of the environment but what says which CA certificates to trust: some runners kill every
// process with a job's variable in its environment.
func (c *Command) startGuardian() *process.Guardian {
	if c.Executable == "" {
		return nil
	}
	var environ []string
	for _, name := range []string{certFile, certDir} {
		if value, ok := c.LookupEnv(name); ok {
			environ = append(environ, name+"="+value)
		}
	}
	guardian, err := process.StartGuardian(c.Executable, []string{"frogmint", guardWord}, environ)
	if err != nil {
		return nil
	}
	return guardian
}

// guarded is what a guardian is told, in a line: the process group to be killed, the tokens to be revoked and the private folder to be
// removed if this process is killed.
type guarded struct {
	Group  int               `json:"group"`
	States []json.RawMessage `json:"states"`
	Folder string            `json:"folder"`
}

// guardGroup names the process group of the command, 0 for none.
func (t *execTokens) guardGroup(group int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.group = group
	t.tellGuardian(t.live)
}

// tellGuardian names the tokens that are to be revoked if this process is killed.
func (t *execTokens) tellGuardian(tokens []liveToken) {
	if t.config.NoRevoke {
		tokens = nil
	}
	line, err := guardLine(t.group, tokens, t.login.Folder())
	if err == nil {
		err = t.guard.Tell(line)
	}
	if err != nil {
		t.printer.Info(fmt.Sprintf("after a SIGKILL nothing would revoke the token: %v", err))
	}
}

// dismissGuardian ends the guardian, since there is nothing left to revoke.
func (t *execTokens) dismissGuardian() {
	t.tellGuardian(nil)
	t.guard.Dismiss()
}

func guardLine(group int, tokens []liveToken, folder string) (string, error) {
	told := guarded{group, make([]json.RawMessage, len(tokens)), folder}
	for i, token := range tokens {
		state, err := token.State().Encode()
		if err != nil {
			return "", err
		}
		told.States[i] = state
	}
	line, err := json.Marshal(told)
	return string(line), err
}

// guard reads lines to the end of standard input, which comes when exec has ended, and does what the last one says. A signal
// doesn't end it: some runners send one to every process of a job.
func (c *Command) guard(ctx context.Context) int {
	lines := bufio.NewScanner(c.Stdin)
	lines.Buffer(nil, 4*httpapi.MaxState)
	var last guarded
	for lines.Scan() {
		var told guarded
		if json.Unmarshal(lines.Bytes(), &told) == nil { // exec may have been killed in the midst of a line
			last = told
		}
	}
	_, _ = io.Copy(io.Discard, c.Stdin) // a line too long to be read is no end of exec
	process.KillGroup(last.Group)
	var revoking sync.WaitGroup
	var left error
	revoking.Go(func() { left = login.RemoveFolder(last.Folder) })
	for _, text := range last.States {
		if state, err := action.DecodeState(text); err == nil {
			revoking.Go(func() { c.revokeState(context.WithoutCancel(ctx), state, nil) })
		}
	}
	revoking.Wait()
	if left != nil {
		_ = login.RemoveFolder(last.Folder) // what was killed may have written there until now; nobody is there to be told
	}
	return ExitSuccess
}
