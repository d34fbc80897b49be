package clients

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// Debian's Maven and its deploy plugin, for which an administrator has put Debian's repository into the sandbox. This Maven
// is older than 3.9, the first to read MAVEN_ARGS by itself.
func TestMaven(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	j := newJob(t, box, "mvn")
	publish(t, box, "/usr/share/maven-repo")
	own(t, j, ".m2/settings.xml", "<settings><profiles><profile><id>theirs</id><properties><packaging>txt</packaging></properties></profile></profiles>"+
		"<activeProfiles><activeProfile>theirs</activeProfile></activeProfiles></settings>")
	j.env["MAVEN_OPTS"] = "-Duser.home=" + j.home
	j.write("file.txt", []byte("content"))
	plugin := filepath.Base(first(t, "/usr/share/maven-repo/org/apache/maven/plugins/maven-deploy-plugin/3*"))
	const mvn = `mvn -B -q $MAVEN_ARGS -Dmaven.repo.local="$CACHE/%" `
	deploy := `org.apache.maven.plugins:maven-deploy-plugin:` + plugin + `:deploy-file -Dfile=file.txt -Dpackaging=txt \
  -DgroupId=acme -DartifactId=hello -Dversion=% -DrepositoryId=libs-release -Durl="$JF_URL/artifactory/libs-release-local"`
	j.check("maven=libs-release", strings.ReplaceAll(mvn+deploy, "%", "1"), strings.ReplaceAll(mvn, "%", "2")+strings.ReplaceAll(deploy, "%", "2"), "401")
	if status := get(t, box, "/artifactory/libs-release-local/acme/hello/1/hello-1.txt"); status != http.StatusOK {
		t.Errorf("what was deployed: %d", status)
	}
}

func first(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	return found[0]
}

func get(t *testing.T, box *sandboxtest.Sandbox, path string) int {
	t.Helper()
	return sandboxtest.Use(t, http.MethodGet, box.URL+path, box.AdminToken)
}

// publish puts all files of a folder into the sandbox.
func publish(t *testing.T, box *sandboxtest.Sandbox, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return nil //nolint:nilerr // a link to what isn't installed
		}
		defer file.Close() //nolint:errcheck // it was only read
		put(t, box, "/artifactory/libs-release-local"+strings.TrimPrefix(path, folder), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// put deploys a file as an administrator.
func put(t *testing.T, box *sandboxtest.Sandbox, path string, content io.Reader) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, box.URL+path, content)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+box.AdminToken)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(box.CAPEM)
	response, err := (&http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("PUT %s: %s", path, response.Status)
	}
}
