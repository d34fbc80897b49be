package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// testTime is how long one package's tests may take: a mutation that makes them hang is killed.
const testTime = 180 * time.Second

// runner runs tests over one changed file.
type runner struct {
	root, dir string
	options   options
	mu        sync.Mutex
	unchanged map[string]func() (string, error) // by package, the tests with nothing changed
	doubtful  map[string][]string               // by package, tests that fail with nothing changed
}

// result is what became of a mutation: by is the package whose test failed, empty where none did.
type result struct {
	compiled bool
	by, test string
}

func newRunner(o options) (*runner, error) {
	root, err := filepath.Abs(o.root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mutate")
	return &runner{root: root, dir: dir, options: o, unchanged: map[string]func() (string, error){}, doubtful: map[string][]string{}}, err
}

func (r *runner) close() { _ = os.RemoveAll(r.dir) }

// kill runs the package's own tests and then the others until one fails.
func (r *runner) kill(ctx context.Context, m mutation) (result, error) {
	dir, err := os.MkdirTemp(r.dir, "")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	overlay, err := r.overlay(dir, m)
	if err != nil {
		return result{}, err
	}
	tests := slices.DeleteFunc(slices.Clone(r.options.others), func(pkg string) bool { return pkg == m.pkg })
	for _, pkg := range append([]string{m.pkg}, tests...) {
		end, err := r.test(ctx, pkg, overlay)
		if err != nil || !end.compiled {
			return result{}, err
		}
		if end.failed != "" {
			return result{compiled: true, by: pkg, test: end.failed}, nil
		}
	}
	return result{compiled: true}, nil
}

// overlay writes the changed file and what tells the go command to read it in place of the checkout's.
func (r *runner) overlay(dir string, m mutation) (string, error) {
	changed, list := filepath.Join(dir, filepath.Base(m.file)), filepath.Join(dir, "overlay.json")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(r.root, m.file): changed}})
	return list, errors.Join(err, os.WriteFile(changed, m.apply(), 0o600), os.WriteFile(list, replaced, 0o600))
}

// end is how a package's tests ended: failed is the test that failed, empty where none did.
type end struct {
	compiled bool
	failed   string
}

// test builds a package's tests and runs them. A test that fails must fail again when it runs alone, and pass with nothing
// changed: on a loaded machine others fail, too.
func (r *runner) test(ctx context.Context, pkg, overlay string) (end, error) {
	dir, err := os.MkdirTemp(r.dir, "")
	if err != nil {
		return end{}, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "test")
	if r.build(ctx, pkg, overlay, binary) != nil {
		return end{}, context.Cause(ctx)
	}
	for range 3 {
		output, err := r.execute(ctx, binary, pkg, overlay)
		if err == nil || ctx.Err() != nil {
			return end{compiled: true}, context.Cause(ctx)
		}
		failed := culprit(output)
		top, _, _ := strings.Cut(failed, "/")
		if !strings.HasPrefix(top, "Test") {
			return end{compiled: true, failed: failed}, nil
		}
		alone := "^" + top + "$"
		if _, err := r.execute(ctx, binary, pkg, overlay, "-test.run", alone); err == nil {
			continue
		}
		if r.passes(ctx, pkg, alone) {
			return end{compiled: true, failed: failed}, context.Cause(ctx)
		}
		r.doubt(pkg, alone)
	}
	return end{}, errors.New("other tests fail each time, also with nothing changed")
}

// doubt leaves a test out from now on: it fails with nothing changed, too.
func (r *runner) doubt(pkg, test string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.doubtful[pkg], test) {
		r.doubtful[pkg] = append(r.doubtful[pkg], test)
		fmt.Fprintf(os.Stderr, "mutate: %s: %s fails with nothing changed, and is left out\n", pkg, test)
	}
}

func (r *runner) build(ctx context.Context, pkg, overlay, binary string) error {
	return r.command(ctx, ".", overlay, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-o", binary, "./"+pkg).Run()
}

func (r *runner) execute(ctx context.Context, binary, pkg, overlay string, args ...string) (string, error) {
	args = append([]string{binary, "-test.failfast", "-test.timeout", testTime.String()}, args...)
	r.mu.Lock()
	if skip := strings.Join(r.doubtful[pkg], "|"); skip != "" {
		args = append(args, "-test.skip", skip)
	}
	r.mu.Unlock()
	output, err := r.command(ctx, pkg, overlay, args...).CombinedOutput()
	return string(output), err
}

// passes reports whether a test passes with nothing changed.
func (r *runner) passes(ctx context.Context, pkg, test string) bool {
	r.mu.Lock()
	build := r.unchanged[pkg]
	if build == nil {
		binary := filepath.Join(r.dir, strings.ReplaceAll(pkg, "/", "-"))
		build = sync.OnceValues(func() (string, error) { return binary, r.build(ctx, pkg, "", binary) })
		r.unchanged[pkg] = build
	}
	r.mu.Unlock()
	binary, err := build()
	if err != nil {
		return false
	}
	_, err = r.execute(ctx, binary, pkg, "", "-test.run", test)
	return err == nil
}

// command runs a program in a folder of the checkout. What it builds itself is changed, too: GOFLAGS reaches it. A mutation
// may write to the home directory, which is therefore another one.
func (r *runner) command(ctx context.Context, dir, overlay string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Dir = filepath.Join(r.root, dir)
	c.Env = append(os.Environ(), "HOME="+r.dir, "PWD="+c.Dir)
	if overlay != "" {
		c.Env = append(c.Env, "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+overlay))
	}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	return c
}

var (
	failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	otherEnd   = regexp.MustCompile(`(?m)^(panic: .*|fatal error: .*|FAIL.*)`)
)

// culprit names the test that failed, or how the tests ended.
func culprit(output string) string {
	if all := failedTest.FindAllStringSubmatch(output, -1); all != nil {
		return all[len(all)-1][1]
	}
	return cmp.Or(strings.TrimSpace(otherEnd.FindString(output)), "ended without a word")
}
