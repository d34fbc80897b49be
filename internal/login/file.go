package login

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile gives a file new content in one step: whoever reads it finds the old content or the new one, never a part. The
// file then is a new one of mode 0600, whatever was there.
func replaceFile(path string, content []byte) error {
	file, err := createBeside(path)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// checkReplaceable fails where replaceFile would, and changes nothing.
func checkReplaceable(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%q is there and is no regular file", path)
	}
	trial, err := createBeside(path)
	if err != nil {
		return err
	}
	return errors.Join(trial.Close(), os.Remove(trial.Name()))
}

// createBeside makes a file of mode 0600 in the folder of the one that it will replace.
func createBeside(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), ".frogmint-*")
}
