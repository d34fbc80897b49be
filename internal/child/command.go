package child

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Command is one child process, to be run once.
type Command struct {
	Path   string   // as Find returned it
	Args   []string // its name included
	Env    []string
	Stdin  io.Reader // an *os.File is handed over as it is
	Stdout io.Writer
	Stderr io.Writer

	// Signals are handed on; those of the list that ask to end start the grace.
	Signals <-chan os.Signal
	// Grace is how long the command may go on after the first signal that asks it to end.
	Grace time.Duration
	// Terminal says that what is typed at a terminal reaches the command without the wrapper: see OnTerminal.
	Terminal bool
	// Interactive says that there are people at the terminal: what they type then is the command's business alone, and
	// starts no grace.
	Interactive bool
	// Interrupted is told the signal that starts the grace, before it is handed on. It must not block. It may be nil.
	Interrupted func(os.Signal)
}

// killLimit bounds the wait for a killed process: one of another user, or stuck in the kernel, may never end.
const killLimit = 500 * time.Millisecond

// process is a command that was started.
type process struct {
	cmd   *exec.Cmd
	group bool          // it leads a process group of its own
	done  chan struct{} // closed when it has ended
}

// Run starts the command and returns when it has ended: its exit status, or 128 and the number of the signal that ended
// it. The error is a *StartError when it could not be started.
func (c *Command) Run() (int, error) {
	p, err := c.start()
	if err != nil {
		return 0, &StartError{Name: c.Path, Err: err}
	}
	return c.supervise(p), nil
}

func (c *Command) start() (*process, error) {
	p := &process{group: !foreground(), done: make(chan struct{})}
	p.cmd = &exec.Cmd{
		Path: c.Path, Args: c.Args, Env: c.Env, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
		SysProcAttr: attributes(p.group), WaitDelay: killLimit,
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

func (c *Command) supervise(p *process) int {
	var over <-chan time.Time
	for {
		select {
		case sig := <-c.Signals:
			typed := c.Terminal && typed(sig)
			if over == nil && Ends(sig) && !(typed && c.Interactive) {
				over = time.After(c.Grace)
				if c.Interrupted != nil {
					c.Interrupted(sig)
				}
			}
			if !typed {
				p.send(sig)
			}
		case <-p.done:
			if over != nil {
				p.clear(over)
			}
			return status(p.cmd.ProcessState)
		case <-over:
			return p.kill()
		}
	}
}

// clear waits for the rest of the group, which was asked to end too, and kills it when its time is over.
func (p *process) clear(over <-chan time.Time) {
	for p.left() {
		select {
		case <-over:
			p.sendKill()
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *process) kill() int {
	p.sendKill()
	select {
	case <-p.done:
		return status(p.cmd.ProcessState)
	case <-time.After(killLimit):
		return killed
	}
}

// killed is the status of a command that was ended by SIGKILL.
const killed = 128 + 9

// status is a shell's view of how a process ended.
func status(state *os.ProcessState) int {
	if state == nil {
		return StatusFailed
	}
	if number := endedBy(state); number != 0 {
		return 128 + number
	}
	return state.ExitCode()
}
