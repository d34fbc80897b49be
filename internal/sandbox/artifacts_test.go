package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/frogmint/frogmint/internal/sandbox"
)

const libs = "/artifactory/libs-local/"

func TestArtifactPermissions(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{Projects: []sandbox.ProjectConfig{{Key: "proj"}}}))
	scoped := func(scope string) edit {
		return bearer(c.token(`{"username":"someone","expires_in":600,"scope":"` + scope + `"}`))
	}
	c.do(http.MethodPut, libs+"there", c.admin(), body("text/plain", "x")).want(t, 201)
	tests := map[string]struct {
		auth                                  edit
		read, deploy, overwrite, note, remove int
	}{
		"CI":              {scoped("applied-permissions/groups:CI"), 200, 201, 201, 204, 204},
		"deployers":       {scoped("applied-permissions/groups:deployers"), 200, 201, 403, 403, 403},
		"readers":         {scoped("applied-permissions/groups:readers"), 200, 403, 403, 403, 403},
		"two groups":      {scoped("applied-permissions/groups:readers,deployers"), 200, 201, 403, 403, 403},
		"first of two":    {scoped("applied-permissions/groups:readers applied-permissions/groups:CI"), 200, 403, 403, 403, 403},
		"admin":           {scoped("applied-permissions/admin"), 200, 201, 201, 204, 204},
		"transient user":  {scoped("applied-permissions/user"), 403, 403, 403, 403, 403},
		"metrics":         {scoped("system:metrics:r"), 403, 403, 403, 403, 403},
		"an artifact":     {scoped("artifact:libs-local/new:r,w"), 403, 201, 403, 403, 403},
		"a repository":    {scoped("artifact:libs-local:*"), 200, 201, 201, 204, 204},
		"a folder":        {scoped("artifact:libs-local/th**:r"), 200, 403, 403, 403, 403},
		"another's":       {scoped("artifact:other:*"), 403, 403, 403, 403, 403},
		"no such group":   {scoped("applied-permissions/groups:nobody"), 403, 403, 403, 403, 403},
		"project's roles": {scoped("applied-permissions/roles:proj:Developer"), 403, 403, 403, 403, 403},
		"a user":          {basic("robot", "password"), 200, 403, 403, 403, 403},
		"administrator":   {basic("admin", "password"), 200, 201, 201, 204, 204},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			// Not parallel: they share two artifacts.
			c := c.with(t)
			c.do(http.MethodDelete, libs+"new", c.admin())
			c.do(http.MethodPut, libs+"there", c.admin(), body("text/plain", "x")).want(t, 201)
			c.do(http.MethodGet, libs+"there", tt.auth).want(t, tt.read)
			c.do(http.MethodPut, libs+"new", tt.auth, body("text/plain", "x")).want(t, tt.deploy)
			c.do(http.MethodPut, libs+"there", tt.auth, body("text/plain", "y")).want(t, tt.overwrite)
			c.do(http.MethodPut, "/artifactory/api/storage/libs-local/there?properties=a=b", tt.auth).want(t, tt.note)
			c.do(http.MethodDelete, libs+"there", tt.auth).want(t, tt.remove)
		})
	}
}

func TestArtifact(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		token := bearer(c.token(`{"username":"job","scope":"applied-permissions/groups:CI"}`))
		got := c.do(http.MethodPut, libs+"org/a%20b.txt", token, body("text/plain", "hello"))
		sums := `{"sha1":"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d","md5":"5d41402abc4b2a76b9719d911017c592",
			"sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}`
		uri := c.base + libs + "org/a b.txt"
		got.wantJSON(t, 201, fmt.Sprintf(`{"repo":"libs-local","path":"/org/a b.txt","created":"2000-01-01T00:00:00.000Z",
			"createdBy":"job","downloadUri":"%s","mimeType":"text/plain","size":"5","checksums":%s,"originalChecksums":%s,
			"uri":"%s"}`, uri, sums, sums, uri))
		read := c.do(http.MethodGet, libs+"org/a%20b.txt", token)
		if read.status != 200 || read.text != "hello" || read.header.Get("X-Checksum-Sha1") != "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" {
			t.Errorf("got %+v", read)
		}
		head := c.do(http.MethodHead, libs+"org/a%20b.txt", token)
		if head.status != 200 || head.text != "" || head.header.Get("Content-Length") != "5" {
			t.Errorf("got %+v", head)
		}
		c.do(http.MethodGet, "/artifactory/api/storage/libs-local/org/a%20b.txt", token).wantJSON(t, 200, fmt.Sprintf(`{
			"repo":"libs-local","path":"/org/a b.txt","created":"2000-01-01T00:00:00.000Z","createdBy":"job",
			"lastModified":"2000-01-01T00:00:00.000Z","modifiedBy":"job","lastUpdated":"2000-01-01T00:00:00.000Z",
			"downloadUri":"%s","mimeType":"text/plain","size":"5","checksums":%s,"originalChecksums":%s,
			"uri":"%s/artifactory/api/storage/libs-local/org/a%%20b.txt"}`, uri, sums, sums, c.base))
		c.do(http.MethodDelete, libs+"org/a%20b.txt", token).want(t, 204)
		c.do(http.MethodGet, libs+"org/a%20b.txt", token).wantJSON(t, 404, artifactoryErrors(404, "File not found."))
		c.do(http.MethodDelete, libs+"org/a%20b.txt", token).want(t, 404)
		c.do(http.MethodGet, "/artifactory/no-such-repo/x", token).want(t, 404)
		c.do(http.MethodPut, libs+"a/../b", token, body("text/plain", "x")).want(t, 404)
		c.do(http.MethodPut, libs+"%2e%2e/b", token, body("text/plain", "x")).want(t, 400)
		c.do(http.MethodPut, libs+"big", token, body("text/plain", strings.Repeat("x", 32<<20+1))).want(t, 413)
	})
}

