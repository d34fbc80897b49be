package sandbox_test

import (
	"net/http"
	"testing"
)

// A virtual repository has its local one's files and permissions, from the start or as an administrator makes it.
func TestVirtualRepository(t *testing.T) {
	t.Parallel()
	c := start(t)
	for key, local := range map[string]string{"mine": "npm-local", "lost": "nowhere"} {
		c.do(http.MethodPut, "/artifactory/api/repositories/"+key, c.admin(), jsonBody(`{"rclass":"virtual","packageType":"npm","defaultDeploymentRepo":"`+local+`"}`)).want(t, 200)
	}
	reader := basic("robot", "password")
	c.do(http.MethodPut, "/artifactory/mine/a%20b/c", c.admin(), body("text/plain", "x")).want(t, 201)
	c.do(http.MethodPut, "/artifactory/mine/d", reader, body("text/plain", "x")).want(t, 403)
	c.do(http.MethodPut, "/artifactory/lost/d", c.admin(), body("text/plain", "x")).want(t, 404)
	for _, key := range []string{"mine", "npm-virtual", "npm-local"} {
		c.do(http.MethodGet, "/artifactory/"+key+"/a%20b/c", reader).want(t, 200)
		c.do(http.MethodGet, "/artifactory/api/storage/"+key+"/a%20b/c", reader).want(t, 200)
	}
	c.do(http.MethodGet, "/artifactory/api/repositories/nuget-virtual", reader).wantJSON(t, 200,
		`{"key":"nuget-virtual","rclass":"virtual","packageType":"nuget","description":"","defaultDeploymentRepo":"nuget-local"}`)
}
