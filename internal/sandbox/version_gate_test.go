package sandbox_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// Each endpoint is there from its release on and unknown to the one before.
func TestEndpointsSince(t *testing.T) {
	t.Parallel()
	missing := accessErrors("NOT_FOUND", "HTTP 404 Not Found")
	flat := `{"code":"NOT_FOUND","message":"HTTP 404 Not Found"}`
	tests := []struct {
		before, since, method, path string
		body                        string // the release before
		then                        int    // the status of the later release, for an administrator without a body
	}{
		{"7.20.0", "7.21.1", "POST", tokensAPI, flat, 415},
		{"7.20.0", "7.21.1", "GET", tokensAPI, flat, 200},
		{"7.20.0", "7.21.1", "GET", tokensAPI + "/x", flat, 404},
		{"7.20.0", "7.21.1", "DELETE", tokensAPI + "/x", flat, 204},
		{"7.11.0", "7.12.0", "GET", "/access/api/v1/cert/root", flat, 200},
		{"7.77.2", "7.77.3", "POST", oidcAPI + "/token", missing, 415},
		{"7.77.2", "7.77.3", "GET", oidcAPI, missing, 200},
		{"7.49.2", "7.49.3", "GET", "/access/api/v2/groups", flat, 200},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			old := start(t, sandbox.WithVersion(tt.before))
			got := old.do(tt.method, tt.path, old.admin())
			got.wantJSON(t, 404, tt.body)
			c := start(t, sandbox.WithVersion(tt.since))
			c.do(tt.method, tt.path, c.admin()).want(t, tt.then)
		})
	}
}

func TestMeSince(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]struct{ adminGet, userGet, adminDelete, userDelete int }{
		"7.53.0": {404, 403, 204, 403},
		"7.53.1": {200, 200, 200, 200},
	} {
		c := start(t, sandbox.WithVersion(version))
		user, admin := bearer(c.token(`{"username":"robot"}`)), bearer(c.token(`{"scope":"applied-permissions/admin"}`))
		c.do(http.MethodGet, tokensAPI+"/me", admin).want(t, want.adminGet)
		c.do(http.MethodGet, tokensAPI+"/me", user).want(t, want.userGet)
		c.do(http.MethodDelete, tokensAPI+"/me", user).want(t, want.userDelete)
		c.do(http.MethodDelete, tokensAPI+"/me", admin).want(t, want.adminDelete)
	}
}

// A member that a release doesn't know has no effect.
func TestFieldsSince(t *testing.T) {
	t.Parallel()
	tests := []struct {
		before, since, request string
		has                    func(made, claims map[string]any) bool
	}{
		{"7.38.9", "7.38.10", `{"include_reference_token":true}`, func(made, _ map[string]any) bool { return made["reference_token"] != nil }},
		{"7.50.2", "7.50.3", `{"force_revocable":true}`, func(_, claims map[string]any) bool { return claims["ext"] != nil }},
		{"7.42.0", "7.42.1", `{"expires_in":0}`, func(_, claims map[string]any) bool { return claims["exp"] == nil }},
	}
	for _, tt := range tests {
		for version, want := range map[string]bool{tt.before: false, tt.since: true} {
			t.Run(version, func(t *testing.T) {
				t.Parallel()
				c := start(t, sandbox.WithVersion(version))
				made := c.mint(tt.request)
				if got := tt.has(made, claims(t, made["access_token"].(string))); got != want {
					t.Errorf("%s: %t, want %t", tt.request, got, want)
				}
			})
		}
	}
	old := start(t, sandbox.WithVersion("7.42.0"))
	if made := old.mint(`{"expires_in":0}`); made["expires_in"] != 31536000.0 {
		t.Errorf("an old release gives a year for 0: %v", made)
	}
}

func TestArtifactScopeSince(t *testing.T) {
	t.Parallel()
	for version, status := range map[string]int{"7.37.9": 400, "7.38.0": 200} {
		c := start(t, sandbox.WithVersion(version))
		c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(`{"scope":"artifact:libs-local:r"}`)).want(t, status)
	}
}

