package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/frogmint/frogmint/action"
)

// tokenFile is the path of the file that holds the token in use; empty for none. The file is always whole: a new token
// takes the old one's place in one step.
type tokenFile string

// check fails when the file couldn't be written.
func (f tokenFile) check() error {
	if f == "" {
		return nil
	}
	wrong := func(err error) error {
		return &action.InputError{Input: "--token-file", What: err.Error(), Do: "name a file in a directory that this job may write to"}
	}
	if info, err := os.Lstat(string(f)); err == nil && !info.Mode().IsRegular() {
		return wrong(fmt.Errorf("%q is there and is no regular file", shorten(string(f))))
	}
	trial, err := f.create()
	if err != nil {
		return wrong(err)
	}
	return errors.Join(trial.Close(), os.Remove(trial.Name()))
}

// create makes a file beside the one that it will replace. Its mode is 0600.
func (f tokenFile) create() (*os.File, error) {
	return os.CreateTemp(filepath.Dir(string(f)), ".frogmint-*")
}

// write puts a token there.
func (f tokenFile) write(token action.Secret) error {
	if f == "" {
		return nil
	}
	file, err := f.create()
	if err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	_, err = file.WriteString(token.Reveal())
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), string(f))
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("writing the token file: %w", err)
	}
	return nil
}

// remove takes the file away, if it is there.
func (f tokenFile) remove() error {
	if f == "" {
		return nil
	}
	if err := os.Remove(string(f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the token file: %w", err)
	}
	return nil
}
