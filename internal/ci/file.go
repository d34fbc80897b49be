package ci

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// checkFile opens the file that a variable names, and closes it again, while there is no token yet to lose.
func checkFile(env Env, name, fix string, open func(path string) (*os.File, error)) error {
	path := env(name)
	if path == "" {
		return &ProblemError{What: name + " is not set", Fix: fix}
	}
	file, err := open(path)
	if err != nil {
		return fileProblem(name+" names a file that can't be used", path, err, fix)
	}
	return file.Close()
}

// otherUserFix is for a file of another user, which no setting of a variable changes (actions/runner, rootless Docker).
const otherUserFix = "run frogmint as the file's owner: with Docker, no other USER or --user in the container, no userns-remap in the daemon, " +
	"and a rootless daemon only as that user; in a pod, securityContext.runAsUser or fsGroup"

// fileProblem tells why a file can't be used. Where it is another user's it names both users.
func fileProblem(what, path string, err error, fix string) *ProblemError {
	problem := &ProblemError{What: fmt.Sprintf("%s: %v", what, err), Fix: fix}
	shown, owner, found := visibleOwner(path)
	if process := os.Geteuid(); errors.Is(err, fs.ErrPermission) && found && owner != process {
		problem.What += fmt.Sprintf(" (this process runs as uid %d, %s belongs to uid %d)", process, shown, owner)
		problem.Fix = otherUserFix
	}
	return problem
}

// visibleOwner returns the owner of a path or, where that is hidden from this process, of the nearest directory above it.
func visibleOwner(path string) (shown string, uid int, found bool) {
	info, err := os.Lstat(path)
	for err != nil && filepath.Dir(path) != path {
		path = filepath.Dir(path)
		info, err = os.Lstat(path)
	}
	if err != nil {
		return path, 0, false
	}
	uid, found = ownerOf(info)
	return path, uid, found
}

// openShared opens one of the runner's own files for appending.
func openShared(path string) (*os.File, error) { return openRegular(path, os.O_WRONLY) }

// openRegular opens a regular file for appending. A link or a pipe that an earlier step put there would carry the token
// elsewhere, or block the write.
func openRegular(path string, access int) (*os.File, error) {
	seen, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	return openSeen(path, seen, access)
}

// openSeen opens what was seen under a name and nothing else, and isn't blocked by a pipe that was put there since.
func openSeen(path string, seen fs.FileInfo, access int) (*os.File, error) {
	if !seen.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.OpenFile(path, access|os.O_APPEND|syscall.O_NONBLOCK, 0) //nolint:gosec // the runner names the file
	if err != nil {
		return nil, err
	}
	if err := isFile(file, seen); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// isFile fails unless an open file is the one that was seen under its name.
func isFile(file *os.File, seen fs.FileInfo) error {
	info, err := file.Stat()
	if err == nil && !os.SameFile(seen, info) {
		err = fmt.Errorf("%s was replaced by another file", file.Name())
	}
	return err
}

// hasName fails unless an open file still stands under its name.
func hasName(file *os.File) error {
	seen, err := os.Lstat(file.Name())
	if err != nil {
		return err
	}
	return isFile(file, seen)
}

// openPrivate opens or creates a regular file for appending that only its owner may read from then on.
func openPrivate(path string) (*os.File, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the runner names the file
	}
	file, err := openRegular(path, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if err := file.Chmod(0o600); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// appendPrivate adds whole lines to a private file in one write. When it fails, what was written of them is cut off again:
// half a line, with an open quote, would break every later step.
func appendPrivate(path, lines string) error {
	file, err := openPrivate(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // the error of the write and of the explicit Close below count
	info, err := file.Stat()
	if err != nil {
		return err
	}
	whole, err := endsLine(file, info.Size())
	if err != nil {
		return err
	}
	if !whole { // what another step left there must not become a part of the first line
		lines = "\n" + lines
	}
	if _, err := file.WriteString(lines); err != nil {
		return errors.Join(err, file.Truncate(info.Size()))
	}
	return file.Close()
}

// endsLine reports whether a file of a size is empty or has a line break at its end.
func endsLine(file *os.File, size int64) (bool, error) {
	if size == 0 {
		return true, nil
	}
	last := make([]byte, 1)
	_, err := file.ReadAt(last, size-1)
	return last[0] == '\n', err
}

// replacePrivate writes a file of mode 0600 in one step, in place of whatever had its name.
func replacePrivate(path, text string) error {
	written, err := writeTemp(filepath.Dir(path), ".frogmint-*", text)
	if err != nil {
		return err
	}
	if err := os.Rename(written, path); err != nil {
		_ = os.Remove(written)
		return err
	}
	return nil
}

// writeTemp writes a new file of mode 0600 and returns its path. When it fails it leaves none.
func writeTemp(directory, pattern, text string) (string, error) {
	file, err := os.CreateTemp(directory, pattern)
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	if err = cmp.Or(err, file.Close()); err != nil {
		_ = os.Remove(file.Name())
	}
	return file.Name(), err
}
