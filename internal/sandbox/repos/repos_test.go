package repos_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/repos"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// client is somebody who asks a sandbox.
type client struct {
	t              *testing.T
	box            *sandboxtest.Sandbox
	user, password string
	bearer         string
	nugetKey       string
}

func (c client) do(method, path, contentType, body string) (int, string, http.Header) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.box.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if request.Header.Set("Content-Type", contentType); c.user != "" {
		request.SetBasicAuth(c.user, c.password)
	}
	if c.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	if c.nugetKey != "" {
		request.Header.Set("X-NuGet-ApiKey", c.nugetKey)
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

const (
	contentDigest = "sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73" // of "content"
	npmPackage    = `{"name":"@acme/hello","versions":{"1.0.0":{"name":"@acme/hello","version":"1.0.0","dist":{"tarball":"http://elsewhere/@acme/hello/-/hello-1.0.0.tgz"}}},
"_attachments":{"@acme/hello-1.0.0.tgz":{"data":"Y29udGVudA=="}}}`
	upload = "--x\r\nContent-Disposition: form-data; name=\":action\"\r\n\r\nfile_upload\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nHello_World\r\n--x\r\nContent-Disposition: form-data; name=\"version\"\r\n\r\n1\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"content\"; filename=\"hello_world-1.whl\"\r\n\r\ncontent\r\n--x--\r\n"
)

// part is a part of what cargo sends.
func part(text string) string {
	return string([]byte{byte(len(text)), 0, 0, 0}) + text //nolint:gosec // it is short
}

// Who may read may read, who may deploy may deploy, and nobody else: in each type, by the sandbox's own rules.
func TestHandler_AsksTheSandboxWhoMayWhat(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin, reader, stranger := client{t: t, box: box, user: box.User, password: box.Password}, client{t: t, box: box, user: "robot", password: "password"}, client{t: t, box: box}
	for _, step := range []struct {
		method, path, contentType, body string
		deploys                         bool
		says                            string
	}{
		{"PUT", "/artifactory/api/npm/npm-virtual/@acme%2fhello", "application/json", npmPackage, true, ""},
		{"GET", "/artifactory/api/npm/npm-virtual/@acme%2fhello", "", "", false, `/artifactory/api/npm/npm-virtual/@acme/hello/-/hello-1.0.0.tgz"`},
		{"GET", "/artifactory/api/npm/npm-local/@acme/hello/-/hello-1.0.0.tgz", "", "", false, "content"},
		{"POST", "/artifactory/api/pypi/pypi-local", "multipart/form-data; boundary=x", upload, true, ""},
		{"GET", "/artifactory/api/pypi/pypi-virtual/simple/hello-world/", "", "", false, `href="../../packages/hello-world/1/hello_world-1.whl"`},
		{"GET", "/artifactory/api/pypi/pypi-virtual/packages/hello-world/1/hello_world-1.whl", "", "", false, "content"},
		{"PUT", "/artifactory/libs-release/acme/a/1/a-1.pom", "text/xml", "<project/>", true, ""},
		{"GET", "/artifactory/libs-release/acme/a/1/a-1.pom", "", "", false, "<project/>"},
		{"PUT", "/artifactory/go-local/acme.example/m/@v/v1.0.0.info", "", `{"Version":"v1.0.0"}`, true, ""},
		{"GET", "/artifactory/api/go/go-virtual/acme.example/m/@v/list", "", "", false, "v1.0.0"},
		{"GET", "/artifactory/api/go/go-virtual/acme.example/m/@latest", "", "", false, `"v1.0.0"`},
		{"PUT", "/artifactory/api/cargo/cargo-local/api/v1/crates/new", "", part(`{"name":"hello","vers":"1.0.0"}`) + part("content"), true, ""},
		{"GET", "/artifactory/api/cargo/cargo-virtual/index/config.json", "", "", false, `"auth-required":true`},
		{"GET", "/artifactory/api/cargo/cargo-virtual/index/he/ll/hello", "", "", false, `"vers":"1.0.0"`},
		{"GET", "/artifactory/api/cargo/cargo-virtual/v1/crates/hello/1.0.0/download", "", "", false, "content"},
		{"PUT", "/artifactory/helm-local/my-app-1.0.0.tgz", "application/gzip", "content", true, ""},
		{"GET", "/artifactory/api/helm/helm-virtual/index.yaml", "", "", false, `name: "my-app", version: "1.0.0", urls: ["` + box.URL + `/artifactory/api/helm/helm-virtual/my-app-1.0.0.tgz"]`},
		{"GET", "/artifactory/api/helm/helm-virtual/my-app-1.0.0.tgz", "", "", false, "content"},
		{"PUT", "/artifactory/api/nuget/nuget-virtual", "multipart/form-data; boundary=x", nugetUpload(t, "Acme.Hello", "1.0.0-RC.1"), true, ""},
		{"GET", "/artifactory/api/nuget/v3/nuget-local", "", "", false, `{"@id":"` + box.URL + `/artifactory/api/nuget/nuget-local","@type":"PackagePublish/2.0.0"}`},
		{"GET", "/artifactory/api/nuget/v3/nuget-virtual/index.json", "", "", false, box.URL + `/artifactory/api/nuget/v3/nuget-virtual/registration-semver2/"`},
		{"GET", "/artifactory/api/nuget/v3/nuget-virtual/registration-semver2/acme.hello/index.json", "", "", false, `"packageContent":"` + box.URL + `/artifactory/api/nuget/v3/nuget-virtual/registration-semver2/Download/acme.hello/1.0.0-rc.1"`},
		{"GET", "/artifactory/api/nuget/v3/nuget-virtual/registration-semver2/Download/acme.hello/1.0.0-rc.1", "", "", false, "Acme.Hello.nuspec"},
		{"GET", "/artifactory/api/nuget/nuget-local/Download/Acme.Hello/1.0.0-RC.1", "", "", false, "Acme.Hello.nuspec"},
		{"GET", "/artifactory/nuget-local/Acme.Hello.1.0.0-RC.1.nupkg", "", "", false, "Acme.Hello.nuspec"},
		{"POST", "/v2/docker-virtual/app/blobs/uploads/?digest=" + contentDigest, "", "content", true, ""},
		{"PUT", "/v2/docker-virtual/app/manifests/1", "application/vnd.oci.image.manifest.v1+json", "{}", true, ""},
		{"GET", "/v2/docker-local/app/manifests/1", "", "", false, "{}"},
	} {
		name := step.method + " " + step.path
		if status, _, header := stranger.do(step.method, step.path, step.contentType, step.body); status != http.StatusUnauthorized || header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s by a stranger: %d", name, status)
		}
		if step.deploys {
			if status, _, _ := reader.do(step.method, step.path, step.contentType, step.body); status != http.StatusForbidden {
				t.Errorf("%s by a reader: %d", name, status)
			}
			if status, text, _ := admin.do(step.method, step.path, step.contentType, step.body); status != http.StatusCreated && status != http.StatusOK {
				t.Errorf("%s: %d %s", name, status, text)
			}
			continue
		}
		if status, text, _ := reader.do(step.method, step.path, step.contentType, step.body); status != http.StatusOK || !strings.Contains(text, step.says) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
}

// docker asks without credentials, is told where the tokens are, and comes back with one.
func TestDocker_ChallengesAndGivesTokens(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	stranger := client{t: t, box: box}
	status, _, header := stranger.do("GET", "/v2/", "", "")
	if want := `Bearer realm="` + box.URL + `/v2/token",service="` + strings.TrimPrefix(box.URL, "http://") + `"`; status != http.StatusUnauthorized || header.Get("WWW-Authenticate") != want {
		t.Errorf("%d, %q, want %q", status, header.Get("WWW-Authenticate"), want)
	}
	for _, password := range []string{"wrong", ""} {
		if status, _, _ := (client{t: t, box: box, user: "robot", password: password}).do("GET", "/v2/token", "", ""); status != http.StatusUnauthorized {
			t.Errorf("the password %q gives %d", password, status)
		}
	}
	if status, text, _ := (client{t: t, box: box, user: "robot", password: "password"}).do("GET", "/v2/token?service=x&scope=repository:docker-local/app:pull", "", ""); status != http.StatusOK || !strings.Contains(text, `"token":"docker.`) {
		t.Errorf("%d %s", status, text)
	}
}

func TestHandler_RefusesWhatNoClientSends(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin := client{t: t, box: box, user: box.User, password: box.Password}
	for request, want := range map[string]int{
		"PUT /artifactory/api/npm/npm-local/x":                     http.StatusBadRequest,
		"DELETE /artifactory/api/npm/npm-local/x":                  http.StatusMethodNotAllowed,
		"GET /artifactory/api/npm/npm-local/x":                     http.StatusNotFound,
		"GET /artifactory/api/npm/nowhere/x/-/x.tgz":               http.StatusNotFound,
		"POST /artifactory/api/pypi/pypi-local":                    http.StatusBadRequest,
		"DELETE /artifactory/api/pypi/pypi-local/simple/x":         http.StatusMethodNotAllowed,
		"GET /artifactory/api/pypi/pypi-local/simple/x/":           http.StatusNotFound,
		"POST /artifactory/api/go/go-local/x":                      http.StatusMethodNotAllowed,
		"PUT /artifactory/api/cargo/cargo-local/api/v1/crates/new": http.StatusBadRequest,
		"GET /artifactory/api/cargo/cargo-local/index/x":           http.StatusNotFound,
		"GET /artifactory/api/cargo/cargo-local/x":                 http.StatusNotFound,
		"GET /artifactory/api/go/go-local/x/@latest":               http.StatusNotFound,
		"GET /artifactory/api/go/go-local/%2e%2e/x":                http.StatusNotFound,
		"GET /v2/docker-local/app/blobs/sha256:0":                  http.StatusNotFound,
		"PATCH /v2/docker-local/app/blobs/uploads/9":               http.StatusNotFound,
		"POST /v2/docker-local/app/blobs/uploads/?digest=sha256:0": http.StatusBadRequest,
		"PUT /v2/docker-local/app/manifests/sha256:0":              http.StatusBadRequest,
		"GET /v2/docker-local":                                     http.StatusNotFound,
		"DELETE /v2/docker-local/app/blobs/uploads/9":              http.StatusMethodNotAllowed,
		"DELETE /v2/docker-local/app/blobs/sha256:0":               http.StatusMethodNotAllowed,
		"DELETE /v2/docker-local/app/manifests/1":                  http.StatusMethodNotAllowed,
		"POST /v2/nowhere/app/blobs/uploads/":                      http.StatusNotFound,
		"DELETE /artifactory/api/npm/npm-local/x/-/x.tgz":          http.StatusMethodNotAllowed,
		"POST /artifactory/api/npm/npm-local/-/whoami":             http.StatusMethodNotAllowed,
		"GET /artifactory/go-virtual/%2e%2e/libs-local/x":          http.StatusBadRequest,
		"GET /v2/token/": http.StatusOK,
	} {
		method, path, _ := strings.Cut(request, " ")
		if status, text, _ := admin.do(method, path, "text/plain", "x"); status != want {
			t.Errorf("%s: %d, want %d\n%s", request, status, want, text)
		}
	}
}

// A path means the same through a virtual repository, and leads nowhere else.
func TestHandler_KeepsPathsAsTheyAre(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin := client{t: t, box: box, user: box.User, password: box.Password}
	for _, path := range []string{"/artifactory/libs-release/a%20b/c%2fd", "/artifactory/libs-local/x", "/artifactory/api/cargo/cargo-local/api/v1/crates/new"} {
		body := "content"
		if strings.HasSuffix(path, "/new") {
			body = part(`{"name":"Hello","vers":"1.0.0"}`) + part("content")
		}
		if status, text, _ := admin.do("PUT", path, "", body); status != http.StatusCreated && status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	for path, says := range map[string]string{
		"/artifactory/libs-release-local/a%20b/c%2fd":               "content",
		"/artifactory/libs-release/a%20b/c%2fd":                     "content",
		"/artifactory/api/cargo/cargo-virtual/index/he/ll/hello":    `"name":"Hello"`,
		"/artifactory/api/go/go-local/%2e%2e/libs-local/x":          "",
		"/artifactory/go-virtual/%2e%2e/libs-local/x":               "",
		"/artifactory/api/npm/npm-local/%2e%2e/libs-local/-/x":      "",
		"/artifactory/api/go/go-virtual/a/..%2f..%2f/libs-local/x":  "",
		"/artifactory/libs-release/..%2flibs-local/x":               "",
		"/v2/docker-local/%2e%2e/blobs/%2e%2e/%2e%2e/libs-local/x/": "",
	} {
		status, text, _ := admin.do("GET", path, "", "")
		if says != "" && (status != http.StatusOK || !strings.Contains(text, says)) || says == "" && (status < 400 || text == "content") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
}

// What the sandbox answers for one version is the answer for all, and no version less.
func TestHandler_PassesOnWhatFails(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	broken := httptest.NewServer(repos.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "-local/.") {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		box.Server.ServeHTTP(w, r)
	}), func(key string) string { return key }))
	t.Cleanup(broken.Close)
	whole := client{t: t, box: box, user: box.User, password: box.Password}
	other := whole
	other.box = &sandboxtest.Sandbox{URL: broken.URL}
	whole.do("PUT", "/artifactory/api/npm/npm-local/@acme%2fhello", "application/json", npmPackage)
	whole.do("PUT", "/artifactory/api/cargo/cargo-local/api/v1/crates/new", "", part(`{"name":"hello","vers":"1.0.0"}`)+part("content"))
	for _, path := range []string{"/artifactory/api/npm/npm-local/@acme%2fhello", "/artifactory/api/cargo/cargo-local/index/he/ll/hello"} {
		if status, text, _ := whole.do("GET", path, "", ""); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
		if status, text, _ := other.do("GET", path, "", ""); status != http.StatusBadGateway {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
}

// An answer that comes slowly is whole.
func TestHandler_WaitsForASlowAnswer(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin := client{t: t, box: box, user: box.User, password: box.Password}
	admin.do("PUT", "/artifactory/go-local/acme.example/m/@v/v1.0.0.info", "", "content")
	slow, err := sandbox.ParseFault("slow=1000@artifact")
	if err != nil {
		t.Fatal(err)
	}
	box.Server.SetFaults(slow)
	if status, text, _ := admin.do("GET", "/artifactory/api/go/go-local/acme.example/m/@v/v1.0.0.info", "", ""); status != http.StatusOK || text != "content" {
		t.Errorf("%d %q", status, text)
	}
}
