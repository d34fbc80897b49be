package ghrunner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// commandsMount is where a container finds the command files.
const commandsMount = "/github/file_commands"

// Files are the paths on the host of one stage's command files.
type Files struct {
	Output, State, Env, Path, Summary string
}

// newFiles makes the empty files of the job's next stage, with the mode they have on a runner.
func (j *Job) newFiles() (Files, error) {
	j.steps++
	suffix := fmt.Sprintf("00000000-0000-4000-8000-%012d", j.steps)
	at := func(prefix string) string { return filepath.Join(j.commands(), prefix+suffix) }
	f := Files{at("set_output_"), at("save_state_"), at("set_env_"), at("add_path_"), at("step_summary_")}
	for _, path := range []string{f.Output, f.State, f.Env, f.Path, f.Summary} {
		if err := os.WriteFile(path, nil, 0o644); err != nil { //nolint:gosec // the runner's own mode
			return Files{}, fmt.Errorf("making a command file: %w", err)
		}
	}
	return f, nil
}

// pairs are the variables that name the files.
func (f Files) pairs() []Pair {
	return []Pair{
		{"GITHUB_PATH", f.Path},
		{"GITHUB_ENV", f.Env},
		{"GITHUB_STEP_SUMMARY", f.Summary},
		{"GITHUB_STATE", f.State},
		{"GITHUB_OUTPUT", f.Output},
	}
}

// readPairs parses one command file. A file that isn't there holds nothing; that it can't be read or parsed fails the
// step, as on the runner.
func readPairs(path string) (pairs []Pair, problem string) {
	text, err := readFile(path)
	if err == nil {
		pairs, err = ParseFileCommand(text)
	}
	if err != nil {
		prefix, _, _ := strings.Cut(filepath.Base(path), "_0")
		return pairs, fmt.Sprintf("unable to process file command %s: %v", prefix, err)
	}
	return pairs, ""
}

// readFile returns a file's text, and nothing for one that isn't there. A test may have put a directory or a device in
// a file's place: a directory can't be read on the runner either, and a device would be read without end.
func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file", path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // a path of our own
	return string(text), err
}
