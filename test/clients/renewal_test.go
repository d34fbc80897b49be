package clients

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// renewed runs a script before and after the death of the first token, which the clients' helpers don't notice.
func (j *job) renewed(login, script string) {
	j.t.Helper()
	j.env["FROGMINT_EXPIRY"] = "20s"
	j.from = len(j.box.Server.Requests())
	status, out := j.exec(login, strings.ReplaceAll(script, "VERSION", "1")+"\nsleep 21\n"+strings.ReplaceAll(script, "VERSION", "2"))
	if status != 0 || !strings.Contains(out, "renewed: token ") {
		j.t.Fatalf("exit status %d\n%s", status, out)
	}
	users := map[string]bool{}
	for _, request := range j.box.Server.Requests()[j.from:] {
		if isArtifact(request) && request.Status < http.StatusBadRequest {
			users[request.TokenID] = true
		}
	}
	if len(users) < 2 {
		j.t.Errorf("the packages were asked for with %d tokens\n%s", len(users), out)
	}
}

func TestRenewal_GoesUnnoticed(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "docker", "skopeo", "cargo", "git", "curl")
	j.env["RUSTUP_HOME"], j.env["CARGO_HOME"] = rustup(), j.env["CACHE"]
	j.env["DOCKER_HOST"], j.env["GIT_TERMINAL_PROMPT"] = "unix:///var/run/docker.sock", "0"
	t.Cleanup(func() {
		_ = exec.Command("docker", "rmi", "-f", j.env["HOST"]+"/docker-local/app:1", j.env["HOST"]+"/docker-local/app:2").Run() //nolint:noctx // t's context has ended
	})
	j.write("file", []byte("content"))
	j.write("hello/src/lib.rs", nil)
	j.renewed("docker, cargo=cargo-local, git", `
tar c file | docker import - "$HOST/docker-local/app:VERSION" >/dev/null
docker push -q "$HOST/docker-local/app:VERSION"
skopeo copy -q --src-tls-verify=false "docker://$HOST/docker-virtual/app:VERSION" dir:copied-VERSION
printf '[package]\nname = "hello"\nversion = "VERSION.0.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "x"\n' >hello/Cargo.toml
cargo publish -q --no-verify --allow-dirty --registry cargo-local --manifest-path hello/Cargo.toml
printf 'protocol=http\nhost=%s\n\n' "$HOST" | git credential fill >filled
printf 'user = "%s:%s"\n' "$(sed -n 's/^username=//p' filled)" "$(sed -n 's/^password=//p' filled)" |
  curl -qsSf -K - -T filled "$JF_URL/artifactory/libs-local/git-VERSION" >/dev/null`)
}

// go keeps what it was told, and asks again when that is refused.
func TestRenewal_GoesUnnoticedByGo(t *testing.T) {
	t.Parallel()
	j := goJob(t)
	j.renewed("go=go-virtual", `
cat >stale <<'EOF'
#!/bin/sh
[ $# -gt 0 ] && exec go-credential-frogmint "$@"
printf '%s\n\nAuthorization: Basic eDp5\n\n' "$JF_URL/artifactory"
EOF
chmod +x stale
rm -rf "$GOMODCACHE"
GOAUTH="$PWD/stale" go mod download hello.example/mod@v1.0.0
rm -rf "$GOMODCACHE"
go mod download hello.example/mod@v1.0.0`)
}
