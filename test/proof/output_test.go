//go:build linux

package proof

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// The runner's files, broken. Some are so from the start, which the program finds out before it mints; some break when
// the token is there already, and then it must be revoked.

// place puts something in a file's place.
type place struct {
	name string
	put  func(path string) (string, error) // returns what the variable names then
}

func places() []place {
	return []place{
		{"is a directory", func(path string) (string, error) { return path, swap(path, os.Mkdir(path+".new", 0o700)) }},
		{"isn't there", func(path string) (string, error) { return path, os.Remove(path) }},
		{"is a link", func(path string) (string, error) {
			target := filepath.Join(filepath.Dir(path), "somewhere-else")
			if err := os.WriteFile(target, nil, 0o600); err != nil {
				return "", err
			}
			return path, swap(path, os.Symlink(target, path+".new"))
		}},
		{"is a pipe", func(path string) (string, error) { return path, swap(path, syscall.Mkfifo(path+".new", 0o600)) }},
		{"is a full device", func(string) (string, error) { return "/dev/full", nil }},
		// Not even root may write to a program that is running.
		{"can't be written", func(string) (string, error) { return os.Executable() }},
		{"isn't set", func(string) (string, error) { return "", nil }},
	}
}

// swap puts what was made beside a path in its place.
func swap(path string, made error) error {
	if made != nil {
		return made
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// outputPlans are the cells of the output phase.
func outputPlans() []plan {
	first := phase{name: "output", what: "the token is handed to later steps through the runner's files; a file that can't be used is found out before the mint", inputs: minting("export-env", "true")}
	later := phase{name: "output, after the mint", what: "GITHUB_OUTPUT becomes a directory when the token is there, and the fault strikes when it is revoked", at: "revoke", inputs: minting()}
	var plans []plan
	for _, file := range files {
		for _, p := range places() {
			f := tableFault{name: file + " " + p.name, fault: "latency=0s", passes: true}
			plans = append(plans, plan{phase: first, fault: f, prepare: func(t *testing.T, c *cell) {
				now, err := p.put(c.job.env[file])
				if err != nil {
					t.Fatal(err)
				}
				c.job.env[file] = now
			}})
		}
	}
	for _, f := range tableFaults("http://127.0.0.1:1") {
		if f.only != nil || !isOfEachKind(f) {
			continue
		}
		plans = append(plans, plan{phase: later, fault: f, prepare: func(t *testing.T, c *cell) { c.job.breakLater(t, "GITHUB_OUTPUT", "minted token") }})
	}
	return append(plans, brokenLater()...)
}

// brokenLater are the other files that break too late for the check.
func brokenLater() []plan {
	p := phase{name: "output, broken late", what: "a file becomes a directory, or the disk is full, when the token is there already", inputs: minting("export-env", "true")}
	becomes := func(file, line string) plan {
		return plan{phase: p, fault: tableFault{name: file + " becomes a directory", fault: "latency=0s", passes: true},
			prepare: func(t *testing.T, c *cell) { c.job.breakLater(t, file, line) }}
	}
	plans := []plan{becomes("GITHUB_ENV", "minted token"), becomes("GITHUB_STATE", "::add-mask::"), becomes("GITHUB_STEP_SUMMARY", "minted token")}
	for _, file := range []string{"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"} {
		plans = append(plans, plan{phase: p, fault: tableFault{name: "the disk is full for " + file, fault: "latency=0s", passes: true}, real: true,
			prepare: func(t *testing.T, c *cell) { c.job.fillDisk(t, file) }})
	}
	return plans
}

// breakLater puts a directory in a file's place as soon as a line with the text is printed.
func (j *job) breakLater(t *testing.T, file, text string) {
	t.Helper()
	var once sync.Once
	path := j.env[file]
	j.onWrite = func(line []byte) {
		if !bytes.Contains(line, []byte(text)) {
			return
		}
		once.Do(func() {
			if err := swap(path, os.Mkdir(path+".new", 0o700)); err != nil {
				t.Error(err)
			}
		})
	}
}

// fullBlocks is the size, in blocks of 512 bytes, past which no file may grow in fillDisk.
const fullBlocks = 64

// fillDisk makes the main step run as a process that can't write more to the file, as on a full disk: the file is as
// long already as files may get. The runner's own lines in it don't matter.
func (j *job) fillDisk(t *testing.T, file string) {
	t.Helper()
	filling := strings.Repeat("FILLING=x\n", fullBlocks*512/10+1)[:fullBlocks*512-1] + "\n"
	if err := os.WriteFile(j.env[file], []byte(filling), 0o600); err != nil {
		t.Fatal(err)
	}
	j.runMain = func() stepResult {
		// A program that outgrows the limit is sent SIGXFSZ, unless it ignores it; a full disk sends nothing.
		// bash hands names with dashes on, unlike other shells; its blocks have 1024 bytes.
		return j.exec(t, "bash", "-c", `trap '' XFSZ; ulimit -f "$1"; exec "$2"`, "bash", strconv.Itoa(fullBlocks/2), binary(t, "frogmint-main"))
	}
}

// TestHalfALineIsRemoved fills the disk in the middle of what is written for later steps: half a line, with an open
// quote, would break each of them.
func TestHalfALineIsRemoved(t *testing.T) {
	t.Parallel()
	for system, variable := range map[string]string{"gitlab": "GITLAB_ENV", "circleci": "BASH_ENV"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, minting())
			file := filepath.Join(c.job.dir, variable)
			c.job.env["FROGMINT_CI"], c.job.env[variable] = system, file
			before := strings.Repeat("OWN=x\n", fullBlocks*512/6-20)
			if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			result := c.job.exec(t, "bash", "-c", `trap '' XFSZ; ulimit -f "$1"; exec "$2" mint`, "bash", strconv.Itoa(fullBlocks/2), binary(t, "frogmint"))
			if result.status != 1 || !strings.Contains(result.log, variable) || strings.Contains(result.log, "hint: ") {
				t.Errorf("exit status %d\n%s", result.status, visible(result.log))
			}
			if text, err := os.ReadFile(file); err != nil || string(text) != before {
				t.Errorf("%v, and the file ends in %.200q", err, strings.TrimPrefix(string(text), before))
			}
			if minted, _ := c.job.live(); len(minted) > 0 {
				t.Errorf("left alive: %v", minted)
			}
		})
	}
}
