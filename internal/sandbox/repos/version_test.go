package repos_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// The newest release is the latest, whatever the order of its text, and no pre-release is.
func TestLatest_IsTheNewestRelease(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin := client{t: t, box: box, user: box.User, password: box.Password}
	for _, version := range []string{"1.9.0", "1.10.0", "1.2.0+build", "2.0.0-rc.9", "2.0.0-rc.10"} {
		admin.do("PUT", "/artifactory/go-local/acme.example/m/@v/v"+version+".info", "", `{"Version":"v`+version+`"}`)
		admin.do("PUT", "/artifactory/api/npm/npm-local/hello", "application/json", strings.ReplaceAll(`{"versions":{"%":{"version":"%"}}}`, "%", version))
		if strings.HasPrefix(version, "2") {
			admin.do("PUT", "/artifactory/go-local/acme.example/new/@v/v"+version+".info", "", `{"Version":"v`+version+`"}`)
		}
	}
	for module, want := range map[string]string{"m": "v1.10.0", "new": "v2.0.0-rc.10"} {
		if _, text, _ := admin.do("GET", "/artifactory/api/go/go-local/acme.example/"+module+"/@latest", "", ""); text != `{"Version":"`+want+`"}` {
			t.Errorf("Go's latest is %s, want %s", text, want)
		}
	}
	var document struct {
		Tags map[string]string `json:"dist-tags"`
	}
	status, text, _ := admin.do("GET", "/artifactory/api/npm/npm-local/hello", "", "")
	if err := json.Unmarshal([]byte(text), &document); err != nil || status != http.StatusOK || document.Tags["latest"] != "1.10.0" {
		t.Errorf("npm's latest: %d, %v, %s", status, err, text)
	}
}
