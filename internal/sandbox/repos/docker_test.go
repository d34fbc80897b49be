package repos_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// Nothing of a blob is kept for who may not deploy it, and no more of one than its bound.
func TestUpload_IsForDeployersAndBounded(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	admin, reader, stranger := client{t: t, box: box, user: box.User, password: box.Password}, client{t: t, box: box, user: "robot", password: "password"}, client{t: t, box: box}
	status, _, header := admin.do("POST", "/v2/docker-local/app/blobs/uploads/", "", "")
	at := header.Get("Location")
	if status != http.StatusAccepted || at == "" {
		t.Fatalf("%d, at %q", status, at)
	}
	half := strings.Repeat("x", 20<<20)
	for _, step := range []struct {
		who                client
		method, path, body string
		want               int
	}{
		{stranger, "POST", "/v2/docker-local/app/blobs/uploads/", "", http.StatusUnauthorized},
		{reader, "POST", "/v2/docker-local/app/blobs/uploads/", "", http.StatusForbidden},
		{stranger, "PATCH", at, "content", http.StatusUnauthorized},
		{reader, "PATCH", at, "content", http.StatusForbidden},
		{stranger, "PUT", at + "?digest=" + contentDigest, "", http.StatusUnauthorized},
		{admin, "PATCH", strings.Replace(at, "/app/", "/other/", 1), "content", http.StatusNotFound},
		{admin, "PATCH", strings.Replace(at, "/docker-local/", "/docker-virtual/", 1), "content", http.StatusNotFound},
		{admin, "PATCH", at, "con", http.StatusAccepted},
		{admin, "PATCH", at, "tent", http.StatusAccepted},
		{admin, "PUT", at + "?digest=" + contentDigest, "", http.StatusCreated},
		{admin, "PATCH", at, "content", http.StatusNotFound}, // it has ended
	} {
		if status, text, _ := step.who.do(step.method, step.path, "", step.body); status != step.want {
			t.Errorf("%s %s by %q: %d, want %d\n%s", step.method, step.path, step.who.user, status, step.want, text)
		}
	}
	_, _, header = admin.do("POST", "/v2/docker-local/app/blobs/uploads/", "", half)
	for _, want := range []int{http.StatusRequestEntityTooLarge, http.StatusNotFound} {
		if status, _, _ := admin.do("PATCH", header.Get("Location"), "", half); status != want {
			t.Errorf("beyond the bound: %d, want %d", status, want)
		}
	}
}

// A client whose token of the registry has died is told where to get another, as one that has none.
func TestDocker_ChallengesADeadToken(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	for _, request := range []string{
		"GET /v2/", "GET /v2/docker-local/app/manifests/1", "GET /v2/docker-local/app/blobs/" + contentDigest,
		"PUT /v2/docker-local/app/manifests/1", "POST /v2/docker-local/app/blobs/uploads/",
	} {
		method, path, _ := strings.Cut(request, " ")
		dead := client{t: t, box: box, bearer: "docker.cm9ib3Q6d3Jvbmc"} // robot:wrong
		status, text, header := dead.do(method, path, "", "{}")
		if !strings.HasPrefix(header.Get("WWW-Authenticate"), `Bearer realm="`) || status != http.StatusUnauthorized || !strings.Contains(text, "UNAUTHORIZED") {
			t.Errorf("%s: %d, %q\n%s", request, status, header.Get("WWW-Authenticate"), text)
		}
	}
}