func TestArtifactRefusal(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.do(http.MethodPut, libs+"a", body("text/plain", "x")).wantJSON(t, 401, artifactoryErrors(401, "Authentication is required"))
	c.do(http.MethodPut, libs+"a", basic("robot", "password"), body("text/plain", "x")).wantJSON(t, 403,
		artifactoryErrors(403, "The user: 'robot' is not permitted to deploy 'a' in 'libs-local'."))
	made := c.mint(`{"username":"job","scope":"applied-permissions/groups:CI"}`)
	token := made["access_token"].(string)
	for name, auth := range map[string]edit{
		"bearer": bearer(token), "basic": basic("job", token), "any case": basic("JOB", token),
		"api key": header("X-JFrog-Art-Api", token),
	} {
		if got := c.do(http.MethodPut, libs+"a", auth, body("text/plain", "x")); got.status != 201 {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	for _, user := range []string{"x", "", "job "} {
		c.do(http.MethodPut, libs+"a", basic(user, token), body("text/plain", "x")).
			wantJSON(t, 401, artifactoryErrors(401, "Wrong username was used"))
	}
	c.do(http.MethodDelete, tokensAPI+"/"+made["token_id"].(string), c.admin()).want(t, 200)
	for _, auth := range []edit{bearer(token), basic("job", token), header("X-JFrog-Art-Api", token)} {
		c.do(http.MethodGet, libs+"a", auth).wantJSON(t, 401, artifactoryErrors(401, "Token failed verification: revoked"))
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	c := start(t)
	token := bearer(c.token(`{"username":"job","scope":"applied-permissions/groups:CI"}`))
	deployer := bearer(c.token(`{"username":"job","scope":"applied-permissions/groups:deployers"}`))
	c.do(http.MethodPut, libs+"a;build=1,2;by=me", deployer, body("text/plain", "x")).want(t, 403)
	c.do(http.MethodPut, libs+"a;build=1,2;by=me", token, body("text/plain", "x")).want(t, 201)
	const path = "/artifactory/api/storage/libs-local/a"
	shown := func() string {
		got := c.do(http.MethodGet, path+"?properties", token)
		if got.status != 200 {
			return fmt.Sprint(got.status)
		}
		return fmt.Sprint(got.object(t)["properties"])
	}
	if got := shown(); got != "map[build:[1 2] by:[me]]" {
		t.Errorf("properties %s", got)
	}
	c.do(http.MethodPut, path+"?properties=by=you;more=x", token).want(t, 204)
	if got := shown(); got != "map[build:[1 2] by:[you] more:[x]]" {
		t.Errorf("properties %s", got)
	}
	c.do(http.MethodDelete, path+"?properties=build,by,more", token).want(t, 204)
	if got := shown(); got != "404" {
		t.Errorf("properties %s", got)
	}
}

// A user's own permissions are in every scope that says so, beside others too, and in no other.
func TestOwnPermissions(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{
		Users: []sandbox.UserConfig{{Name: "tess", Password: "secret", Groups: []string{"readers"}}},
		Permissions: []sandbox.PermissionConfig{
			{Name: "hers", Repositories: []string{"libs-local"}, Users: map[string][]string{"tess": {"read", "write"}}},
		},
	}))
	access := func(scope string) edit { return bearer(c.token(`{"username":"tess","scope":"` + scope + `"}`)) }
	legacy := func(scope string) edit {
		return bearer(c.legacyToken("username", "tess", "scope", scope)["access_token"].(string))
	}
	for name, tt := range map[string]struct {
		auth   edit
		status int
	}{
		"her password":             {basic("tess", "secret"), 201},
		"applied-permissions":      {access("applied-permissions/user"), 201},
		"beside another":           {access("applied-permissions/user system:metrics:r"), 201},
		"all of her groups":        {legacy("member-of-groups:*"), 201},
		"narrowed to a group":      {access("applied-permissions/groups:readers"), 403},
		"narrowed, the legacy API": {legacy("member-of-groups:readers"), 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := libs + strings.ReplaceAll(name, " ", "-")
			c.with(t).do(http.MethodPut, path, tt.auth, body("text/plain", "x")).want(t, tt.status)
		})
	}
}

// jf asks by checksum whether it must send the content.
func TestChecksumDeploy(t *testing.T) {
	t.Parallel()
	c := start(t)
	token := bearer(c.token(`{"username":"job","scope":"applied-permissions/groups:CI"}`))
	const sha1 = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
	byChecksum := func() answer {
		return c.do(http.MethodPut, libs+"copy", token, header("X-Checksum-Deploy", "true"), header("X-Checksum-Sha1", sha1))
	}
	byChecksum().want(t, 404)
	c.do(http.MethodPut, libs+"original", token, body("text/plain", "hello")).want(t, 201)
	byChecksum().want(t, 201)
	if got := c.do(http.MethodGet, libs+"copy", token); got.text != "hello" || got.header.Get("X-Checksum-Sha1") != sha1 {
		t.Errorf("got %+v", got)
	}
}

// The password that jf stores instead of the one that it was given.
func TestEncryptedPassword(t *testing.T) {
	t.Parallel()
	c := start(t)
	const path = "/artifactory/api/security/encryptedPassword"
	got := c.do(http.MethodGet, path, basic("robot", "password"))
	got.want(t, 200)
	c.do(http.MethodGet, versionAt, basic("robot", got.text)).want(t, 200)
	c.do(http.MethodGet, versionAt, basic("admin", got.text)).want(t, 401)
	c.do(http.MethodGet, path, basic("robot", "wrong")).want(t, 401)
	c.do(http.MethodGet, path, c.admin()).want(t, 401)
}
