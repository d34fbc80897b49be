package child

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"syscall"
)

// The exit statuses of a wrapper, as those of env and docker.
const (
	StatusFailed    = 125 // the wrapper itself failed
	StatusCannotRun = 126 // the command is there and can't be run
	StatusNotFound  = 127 // there is no such command
)

// Find looks a command up as a shell does: a name without a slash in the PATH of this process. The error is a *StartError.
func Find(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &StartError{Name: name, Err: err}
	}
	return path, nil
}

// StartError is a command that could not be started.
type StartError struct {
	Name string
	Err  error
}

// Error names the command and the cause.
func (e *StartError) Error() string {
	cause := e.Err
	var lookup *exec.Error
	if errors.As(cause, &lookup) {
		cause = lookup.Err // the rest of its text repeats the name
	}
	var path *fs.PathError
	if errors.As(cause, &path) {
		cause = path.Err
	}
	return fmt.Sprintf("running %q: %v", e.Name, cause)
}

// Unwrap gives the cause.
func (e *StartError) Unwrap() error { return e.Err }

// Hint tells what to check.
func (e *StartError) Hint() string {
	switch e.Status() {
	case StatusNotFound:
		return "check the command's name and the PATH, and that a script's interpreter exists"
	case StatusCannotRun:
		return "check that the file is a program for this machine, or has a #! line, and that it may be executed"
	}
	return ""
}

// Status is the exit status that tells of it.
func (e *StartError) Status() int {
	switch {
	case errors.Is(e.Err, exec.ErrNotFound), errors.Is(e.Err, fs.ErrNotExist), errors.Is(e.Err, exec.ErrDot):
		return StatusNotFound
	case errors.Is(e.Err, syscall.EAGAIN), errors.Is(e.Err, syscall.ENOMEM):
		return StatusFailed
	}
	return StatusCannotRun
}
