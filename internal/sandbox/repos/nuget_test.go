package repos_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// nugetUpload is the form in which NuGet's clients send a package, with the boundary x.
func nugetUpload(t *testing.T, id, version string) string {
	t.Helper()
	var nupkg bytes.Buffer
	w := zip.NewWriter(&nupkg)
	for name, text := range map[string]string{
		id + ".nuspec":         `<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata><id>` + id + "</id><version>" + version + "</version></metadata></package>",
		"content/other.nuspec": "<package><metadata><id>other</id></metadata></package>",
	} {
		part, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return "--x\r\nContent-Disposition: form-data; name=package; filename=package.nupkg\r\n\r\n" + nupkg.String() + "\r\n--x--\r\n"
}

const nugetForm = "multipart/form-data; boundary=x"

// A package has the name and version in it, wherever in the repository it was pushed or deployed to.
func TestNuget_FindsPackagesByWhatIsInThem(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin := client{t: t, box: box, user: box.User, password: box.Password}
	for path, body := range map[string]string{
		"/artifactory/api/nuget/nuget-local":                 nugetUpload(t, "Acme.Hello", "1.9.0"),
		"/artifactory/api/nuget/nuget-local/path/to/folder/": nugetUpload(t, "Acme.Hello", "1.10.0"),
		"/artifactory/api/nuget/nuget-virtual":               nugetUpload(t, "Other", "1.0.0"),
		"/artifactory/nuget-local/readme.txt":                "no package",
	} {
		if status, text, _ := admin.do("PUT", path, nugetForm, body); status != http.StatusCreated {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if status, _, _ := admin.do("GET", "/artifactory/nuget-local/path/to/folder/Acme.Hello.1.10.0.nupkg", "", ""); status != http.StatusOK {
		t.Errorf("in its folder: %d", status)
	}
	var registration struct {
		Items []struct{ Lower, Upper string }
	}
	_, text, _ := admin.do("GET", "/artifactory/api/nuget/v3/nuget-local/registration-semver2/acme.hello/index.json", "", "")
	if err := json.Unmarshal([]byte(text), &registration); err != nil || len(registration.Items) != 2 {
		t.Errorf("%v in %s", err, text)
	}
	for _, page := range registration.Items {
		if page.Lower != page.Upper || !slices.Contains([]string{"1.9.0", "1.10.0"}, page.Lower) {
			t.Errorf("a page from %s to %s", page.Lower, page.Upper)
		}
	}
	for query, says := range map[string]string{
		"?q=HELLO": `"id":"Acme.Hello","version":"1.10.0"`, "?q=hello": `"totalHits":1`, "": `"totalHits":2`, "?q=none": `{"data":[],"totalHits":0}`,
	} {
		if status, text, _ := admin.do("GET", "/artifactory/api/nuget/v3/nuget-local/query"+query, "", ""); status != http.StatusOK || !strings.Contains(text, says) {
			t.Errorf("%s: %d %s", query, status, text)
		}
	}
}

// What --api-key sends counts as credentials, and has to be right.
func TestNuget_TakesAnAPIKey(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	for _, try := range []struct {
		user, password, key string
		want                int
		by                  string
	}{
		{"", "", box.User + ":" + box.Password, http.StatusCreated, "basic"},
		{"", "", box.AdminToken, http.StatusCreated, "bearer"},
		{"robot", "password", box.User + ":" + box.Password, http.StatusCreated, "basic"},
		{box.User, box.Password, "robot:password", http.StatusForbidden, "basic"},
		{box.User, box.Password, "RequiredApiKey", http.StatusForbidden, ""},
		{"", "", box.User + ":wrong", http.StatusForbidden, ""},
		{"", "", "", http.StatusUnauthorized, ""},
	} {
		from := len(box.Server.Requests())
		who := client{t: t, box: box, user: try.user, password: try.password, nugetKey: try.key}
		if status, text, _ := who.do("PUT", "/artifactory/api/nuget/nuget-local", nugetForm, nugetUpload(t, "Hello", "1.0.0")); status != try.want {
			t.Errorf("%q with the key %q: %d, want %d\n%s", try.user, try.key, status, try.want, text)
		}
		deployed := slices.ContainsFunc(box.Server.Requests()[from:], func(r sandbox.Request) bool {
			return r.Method == http.MethodPut && r.Auth == try.by
		})
		if deployed != (try.by != "") {
			t.Errorf("%q with the key %q: deployed %v", try.user, try.key, deployed)
		}
	}
}

// Nothing else than a package with a name and a version is one.
func TestNuget_RefusesWhatIsNoPackage(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin := client{t: t, box: box, user: box.User, password: box.Password}
	for name, body := range map[string]string{
		"another field": strings.Replace(nugetUpload(t, "a", "1"), "name=package", "name=other", 1),
		"no zip":        "--x\r\nContent-Disposition: form-data; name=package; filename=p\r\n\r\ncontent\r\n--x--\r\n",
		"no name":       nugetUpload(t, "", "1"), "no version": nugetUpload(t, "a", ""), "no XML": nugetUpload(t, "<", "1"), "nothing": "",
		"another repository in the name": nugetUpload(t, "../libs-local/a", "1"),
	} {
		if status, _, _ := admin.do("PUT", "/artifactory/api/nuget/nuget-local", nugetForm, body); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestNuget_RefusesWhatNoClientSends(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin := client{t: t, box: box, user: box.User, password: box.Password}
	for request, want := range map[string]int{
		"PUT v3/nuget-local":               http.StatusMethodNotAllowed,
		"POST nuget-local":                 http.StatusMethodNotAllowed,
		"GET nuget-local":                  http.StatusNotFound,
		"GET nuget-local/index.json":       http.StatusNotFound,
		"GET v3/nuget-local/x":             http.StatusNotFound,
		"GET nuget-local/Download/x/1.0.0": http.StatusNotFound,
		"GET v3/nowhere/Download/x/1.0.0":  http.StatusNotFound,
		"GET v3/nuget-local/x/index.json":  http.StatusNotFound,
	} {
		method, path, _ := strings.Cut(request, " ")
		if status, text, _ := admin.do(method, "/artifactory/api/nuget/"+path, "text/plain", "x"); status != want {
			t.Errorf("%s: %d, want %d\n%s", request, status, want, text)
		}
	}
}
