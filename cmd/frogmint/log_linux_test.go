package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// A log that can't be written must not cost more than itself.

// logged starts a command whose standard error is a pipe, and returns the end that is to be read.
func logged(t *testing.T, s *sandboxtest.Sandbox, env []string, argv ...string) (r *running, log *os.File) {
	t.Helper()
	log, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r, err = startWith(func(c *exec.Cmd) { c.Stderr = write }, t.TempDir(), append(admin.environment(s), env...), argv...)
	_ = write.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.end()
		_ = log.Close()
	})
	return r, log
}

// A runner that dies closes the log, and its shell is killed. What frogmint then says on its way to revoke the token goes
// nowhere, in each CI's form.
func testLogClosed(t *testing.T, binary string) {
	for _, system := range []string{"github", "forgejo", "gitea", "gitlab", "azure", "teamcity"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			s := sandboxtest.Start(t)
			r, log := logged(t, s, []string{"FROGMINT_CI=" + system}, "sh", "-c",
				binary+` exec --groups CI -- sh -c 'echo $$ >pid; exec sleep 30'; true`)
			child, err := number(filepath.Join(r.dir, "pid"))
			if err != nil {
				t.Fatal(err)
			}
			pid, err := r.frogmint()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.end(pid, child) })
			if len(minted(s.Server)) != 1 {
				t.Fatalf("live tokens: %+v", s.Server.LiveTokens())
			}
			_ = log.Close()
			r.end() // the shell only
			if err := await("the end of frogmint", within, func() bool { return gone(pid) }); err != nil {
				t.Error(err)
			}
			if tokens := minted(s.Server); len(tokens) > 0 {
				t.Errorf("alive: %+v", tokens)
			}
		})
	}
}
