package jfrog_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// Who may list the groups is an administrator, and whom JFrog itself refuses is none. Of a gateway's refusal nothing follows.
func TestIsAdministrator(t *testing.T) {
	t.Parallel()
	const own = `{"errors":[{"status":403,"message":"Forbidden"}]}`
	for name, test := range map[string]struct {
		status int
		body   string
		admin  bool
		fails  bool
	}{
		"the list":          {200, `[{"name":"readers"}]`, true, false},
		"JFrog's 403":       {403, own, false, false},
		"JFrog's 401":       {401, `{"errors":[{"status":401,"message":"Bad Credentials"}]}`, false, false},
		"JFrog's 404":       {404, `{"errors":[{"status":404,"message":"Not Found"}]}`, false, true},
		"a gateway's 403":   {403, `{"message":"Forbidden"}`, false, true},
		"a gateway's 401":   {401, "<html>", false, true},
		"nothing, and busy": {503, "", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := through(fixed(test.status, test.body)).IsAdministrator(t.Context(), admin)
			if got != test.admin || (err != nil) != test.fails {
				t.Errorf("%t, %v", got, err)
			}
		})
	}
	call := func(ctx context.Context, c *jfrog.Client) error { _, err := c.IsAdministrator(ctx, admin); return err }
	if got, want := sentBy(t, saas(), call), "GET https://acme.jfrog.io/artifactory/api/security/groups"+accept+asAdmin+agent; got != want {
		t.Errorf("sent %s", got)
	}
}

// Only the exchange's own failures are its: they have other remedies than a mint's.
func TestIsExchange(t *testing.T) {
	t.Parallel()
	refused := through(fixed(403, ""))
	for name := range calls(admin, admin.Token) {
		if got := jfrog.IsExchange(failureOf(t, refused, name)); got != (name == "exchange") {
			t.Errorf("%s: %t", name, got)
		}
	}
	if jfrog.IsExchange(errors.New("exchanging the ID token")) || jfrog.IsExchange(nil) {
		t.Error("not a failure of a call")
	}
}

// A platform that answers with a page, such as one to sign in, doesn't answer.
func TestPing_NeedsNoPage(t *testing.T) {
	t.Parallel()
	for body, works := range map[string]bool{"OK": true, "": true, "<html>": false, " \n<!DOCTYPE html>": false, "a < b": true} {
		if err := through(fixed(200, body)).Ping(t.Context()); (err == nil) != works {
			t.Errorf("%q: %v", body, err)
		}
	}
	if err := through(fixed(500, "")).Ping(t.Context()); err == nil {
		t.Error("a 500 is no answer")
	}
}

// A connection is made to each endpoint, where it is, and the next request to it takes it.
func TestPrepare_ConnectsToEachEndpoint(t *testing.T) {
	t.Parallel()
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	platform, artifactory := serve(t, answer.ServeHTTP), httptest.NewServer(answer)
	t.Cleanup(artifactory.Close)
	var mu sync.Mutex
	var dialed []string
	count := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(slices.Values(dialed))
	}
	client, err := httpapi.NewClient(httpapi.Options{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		dialed = append(dialed, address)
		mu.Unlock()
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	at := func(address string) *url.URL {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	api := jfrog.New(jfrog.Platform{URL: at(platform.URL), Artifactory: at(artifactory.URL)}, client, "frogmint/test")
	api.Prepare(t.Context(), jfrog.AccessEndpoint, jfrog.ArtifactoryEndpoint)
	want := []string{at(platform.URL).Host, at(artifactory.URL).Host}
	slices.Sort(want)
	for end := time.Now().Add(20 * time.Second); !slices.Equal(count(), want) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	for _, endpoint := range []jfrog.Endpoint{jfrog.AccessEndpoint, jfrog.ArtifactoryEndpoint} {
		_, _ = api.Probe(t.Context(), endpoint, admin.Token)
	}
	if got := count(); !slices.Equal(got, want) {
		t.Errorf("connections to %q, want %q", got, want)
	}
}