func TestSystem(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithVersion("7.111"))
	c.do(http.MethodGet, versionAt, c.admin()).
		wantJSON(t, 200, `{"version":"7.111.0","revision":"sandbox","addons":[],"license":"sandbox"}`)
	c.do(http.MethodGet, versionAt).wantJSON(t, 401, artifactoryErrors(401, "Authentication is required"))
	got := c.do(http.MethodGet, versionAt, basic("admin", "wrong"))
	got.wantJSON(t, 401, artifactoryErrors(401, "Bad credentials"))
	if got.header.Get("WWW-Authenticate") != `Basic realm="Artifactory Realm"` {
		t.Errorf("header %v", got.header)
	}
	c.do(http.MethodPost, "/artifactory/api/system/usage", jsonBody(`{"productId":"x"}`)).want(t, 200)
	// JFrog's Terraform provider compares this number with 7.138.0.
	c.do(http.MethodGet, "/access/api/v1/system/version", c.admin()).wantJSON(t, 200, `{"name":"7.139.0"}`)
	c.do(http.MethodGet, "/access/api/v1/system/version").want(t, 401)
	for _, path := range []string{"/access/api/v1/system/ping", "/artifactory/api/system/ping"} {
		for _, auth := range []edit{header("X-None", ""), bearer("bad"), basic("admin", "wrong")} {
			if got := c.do(http.MethodGet, path, auth); got.status != 200 || got.text != "OK" {
				t.Errorf("%s: %d %q", path, got.status, got.text)
			}
		}
	}
	c.do(http.MethodGet, "/nothing").wantJSON(t, 404, accessErrors("NOT_FOUND", "HTTP 404 Not Found"))
	c.do(http.MethodGet, "/artifactory/api/nothing").wantJSON(t, 404, artifactoryErrors(404, "HTTP 404 Not Found"))
	c.do(http.MethodPatch, versionAt).wantJSON(t, 405, artifactoryErrors(405, "HTTP 405 Method Not Allowed"))
	c.do(http.MethodGet, "/access//api/v1/tokens", c.admin()).want(t, 404)
	c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(strings.Repeat(" ", 1<<20+1))).want(t, 413)
}

