package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkStart is the time from the start of the program to its end, with nothing to do between.
func BenchmarkStart(b *testing.B) {
	binary := shipped(b)
	for b.Loop() {
		command := exec.CommandContext(b.Context(), binary, "version")
		command.Env = []string{"PATH=" + os.Getenv("PATH")}
		if out, err := command.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
}

// BenchmarkHelper is the time that a client waits for its credential helper, from its start to its end: Bazel asks once a host, and
// docker once a command.
func BenchmarkHelper(b *testing.B) {
	dir := b.TempDir()
	binary, socket, helper := shipped(b), filepath.Join(dir, "s"), filepath.Join(dir, "docker-credential-frogmint")
	listener, err := net.Listen("unix", socket) //nolint:noctx // it doesn't wait
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // the end of a benchmark
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "https://acme.example/artifactory\nci-bot\n"+strings.Repeat("x", 1000)+"\n0\n")
			_ = conn.Close()
		}
	}()
	if err := os.Symlink(binary, helper); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		command := exec.CommandContext(b.Context(), helper, "get")
		command.Env, command.Stdin = []string{"FROGMINT_SOCKET=" + socket}, strings.NewReader("acme.example")
		if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "xxx") {
			b.Fatalf("%v: %s", err, out)
		}
	}
}
