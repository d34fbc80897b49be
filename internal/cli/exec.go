package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/child"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/limit"
)

// The times of exec after the first signal. All is over within five seconds: Jenkins kills then, others later.
const (
	childGrace = 2 * time.Second         // for the command to end
	endGrace   = 4200 * time.Millisecond // for the command and the revocation; what the command doesn't use is left for it
	lastGrace  = 4700 * time.Millisecond // then nothing is waited for any more
)

// execution is one run of exec.
type execution struct {
	command *Command
	request execRequest
	path    string
	watch   *watch
	job     *job
	config  action.Config
	env     action.Env
	tokens  *tokens
}

// exec mints, runs a command with the token in its environment, and takes the token back when the command has ended.
func (c *Command) exec(ctx context.Context, args []string) int {
	request, status, done := c.parseExec(args)
	if done {
		return status
	}
	system, err := ci.Detect(c.getenv)
	if err != nil {
		return c.newQuietJob(ctx, ci.Generic()).printer.fail(err)
	}
	j := c.newQuietJob(ctx, system)
	w := c.watch(ctx, j.printer)
	defer w.stop()
	path, err := child.Find(request.command[0])
	if err != nil {
		return j.printer.failExec(err)
	}
	e := &execution{command: c, request: request, path: path, watch: w, job: j}
	// The context ends at a signal. From here on the watch says when, since a signal that is typed at a terminal may be
	// the command's business only.
	ctx = context.WithoutCancel(ctx)
	if status := e.load(ctx); status != ExitSuccess {
		return status
	}
	token, status := e.mint(ctx)
	if status != ExitSuccess {
		return status
	}
	return e.end(ctx, e.work(ctx, token))
}

// load reads the configuration and checks everything that can be checked while there is no token to lose. A file that
// blocks, such as a pipe, must not outlast a signal.
func (e *execution) load(ctx context.Context) int {
	var notes []string
	var err error
	e.watch.during(ctx, 0, func(ctx context.Context) {
		var config action.Config
		config, notes, err = action.Load(ctx, action.Layers(e.request.inputs, e.command.LookupEnv), e.command.LookupEnv)
		e.config = config
	})
	if e.watch.first != nil {
		return e.stopped()
	}
	if err == nil {
		err = errors.Join(e.request.check(e.config), e.request.tokenFile.check())
	}
	if err == nil {
		e.env, err = e.command.env(e.config, e.job)
	}
	if err != nil {
		return e.job.printer.failExec(err)
	}
	e.job.printer.Info(fmt.Sprintf("frogmint %s in %s, for %s", Version(), e.job.system.Name, e.config.URL))
	for _, note := range notes {
		e.job.printer.Info(note)
	}
	return ExitSuccess
}

// stopped is for a signal before the command was started.
func (e *execution) stopped() int {
	e.job.printer.print(ci.Failure, fmt.Sprintf("stopped by signal %d (%s) before the command was started", number(e.watch.first), e.watch.first))
	return 128 + number(e.watch.first)
}

func number(sig os.Signal) int {
	n, _ := sig.(syscall.Signal)
	return int(n)
}

func (e *execution) mint(ctx context.Context) (action.Token, int) {
	var token action.Token
	var err error
	began := e.command.Now()
	inTime := e.watch.during(ctx, lastGrace, func(ctx context.Context) { token, err = action.Mint(ctx, e.config, e.env) })
	if !inTime {
		return action.Token{}, e.job.printer.fail(&action.LeftAlive{
			Tokens: []string{"a token of this job, if JFrog made one"}, Err: fmt.Errorf("minting has not ended within %s of a signal (limit of exec)", lastGrace),
		})
	}
	if err != nil {
		status := e.job.printer.fail(err)
		if e.watch.first != nil && status != ExitLeftAlive {
			status = 128 + number(e.watch.first)
		}
		return action.Token{}, status
	}
	e.tokens = &tokens{config: e.config, env: e.env, log: e.job.printer, file: e.request.tokenFile, live: []action.Token{token}, began: began}
	return token, ExitSuccess
}

// work runs the command and returns its exit status.
func (e *execution) work(ctx context.Context, token action.Token) int {
	if e.watch.first != nil {
		return e.stopped()
	}
	if err := e.request.tokenFile.write(token.AccessToken); err != nil {
		e.job.printer.fail(err)
		return child.StatusFailed
	}
	environment, dropped := e.environment(token)
	if len(dropped) > 0 {
		e.job.printer.Info("not handed on to the command, since they hold the creator's credentials: " + list(dropped))
	}
	renewing, stop := context.WithCancel(ctx)
	defer stop()
	e.tokens.keepFresh(renewing)
	c := e.command
	terminal := child.OnTerminal(c.Stdin, c.Stdout)
	command := child.Command{
		Path: e.path, Args: e.request.command, Env: environment, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
		Signals: e.watch.signals, Grace: childGrace, Terminal: terminal,
		// Some CIs run their jobs on a terminal of their own. Nobody sits there to end a command that ignores a signal.
		Interactive: terminal && e.job.system.ID == ci.Generic().ID,
		Interrupted: func(sig os.Signal) { e.watch.note(sig); stop() },
	}
	status, err := command.Run()
	if err != nil {
		return e.job.printer.failExec(err)
	}
	return status
}

// end takes the token back. What becomes of it changes the exit status only where that was asked, and never that of a
// command that failed.
func (e *execution) end(ctx context.Context, status int) int {
	grace, outcome := e.watch.left(endGrace), make(chan int, 1)
	e.watch.during(ctx, lastGrace, func(ctx context.Context) {
		ctx, cancel := limit.Patient(ctx, grace)
		defer cancel()
		outcome <- e.tokens.end(ctx)
	})
	worst := ExitSuccess
	select {
	case worst = <-outcome:
	default:
		e.job.printer.Warn(fmt.Sprintf("revoking has not ended within %s of a signal (limit of exec): the token may be alive", lastGrace))
		if e.config.FailOnRevoke {
			worst = ExitLeftAlive
		}
	}
	if status == ExitSuccess {
		return worst
	}
	return status
}

// failExec writes an error that ends exec before or beside its command, and returns the exit status that it means.
func (p *printer) failExec(err error) int {
	p.complain(ci.Failure, err)
	var start *child.StartError
	if errors.As(err, &start) {
		return start.Status()
	}
	if status := exitStatus(err); status != ExitFailure {
		return status
	}
	return child.StatusFailed
}
