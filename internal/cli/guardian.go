package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
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

// tellGuardian names the tokens that are to be revoked if this process is killed.
func (t *execTokens) tellGuardian(tokens []liveToken) {
	line, err := guardLine(tokens, t.saved)
	if err == nil && !t.config.NoRevoke {
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

// guardLine has the states of tokens. Each names the same login.
func guardLine(tokens []liveToken, saved string) (string, error) {
	states := make([]json.RawMessage, len(tokens))
	for i, token := range tokens {
		state := token.State()
		state.Login = saved
		text, err := state.Encode()
		if err != nil {
			return "", err
		}
		states[i] = text
	}
	line, err := json.Marshal(states)
	return string(line), err
}

// guard reads lines to the end of standard input, which comes when exec has ended, and revokes the tokens of the last one. A
// signal doesn't end it: some runners send one to every process of a job.
func (c *Command) guard(ctx context.Context) int {
	lines := bufio.NewScanner(c.Stdin)
	lines.Buffer(nil, 4*httpapi.MaxState)
	var states []json.RawMessage
	for lines.Scan() {
		var told []json.RawMessage
		if json.Unmarshal(lines.Bytes(), &told) == nil { // exec may have been killed in the midst of a line
			states = told
		}
	}
	var revoking sync.WaitGroup
	for _, text := range states {
		if state, err := action.DecodeState(text); err == nil {
			if saved, err := login.Restore(state.Login); err == nil {
				_ = login.RemoveFolder(saved.Folder) // nobody is there to be told
			}
			revoking.Go(func() { c.revokeState(context.WithoutCancel(ctx), state, nil) })
		}
	}
	revoking.Wait()
	return ExitSuccess
}
