package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
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

// StartError is a command that could not be started. One that isn't in PATH is found by errors.Is and exec.ErrNotFound.
type StartError struct {
	Name string
	Err  error
}

var _ error = (*StartError)(nil)

// Error names the command and the cause.
func (e *StartError) Error() string {
	cause := e.Err
	if lookup, ok := errors.AsType[*exec.Error](cause); ok {
		cause = lookup.Err // the rest of its text repeats the name
	}
	if path, ok := errors.AsType[*fs.PathError](cause); ok {
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
		if _, ok := errors.AsType[*exec.Error](e.Err); ok && strings.ContainsAny(e.Name, " \t\n") {
			return "this is the name of one program, with the spaces in it: give each word as an argument of its own, without quotes around all of them, " +
				"or leave the line to a shell: sh -c '...'"
		}
		return "check the command's name and the PATH, and that a script's interpreter exists"
	case StatusCannotRun:
		return "check that the file is a program for this machine, or has a #! line, and that it may be executed"
	}
	return ""
}

// Status is the exit status that tells of it: 125, 126 or 127.
func (e *StartError) Status() int {
	switch {
	case errors.Is(e.Err, exec.ErrNotFound), errors.Is(e.Err, fs.ErrNotExist), errors.Is(e.Err, exec.ErrDot):
		return StatusNotFound
	case errors.Is(e.Err, syscall.EAGAIN), errors.Is(e.Err, syscall.ENOMEM):
		return StatusFailed
	}
	return StatusCannotRun
}
