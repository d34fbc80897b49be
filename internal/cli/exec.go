package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/process"
)

// stopLimits are the times of exec after the first signal. The command is killed at Limits.Command, what it doesn't use is
// left for the revocation, and Limits.Exit leaves time for the last lines of the log. All of it has to be over when the
// runner kills:
//
//	0.4 s command + 1.9 s revocation + 0.1 s log = 2.4 s of the 2.5 s that GitHub and Azure leave after SIGTERM
//	2.0 s command + 2.2 s revocation + 0.5 s log = 4.7 s of the 5 s that Jenkins leaves; the others leave more
//
// GitHub and Azure send SIGINT 7.5 s before SIGTERM. A shell may keep it to itself: then SIGTERM comes first.
func stopLimits(system ci.System) func(first os.Signal) process.Limits {
	return func(first os.Signal) process.Limits {
		killsSoon := system.ID == "github" || system.ID == "azure"
		if killsSoon && first == syscall.SIGTERM {
			return process.Limits{Command: 400 * time.Millisecond, Cleanup: 2300 * time.Millisecond, Exit: 2400 * time.Millisecond}
		}
		return process.Limits{Command: 2 * time.Second, Cleanup: 4200 * time.Millisecond, Exit: 4700 * time.Millisecond}
	}
}

// execution is one run of exec.
type execution struct {
	command *Command
	request execRequest
	path    string // of the program
	runner  *runner
	printer *printer
	watcher *process.Watcher
	in      inputs.Inputs
	tokens  *execTokens
	environ []string // of the command
}

// exec mints, runs a command with the token in its environment, and revokes the token when the command has ended.
func (c *Command) exec(ctx context.Context, args []string) int {
	request, status, done := c.parseExec(ctx, args)
	if done {
		return status
	}
	system, status, ok := c.detect(ctx)
	if !ok {
		return status
	}
	logging, hurryLog := context.WithCancel(ctx)
	defer hurryLog()
	e := &execution{command: c, request: request, runner: c.newStderrRunner(logging, system)}
	e.printer = e.runner.printer
	e.watcher = process.NewWatcher(ctx, process.Watching{
		Subscribe: c.Subscribe, Unsubscribe: c.Unsubscribe, Limits: stopLimits(system), OnSignal: hurryLog, Info: e.printer.Info,
	})
	defer e.watcher.Close()
	var err error
	if e.path, err = process.Find(request.command[0]); err != nil {
		return e.fail(err)
	}
	// Signals now come from the watcher, not from ctx: one that is typed at a terminal may be the command's business only.
	return e.run(context.WithoutCancel(ctx))
}

func (e *execution) run(ctx context.Context) int {
	if status := e.load(ctx); status != ExitSuccess {
		return status
	}
	defer e.tokens.files.close(e.printer)
	if status := e.mint(ctx); status != ExitSuccess {
		return status
	}
	return e.finish(ctx, e.work(ctx))
}

// load reads the configuration and finds what can't work while there is no token to lose. A file that blocks, such as a
// pipe, must not outlast a signal.
func (e *execution) load(ctx context.Context) int {
	var in inputs.Inputs
	var err error
	loaded := e.watcher.RunUntilSignal(ctx, func(ctx context.Context) { in, err = inputs.Load(ctx, e.request.sources) })
	if !loaded || e.watcher.First() != nil {
		return e.stopped()
	}
	if err == nil {
		err = e.request.check(in.Config)
	}
	if err != nil {
		return e.fail(err)
	}
	e.in = in
	e.printer.Info(fmt.Sprintf("frogmint %s in %s, for %s", Version(), e.runner.system.Name, in.Config.URL))
	client, err := e.command.client(e.runner, &e.in)
	if err != nil {
		return e.fail(err)
	}
	files, err := e.openFiles()
	if err != nil {
		return e.fail(err)
	}
	e.tokens = &execTokens{config: e.in.Config, client: client, printer: e.printer, files: files}
	e.runner.export = e.export
	return ExitSuccess
}

// mint makes the first token.
func (e *execution) mint(ctx context.Context) int {
	var err error
	if !e.watcher.RunUntilSignal(ctx, func(ctx context.Context) { err = e.tokens.mint(ctx) }) {
		return e.printer.fail(&action.LeftAliveError{
			Tokens: []action.AliveToken{{Reason: "a token of this job, if JFrog made one"}},
			Err:    errors.New("minting did not end in time after a signal (limit of exec)"),
		})
	}
	if err == nil {
		return ExitSuccess
	}
	status := e.printer.fail(err)
	var own *exportError
	switch {
	case status == ExitLeftAlive:
	case e.watcher.First() != nil:
		return e.watcher.Status()
	case errors.As(err, &own):
		return process.StatusFailed
	}
	return status
}

// export is the last step of each mint: it hands the token to the command. The variables of a running command can't be
// changed, so a later token is in the files only. On an error, the library revokes the token.
func (e *execution) export(token action.Token) error {
	if e.environ == nil {
		if err := e.setEnvironment(token); err != nil {
			return &exportError{err}
		}
	}
	return e.tokens.swap(token)
}

// work runs the command and returns its exit status.
func (e *execution) work(ctx context.Context) int {
	if e.watcher.First() != nil {
		return e.stopped()
	}
	renewing, stopRenewing := context.WithCancelCause(ctx)
	defer stopRenewing(nil)
	e.tokens.keepFresh(renewing)
	c := e.command
	terminal := process.OnTerminal(c.Stdin, c.Stdout)
	command := process.Command{
		Path: e.path, Args: e.request.command, Env: e.environ, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
		Signals: e.watcher.Signals(), Terminal: terminal,
		// Some CIs run their jobs on a terminal of their own. Nobody is there to end a command that ignores a signal.
		Interactive: terminal && e.runner.system.ID == ci.Generic().ID,
		OnStop: func(sig os.Signal) time.Duration {
			limits := e.watcher.Stop(sig)
			stopRenewing(e.watcher.Cause())
			return limits.Command
		},
	}
	status, err := command.Run()
	if err != nil {
		return e.fail(err)
	}
	return status
}

// finish revokes the token. What becomes of it changes the exit status only where that was asked for, and never that of a
// command that failed.
func (e *execution) finish(ctx context.Context, status int) int {
	expired := e.tokens.expiredBy(time.Now())
	revoked := make(chan int, 1)
	e.watcher.RunPastSignal(ctx, func(ctx context.Context) { revoked <- e.tokens.revokeAll(ctx) })
	worst := ExitSuccess
	select {
	case worst = <-revoked:
	default:
		e.printer.Warn("revoking did not end in time after a signal (limit of exec): the token may be alive")
		if e.in.Config.FailOnRevoke {
			worst = ExitLeftAlive
		}
	}
	if expired != "" {
		e.printer.print(ci.Warning, expired, "hint: set a longer --expiry, or let the command read the token from --token-file, where it is renewed")
	}
	if status == ExitSuccess {
		return worst
	}
	return status
}

// stopped is for a signal before the command was started.
func (e *execution) stopped() int {
	e.printer.print(ci.Failure, fmt.Sprintf("%v before the command was started", e.watcher.Cause()))
	return e.watcher.Status()
}

// fail writes an error that ends exec before or beside its command, and returns the exit status that it means.
func (e *execution) fail(err error) int {
	status := e.printer.fail(err)
	var start *process.StartError
	switch {
	case errors.As(err, &start):
		return start.Status()
	case status != ExitFailure:
		return status
	}
	return process.StatusFailed
}
