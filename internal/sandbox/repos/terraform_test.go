package repos_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// Terraform finds the registry, asks it with credentials, and fetches a module without any but those in its address.
func TestTerraform_TicketsStandForWhoAsked(t *testing.T) {
	t.Parallel()
	const registry = "/artifactory/api/terraform/v1/modules/"
	const module = registry + "terraform-virtual__acme/net/any"
	box := sandboxtest.Start(t)
	admin, reader, stranger := client{t: t, box: box, user: box.User, password: box.Password}, client{t: t, box: box, user: "robot", password: "password"}, client{t: t, box: box}
	if status, text, _ := stranger.do("GET", "/.well-known/terraform.json", "", ""); status != http.StatusOK || !strings.Contains(text, `"modules.v1":"`+box.URL+registry+`"`) {
		t.Errorf("%d %s", status, text)
	}
	if status, text, _ := admin.do("PUT", "/artifactory/terraform-local/acme/net/any/1.0.0.zip", "", "content"); status != http.StatusCreated {
		t.Fatalf("%d %s", status, text)
	}
	for path, want := range map[string]struct {
		reader, stranger int
		says             string
	}{
		module + "/versions":                  {200, 401, `{"modules":[{"versions":[{"version":"1.0.0"}]}]}`},
		module + "/1.0.0/download":            {204, 401, ""},
		module + "/1.0.0":                     {200, 401, "content"},
		module + "/1.0.0?ticket=":             {200, 401, "content"},
		module + "/2.0.0/download":            {404, 401, ""},
		"/artifactory/api/terraform/v1/other": {404, 404, ""},
	} {
		if status, text, _ := reader.do("GET", path, "", ""); status != want.reader || !strings.Contains(text, want.says) {
			t.Errorf("%s by a reader: %d %s", path, status, text)
		}
		if status, text, _ := stranger.do("GET", path, "", ""); status != want.stranger {
			t.Errorf("%s by a stranger: %d %s", path, status, text)
		}
	}
	_, _, header := reader.do("GET", module+"/1.0.0/download", "", "")
	address := header.Get("X-Terraform-Get")
	if !strings.HasPrefix(address, module+"/1.0.0?archive=zip&ticket=") {
		t.Fatalf("the address is %q", address)
	}
	if status, text, _ := stranger.do("GET", address, "", ""); status != http.StatusOK || text != "content" {
		t.Errorf("%d %s", status, text)
	}
	if status, _, _ := stranger.do("GET", address+"x", "", ""); status != http.StatusUnauthorized {
		t.Errorf("a ticket that nobody was given: %d", status)
	}
	if status, _, _ := admin.do("PUT", address, "", "content"); status != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", status)
	}
}
