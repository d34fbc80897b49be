package ci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// checkFile makes sure that the variable names a regular file that can be appended to, while there is no token yet to
// lose.
func checkFile(env Env, name, do string) error {
	path := env(name)
	if path == "" {
		return &Problem{What: name + " is not set", Do: do}
	}
	// A link or a pipe put there by an earlier step would carry the token elsewhere, or block the write for ever.
	info, err := os.Lstat(path)
	if err != nil {
		return &Problem{What: fmt.Sprintf("%s names a file that can't be used: %v", name, err), Do: do}
	}
	if !info.Mode().IsRegular() {
		return &Problem{What: fmt.Sprintf("%s names %s, which is not a regular file", name, path), Do: do}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0) //nolint:gosec // the runner names the file
	if err != nil {
		return &Problem{What: fmt.Sprintf("%s names a file that can't be written: %v", name, err), Do: do}
	}
	return file.Close()
}

// checkPrivate is checkFile for a file that is made where it isn't there yet, and kept from others.
func checkPrivate(env Env, name, do string) error {
	path := env(name)
	if path == "" {
		return &Problem{What: name + " is not set", Do: do}
	}
	file, err := openPrivate(path)
	if err != nil {
		return &Problem{What: fmt.Sprintf("%s names a file that can't be used: %v", name, err), Do: do}
	}
	return file.Close()
}

// appendPrivate adds whole lines to a file that only its owner may read from then on, in one write. When it fails, what
// was written of them is cut off again: half a line, with an open quote, would break every later step.
func appendPrivate(path, lines string) error {
	file, err := openPrivate(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // the error of the write and of the explicit Close below count
	ended, err := endsLine(file)
	if err != nil {
		return err
	}
	if !ended {
		lines = "\n" + lines
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, err := file.WriteString(lines); err != nil {
		return errors.Join(err, file.Truncate(info.Size()))
	}
	return file.Close()
}

// openPrivate opens or creates a regular file for appending, mode 0600. What was looked at is what was opened.
func openPrivate(path string) (*os.File, error) {
	before, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the runner names the file
	}
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0) //nolint:gosec // the runner names the file
	if err != nil {
		return nil, err
	}
	after, err := file.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = fmt.Errorf("%s was replaced while it was opened", path)
	}
	if err == nil && after.Mode().Perm() != 0o600 {
		err = file.Chmod(0o600)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// endsLine reports whether text may be added without becoming a part of somebody else's last line.
func endsLine(file *os.File) (bool, error) {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return true, err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil {
		return false, err
	}
	return last[0] == '\n', nil
}

// replacePrivate writes a file of mode 0600 in one step, in place of whatever had its name.
func replacePrivate(path, text string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".frogmint-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
