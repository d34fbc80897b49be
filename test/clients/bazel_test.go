package clients

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// This Bazel is older than the variable NETRC and than credential helpers, and reads the file that an archive names.
func TestBazel(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	j := newJob(t, box, "bazel")
	own(t, j, ".netrc", "machine other.example login me password mine\n")
	file := archive(t, [2]string{"BUILD", "exports_files([\"BUILD\"])\n"})
	put(t, box, "/artifactory/libs-local/hello.zip", bytes.NewReader(file))
	sum := sha256.Sum256(file)
	j.write("BUILD", nil)
	j.write("workspace", []byte(`load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_archive")
http_archive(name = "hello", urls = ["`+box.URL+`/artifactory/libs-local/hello.zip"], sha256 = "`+hex.EncodeToString(sum[:])+`", netrc = "NETRC")
`))
	const fetch = `bazel --output_user_root="$CACHE/bazel" --batch fetch --repository_cache= @hello//... 2>&1`
	j.check("bazel", `sed "s:NETRC:$NETRC:" workspace >WORKSPACE; `+fetch, `echo >>WORKSPACE; bazel --output_user_root="$CACHE/bazel" --batch clean --expunge; `+fetch, "401", "unauthorized")
}
