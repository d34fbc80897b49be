package clients

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestDocker(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "docker", "skopeo")
	own(t, j, ".docker/config.json", `{"auths":{"registry.example":{"auth":"eDp5"}},"currentContext":"here","credHelpers":{"gcr.io":"gcloud"}}`)
	own(t, j, ".docker/contexts/meta/ab3c4ce0b8fd1ba2e0a21b2cd0dcf6bb8c8b8ad1a4b5a9dbd5bd0b41fbe2b5d1/meta.json", `{"Name":"other","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///nowhere"}}}`)
	j.write("file", []byte("content"))
	// The daemon is the machine's, whatever context the user has.
	j.env["DOCKER_HOST"] = "unix:///var/run/docker.sock"
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", j.env["HOST"]+"/docker-local/app:1").Run() }) //nolint:noctx // t's context has ended
	j.asks = true
	j.check("docker", `
tar c file | docker import - "$HOST/docker-local/app:1" >/dev/null
docker push -q "$HOST/docker-local/app:1"
docker rmi "$HOST/docker-local/app:1" >/dev/null
docker pull -q "$HOST/docker-virtual/app:1"
docker rmi "$HOST/docker-virtual/app:1" >/dev/null
skopeo copy -q --src-tls-verify=false "docker://$HOST/docker-virtual/app:1" dir:copied
(unset DOCKER_HOST; docker context ls --format '{{.Name}}' | grep -qx other)`,
		`docker pull -q "$HOST/docker-local/app:1" 2>&1`, "unauthorized", "denied", "401")
	j.afterwards(`skopeo inspect --tls-verify=false "docker://$HOST/docker-virtual/app:1"`)
}

func TestCrane(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "go")
	out, err := exec.CommandContext(t.Context(), "go", "tool", "-n", "crane").Output() // not what it says of downloads
	if err != nil {
		t.Fatal(err)
	}
	j.env["CRANE"] = strings.TrimSpace(string(out))
	j.write("file", []byte("content"))
	j.asks = true
	j.check("docker", `
tar cf layer.tar file
"$CRANE" --insecure append -f layer.tar -t "$HOST/docker-local/crane:1" 2>&1
"$CRANE" --insecure export "$HOST/docker-virtual/crane:1" - | tar t | grep -qx file`,
		`"$CRANE" --insecure digest "$HOST/docker-local/crane:1" 2>&1`, "frogmint exec, which has ended")
}
