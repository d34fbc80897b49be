package process

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Command is a child process, to be run once.
type Command struct {
	Path   string   // as Find returned it
	Args   []string // with the command's name first
	Env    []string
	Stdin  io.Reader // an *os.File is handed over as it is
	Stdout io.Writer
	Stderr io.Writer

	// Signals are handed on to the command. The first that asks to end starts the grace period.
	Signals <-chan os.Signal
	// OnStop is told the signal that starts the grace period, before it is handed on, and returns the length of that period.
	// It must not block.
	OnStop func(os.Signal) time.Duration
	// OnGroup is told the process group that the command leads, if it does, and 0 when the command has ended; nil is not told.
	OnGroup func(group int)
	// Terminal says that what is typed at a terminal reaches the command without the wrapper: see OnTerminal.
	Terminal bool
	// Interactive says that people sit at the terminal. A signal that they type is the command's business alone, and starts
	// no grace period.
	Interactive bool
}

// killWait bounds the wait for a killed process: one of another user, or stuck in the kernel, may never end.
const killWait = 500 * time.Millisecond

// child is a command that was started.
type child struct {
	cmd   *exec.Cmd
	group bool          // it leads a process group of its own
	done  chan struct{} // closed when it has ended
}

// Run starts the command and returns when it has ended: its exit status, or 128 plus the number of the signal that ended
// it. The error is a *StartError when it could not be started.
func (c *Command) Run() (int, error) {
	p, err := c.start()
	if err != nil {
		return 0, &StartError{Name: c.Path, Err: err}
	}
	if p.group && c.OnGroup != nil {
		c.OnGroup(p.cmd.Process.Pid)
		defer c.OnGroup(0)
	}
	return c.supervise(p), nil
}

func (c *Command) start() (*child, error) {
	p := &child{group: !inForeground(), done: make(chan struct{})}
	p.cmd = &exec.Cmd{
		Path: c.Path, Args: c.Args, Env: c.Env, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
		SysProcAttr: attributes(p.group), WaitDelay: killWait,
	}
	started := make(chan error, 1)
	go func() {
		// Linux kills the child when the thread that started it ends, so that thread has to last as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is in the ProcessState
			close(p.done)
		}
	}()
	return p, <-started
}

func (c *Command) supervise(p *child) int {
	var graceOver <-chan time.Time
	for {
		select {
		case sig := <-c.Signals:
			typed := c.Terminal && isTyped(sig)
			if graceOver == nil && AsksToEnd(sig) && !(typed && c.Interactive) {
				graceOver = time.After(c.OnStop(sig))
			}
			if !typed {
				p.send(sig)
			}
		case <-p.done:
			if graceOver != nil {
				p.awaitGroup(graceOver)
			}
			return exitStatus(p.cmd.ProcessState)
		case <-graceOver:
			return p.kill()
		}
	}
}

// awaitGroup waits for the rest of the group, which was asked to end too, and kills it when its time is over.
func (p *child) awaitGroup(graceOver <-chan time.Time) {
	for p.groupAlive() {
		select {
		case <-graceOver:
			p.sendKill()
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *child) kill() int {
	p.sendKill()
	select {
	case <-p.done:
		return exitStatus(p.cmd.ProcessState)
	case <-time.After(killWait):
		return statusKilled
	}
}

// statusKilled is the exit status of a command that was ended by SIGKILL.
const statusKilled = 128 + 9

// exitStatus is what a shell reports of how a process ended.
func exitStatus(state *os.ProcessState) int {
	if state == nil {
		return StatusFailed
	}
	if number := endingSignal(state); number != 0 {
		return 128 + number
	}
	return state.ExitCode()
}
