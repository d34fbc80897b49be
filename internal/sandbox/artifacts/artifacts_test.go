package artifacts_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/artifacts"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// as asks a sandbox as an administrator, as who may read, or as nobody.
func as(t *testing.T, box *sandboxtest.Sandbox, user string) (*artifacts.Client, *httptest.ResponseRecorder) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if user != "" {
		request.SetBasicAuth(user, "password")
	}
	response := httptest.NewRecorder()
	return &artifacts.Client{
		JFrog: box.Server, LocalOf: func(string) string { return "npm-local" }, Request: request, Response: response,
		Authorization: request.Header.Get("Authorization"), Key: "npm-virtual",
	}, response
}

// What the JFrog refuses is sent on as it says it, whichever the method.
func TestClient_SendsRefusalsOn(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	files := map[string][]byte{"a/1": []byte("one"), "a/2": []byte("two"), "b/1": []byte("three")}
	admin, _ := as(t, box, "admin")
	if !admin.Store(files) {
		t.Fatal("an administrator may not store")
	}
	for _, try := range []struct {
		user string
		do   func(*artifacts.Client) bool
		want int
	}{
		{"robot", func(c *artifacts.Client) bool {
			paths, ok := c.List("a/")
			return ok && slices.Equal(paths, []string{"a/1", "a/2"})
		}, 0},
		{"robot", func(c *artifacts.Client) bool {
			read, ok := c.Read(c.List("b/"))
			return ok && string(read["b/1"]) == "three"
		}, 0},
		{"robot", func(c *artifacts.Client) bool { _, ok := c.Read([]string{"a/1", "none"}, true); return ok }, http.StatusNotFound},
		{"robot", func(c *artifacts.Client) bool { return c.Store(files) }, http.StatusForbidden},
		{"", func(c *artifacts.Client) bool { _, ok := c.Read(c.List("a/")); return ok }, http.StatusUnauthorized},
		{"", func(c *artifacts.Client) bool { return c.Store(files) }, http.StatusUnauthorized},
	} {
		client, response := as(t, box, try.user)
		if ok := try.do(client); ok != (try.want == 0) || try.want != 0 && response.Code != try.want {
			t.Errorf("%q: %v with %d, want %d", try.user, ok, response.Code, try.want)
		}
	}
}

// Whether somebody may deploy is found out without storing anything.
func TestClient_MayDeployStoresNothing(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	for user, want := range map[string]int{"admin": http.StatusNotFound, "robot": http.StatusForbidden, "": http.StatusUnauthorized} {
		client, _ := as(t, box, user)
		if refusal, may := client.MayDeploy("x"); may != (user == "admin") || refusal.Status != want {
			t.Errorf("%q may deploy: %v, %d", user, may, refusal.Status)
		}
		if _, known := client.Authenticated(); known != (user != "") {
			t.Errorf("%q is known: %v", user, known)
		}
	}
	admin, _ := as(t, box, "admin")
	if paths, ok := admin.List(""); !ok || len(paths) > 0 {
		t.Errorf("there is %q", paths)
	}
}
