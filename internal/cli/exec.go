package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/process"
)

// execution is one run of exec.
type execution struct {
	command *Command
	request execRequest
	runner  *runner
	printer *printer
	watcher *process.Watcher
	path    string // of the command's program
	in      inputs.Inputs
	login   *login.Login
	tokens  *execTokens
	environ []string // of the command; nil before there is a token

	exportFailed bool // the last token could not be handed to the command
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
	logging, signaled := context.WithCancel(ctx)
	defer signaled()
	e := &execution{command: c, request: request, runner: c.newStderrRunner(logging, system)}
	e.printer = e.runner.printer
	killsAfterTerm := system.ID == "github" || system.ID == "azure"
	e.watcher = process.NewWatcher(ctx, process.Watching{
		Subscribe: c.Subscribe, Unsubscribe: c.Unsubscribe, OnSignal: signaled, Info: e.printer.Info,
		Limits: func(first os.Signal) process.Limits { return process.LimitsAfter(first, killsAfterTerm) },
	})
	defer e.watcher.Close()
	// Signals now come from the watcher, not from ctx: one that is typed at a terminal may be the command's business only.
	return e.run(context.WithoutCancel(ctx))
}

func (e *execution) run(ctx context.Context) int {
	if status := e.load(ctx); status != ExitSuccess {
		return status
	}
	if status := e.mint(ctx); status != ExitSuccess {
		e.tokens.close()
		e.tokens.dismissGuardian()
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
	if err == nil {
		e.path, err = process.Find(e.request.command[0]) // not earlier: the name may hold credentials, and the error repeats it
	}
	if err != nil {
		return e.fail(err)
	}
	if e.login, err = e.command.planLogin(in, true); err == nil {
		err = e.request.checkLogin(e.login)
	}
	if err != nil {
		return e.fail(err)
	}
	e.in = in
	e.runner.begin(Version(), &e.in)
	client, err := e.command.client(e.runner, &e.in)
	if err != nil {
		return e.fail(err)
	}
	if err := openLogin(e.login); err != nil {
		return e.fail(err)
	}
	e.runner.export = e.export
	e.tokens = &execTokens{config: e.in.Config, client: client, printer: e.printer, login: e.login, places: []login.Place{e.login}}
	if err := e.listen(); err != nil {
		e.tokens.close()
		return e.fail(err)
	}
	e.tokens.guard, e.tokens.renews, e.tokens.keepsFirst = e.command.startGuardian(), e.tokens.listener != nil, true
	if e.request.tokenFile != "" {
		e.tokens.renews, e.tokens.keepsFirst, e.tokens.places = true, false, append(e.tokens.places, e.request.tokenFile)
	}
	e.tokens.tellGuardian(nil) // there is a folder to be removed, also where no token follows
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
	status := e.fail(err)
	e.runner.diagnose(err, e.in)
	switch {
	case status == ExitLeftAlive:
	case e.watcher.First() != nil:
		return e.watcher.Status()
	case e.exportFailed:
		return process.StatusFailed
	}
	return status
}

// export is the last step of each mint: it hands the token to the command. The variables of a running command can't be
// changed, so a later token is in its places only. On an error, the library revokes the token.
func (e *execution) export(token action.Token) (err error) {
	if err = e.tokens.swap(token); err == nil && e.environ == nil {
		e.environ, err = e.environment(token)
	}
	e.exportFailed = err != nil
	return err
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
		Signals: e.watcher.Signals(), OnGroup: e.tokens.guardGroup, Terminal: terminal,
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
	late, revoked := e.tokens.expired(), make(chan int, 1)
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
	if late != "" {
		e.printer.print(ci.Warning, late, "hint: set a longer --expiry, or let the command read the token from --token-file, where it is renewed")
	}
	if status != ExitSuccess && e.watcher.First() == nil && !e.command.explainGroups(ctx, e.printer, e.in.Config, missingGroup.cause) {
		e.printer.Info(groupsUnknown)
	}
	return cmp.Or(status, worst)
}

// stopped is for a signal before the command was started.
func (e *execution) stopped() int {
	e.printer.print(ci.Failure, fmt.Sprintf("%v before the command was started", e.watcher.Cause()))
	return e.watcher.Status()
}

// fail writes an error that ends exec, and returns the exit status that it means.
func (e *execution) fail(err error) int {
	status := e.printer.fail(err)
	if start, ok := errors.AsType[*process.StartError](err); ok {
		return start.Status()
	}
	return status
}
