//go:build container

package native

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// In the commit of a release the action is played as it is there, with its own version and sha256, and a server that has
// the release's files as GitHub has them.
func TestReleaseCommit_RunsTheReleasesBinary(t *testing.T) {
	t.Parallel()
	var committed struct{ Version string }
	err := json.Unmarshal(read(t, "../../native/release.json"), &committed)
	if err != nil {
		t.Fatal(err)
	}
	prefix := "/v" + committed.Version + "/"
	m := serve(t, http.StripPrefix(prefix, http.FileServer(http.Dir(os.Getenv("FROGMINT_RELEASE")))).ServeHTTP)
	j := newJob(t, m.url)
	if j.action, err = filepath.Abs("../../native"); err != nil {
		t.Fatal(err)
	}
	main := j.step("main").ok(t)
	wants(t, main.log, "sha256 "+programSum(t), "frogmint v"+committed.Version+" in GitHub Actions")
	token, _ := main.outputs.Get("access-token")
	deploy := j.box.URL + "/artifactory/libs-local/x"
	if status := sandboxtest.Use(t, http.MethodPut, deploy, token); status != http.StatusCreated {
		t.Errorf("deploy: %d", status)
	}
	post := j.step("post").ok(t)
	if status := sandboxtest.Use(t, http.MethodGet, deploy, token); status != http.StatusUnauthorized || len(j.alive()) > 0 {
		t.Errorf("after the job: %d, alive %v", status, j.alive())
	}
	t.Logf("%s %s\n%s\n%s", m.asked()[0].Method, m.asked()[0].URL, main.log, post.log)
}
