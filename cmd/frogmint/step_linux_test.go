package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// saved is the variable that the runner makes for the post step of what the main step kept in a folder.
func saved(t *testing.T, dir string) string {
	t.Helper()
	state, err := os.ReadFile(filepath.Join(dir, "GITHUB_STATE"))
	lines := strings.Split(string(state), "\n")
	if err != nil || len(lines) < 3 {
		t.Fatalf("the state has %d lines, %v", len(lines), err)
	}
	return "STATE_frogmint=" + strings.TrimSpace(lines[1])
}

// Whatever signal ends a job, the main step revokes what it is minting, and the post step goes on until it has revoked.
func testStagesInterrupted(t *testing.T, binary string) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGTRAP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s, dir := sandboxtest.Start(t), t.TempDir()
			slow(t, s, "latency=20s@mint")
			r := actionStep(t, s, binary, "frogmint-main", dir, os.DevNull)
			if err := await("the mint", patience, func() bool { return len(minted(s.Server)) > 0 }); err != nil {
				t.Fatalf("%v\n%s", err, r.text())
			}
			interrupt(t, r, sig, 1)
			if output, err := os.ReadFile(filepath.Join(dir, "GITHUB_OUTPUT")); err != nil || len(output) > 0 {
				t.Errorf("%d bytes of outputs, %v", len(output), err)
			}
			if tokens := minted(s.Server); len(tokens) > 0 {
				t.Errorf("alive: %+v", tokens)
			}

			slow(t, s, "latency=2s@revoke")
			dir = t.TempDir()
			if status := actionStep(t, s, binary, "frogmint-main", dir, os.DevNull, "INPUT_ON-REVOKE-FAILURE=fail").status(); status != 0 {
				t.Fatalf("exit status %d", status)
			}
			r = actionStep(t, s, binary, "frogmint-post", dir, os.DevNull, saved(t, dir))
			if err := await("the revocation", patience, func() bool { return asked(s.Server, "DELETE", "/access/api/v1/tokens/me") > 0 }); err != nil {
				t.Fatalf("%v\n%s", err, r.text())
			}
			interrupt(t, r, sig, 0)
			if tokens := minted(s.Server); len(tokens) > 0 {
				t.Errorf("alive: %+v", tokens)
			}
		})
	}
}

// slow makes the server misbehave from now on, in this way only.
func slow(t *testing.T, s *sandboxtest.Sandbox, fault string) {
	t.Helper()
	parsed, err := sandbox.ParseFault(fault)
	if err != nil {
		t.Fatal(err)
	}
	s.Server.SetFaults(parsed)
}
