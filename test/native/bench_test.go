package native

import (
	"net/http"
	"os"
	"os/exec"
	"testing"
)

// BenchmarkJob measures main and post by node, with the binary in the tool cache.
func BenchmarkJob(b *testing.B) {
	j := newJob(b, serve(b, release(program(b), "")).url)
	j.step("main").ok(b)
	j.step("post").ok(b)
	for b.Loop() {
		j.step("main").ok(b)
		j.step("post").ok(b)
	}
}

// BenchmarkFirstJob measures main and post with the download, from loopback.
func BenchmarkFirstJob(b *testing.B) {
	j := newJob(b, serve(b, release(program(b), "")).url)
	for b.Loop() {
		if err := os.RemoveAll(j.tools); err != nil {
			b.Fatal(err)
		}
		j.step("main").ok(b)
		j.step("post").ok(b)
	}
}

// BenchmarkBinary measures what BenchmarkJob does without node: the difference is the script's.
func BenchmarkBinary(b *testing.B) {
	j := newJob(b, serve(b, http.NotFound).url)
	stage := func(name string) {
		r := &running{job: j, files: j.files()}
		r.command = exec.Command(frogmint(b)) //nolint:noctx // the benchmark waits for its end
		r.command.Args[0] = name
		r.command.Env = j.environ(r.files)
		r.command.Stdout, r.command.Stderr = &r.output, &r.output
		if err := r.command.Start(); err != nil {
			b.Fatal(err)
		}
		r.wait().ok(b)
	}
	for b.Loop() {
		stage("frogmint-main")
		stage("frogmint-post")
	}
}