func TestVersionIsChecked(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "seven", "7.1.2.3", "7.-1", "7.1000", "7..1"} {
		if _, err := sandbox.New(sandbox.WithVersion(text)); err == nil {
			t.Errorf("version %q is taken", text)
		}
	}
	c := start(t, sandbox.WithVersion("7.20"))
	if got := c.do(http.MethodGet, versionAt, c.admin()).object(t)["version"]; got != "7.20.0" {
		t.Errorf("version %v", got)
	}
	if got := start(t).with(t); got.do(http.MethodGet, versionAt, got.admin()).object(t)["version"] != "7.146.38" {
		t.Error("the default isn't the newest known release")
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	config, err := sandbox.ReadConfig(strings.NewReader(`{
		"token": {"revocable-expiry-threshold": 100, "persistent-expiry-threshold": 50, "refresh-expiry": 7200, "max-expiry": 0,
			"default-expiry": 70, "force-revocable-stored": false, "allow-refreshable": true, "enable-token-generation-via-api": true,
			"legacy-revocable-expiry-threshold": -1, "unstored-revocation": 404},
		"groups": [{"name": "a b"}, {"name": "a,b"}, {"name": "bosses", "admin": true}],
		"users": [{"name": "Eve", "password": "p", "groups": ["a b"]}],
		"projects": [{"key": "proj", "name": "Project", "members": {"eve": ["Developer"]}}],
		"repositories": [{"key": "proj-local", "projectKey": "proj"}],
		"permissions": [{"name": "p", "repositories": ["libs-local"], "users": {"eve": ["read"]}, "groups": {"a b": ["read", "write"], "CI": ["read"]}}],
		"providers": [{"name": "mine", "provider_type": "GitHub", "audience": "aud",
			"identity_mappings": [{"name": "m", "priority": 1, "claims": {}, "token_spec": {"username": "u", "expires_in": 80}},
				{"name": "n", "priority": 2, "claims": {"Actor": "x"}, "token_spec": {"username": "u"}}]}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, sandbox.WithConfig(config))
	if made := c.mint(`{"username":"eve"}`); made["expires_in"] != 70.0 {
		t.Errorf("default-expiry: %v", made)
	}
	// Names with spaces and commas survive.
	if made := c.mint(`{"scope":"applied-permissions/groups:\"a b\",\"a,b\""}`); made["scope"] != `applied-permissions/groups:"a b","a,b"` {
		t.Errorf("scope %v", made["scope"])
	}
	boss := bearer(c.token(`{"username":"nobody","scope":"applied-permissions/groups:bosses"}`))
	c.do(http.MethodGet, "/access/api/v2/groups", boss).want(t, 200)
	c.do(http.MethodPut, "/artifactory/proj-local/a", basic("eve", "p"), body("text/plain", "x")).want(t, 201)
	c.do(http.MethodPut, "/artifactory/libs-local/a", basic("eve", "p"), body("text/plain", "x")).want(t, 201)
	c.do(http.MethodPost, oidcAPI+"/token", jsonBody(exchangeBody(c.idToken("aud"), "mine"))).want(t, 200)
}

func TestConfigRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"unknown member":      `{"tokens":{}}`,
		"unknown key":         `{"token":{"revocable":1}}`,
		"key in another case": `{"Token":{}}`,
		"nothing":             `null`,
		"stored from above":   `{"token":{"persistent-expiry-threshold":30000}}`,
		"max below default":   `{"token":{"max-expiry":60}}`,
		"unstored revocation": `{"token":{"unstored-revocation":500}}`,
		"negative default":    `{"token":{"default-expiry":-1}}`,
		"absurd default":      `{"token":{"default-expiry":9000000000000000000}}`,
		"duration":            `{"token":{"refresh-expiry":"24h"}}`,
		"two values":          `{}{}`,
		"YAML":                "token:\n  max-expiry: 0\n",
		"too big":             `{"groups":[{"name":"` + strings.Repeat("x", 1<<20) + `"}]}`,
	} {
		if _, err := sandbox.ReadConfig(strings.NewReader(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for name, config := range map[string]sandbox.Config{
		"a user's group": {Users: []sandbox.UserConfig{{Name: "u", Groups: []string{"nope"}}}},
		"mapping's life": {Providers: []sandbox.ProviderConfig{{Provider: sandbox.Provider{Name: "ok"}, Mappings: []sandbox.Mapping{
			{Name: "m", TokenSpec: sandbox.TokenSpec{ExpiresIn: new(int64(-1))}},
		}}}},
		"permission":    {Permissions: []sandbox.PermissionConfig{{Name: "p", Users: map[string][]string{"robot": {"fly"}}}}},
		"no user name":  {Users: []sandbox.UserConfig{{}}},
		"provider name": {Providers: []sandbox.ProviderConfig{{Provider: sandbox.Provider{Name: "UPPER"}}}},
		"mapping name":  {Providers: []sandbox.ProviderConfig{{Provider: sandbox.Provider{Name: "ok"}, Mappings: []sandbox.Mapping{{}}}}},
	} {
		if _, err := sandbox.New(sandbox.WithConfig(config)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// The configuration that the documentation shows is one, with the defaults.
func TestConfigOfTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(text), "```json\n")
	shown, _, found := strings.Cut(shown, "```")
	config, err := sandbox.ReadConfig(strings.NewReader(shown))
	if err != nil || !found {
		t.Fatalf("%v\n%s", err, shown)
	}
	c := start(t, sandbox.WithConfig(config))
	c.exchange("mine").want(t, 200)
	if made := c.mint(`{"username":"tess"}`); made["expires_in"] != 31536000.0 {
		t.Errorf("made %v", made)
	}
	c.do(http.MethodDelete, tokensAPI+"/me", bearer(c.token(`{"expires_in":60}`))).want(t, 204)
}
