package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// A client sets up its own groups, users, repositories and permissions, and tokens follow at once.
func TestWorldAdministration(t *testing.T) {
	t.Parallel()
	c := start(t)
	admin := basic("admin", "password")
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"PUT", "/artifactory/api/security/groups/testers", `{"name":"testers","description":"d","realm":"internal"}`, 201},
		{"PUT", "/artifactory/api/security/groups/testers", `{"description":"e"}`, 200},
		{"PUT", "/artifactory/api/security/users/Tess", `{"name":"Tess","email":"t@x","password":"secret","groups":["testers"]}`, 201},
		{"PUT", "/artifactory/api/security/users/bad", `{"password":"x","groups":["nope"]}`, 400},
		{"PUT", "/artifactory/api/security/users/bad", `{"email":"x"}`, 400},
		{"PUT", "/artifactory/api/security/users/bad", `{`, 400},
		{"PUT", "/artifactory/api/repositories/test-local", `{"key":"test-local","rclass":"local","packageType":"generic","xrayIndex":true}`, 200},
		{"PUT", "/artifactory/api/repositories/bad", `{"projectKey":"nope"}`, 400},
		{"PUT", "/artifactory/api/v2/security/permissions/test", `{"name":"test","repo":{"repositories":["test-local"],
			"include-patterns":["**"],"actions":{"users":{"robot":["read"]},"groups":{"testers":["read","write","annotate"]}}}}`, 200},
		{"PUT", "/artifactory/api/v2/security/permissions/bad", `{"repo":{"actions":{"groups":{"CI":["fly"]}}}}`, 400},
		{"GET", "/artifactory/api/security/groups/nope", ``, 404},
		{"DELETE", "/artifactory/api/security/groups/nope", ``, 404},
	} {
		got := c.do(step.method, step.path, admin, jsonBody(step.body))
		if got.status != step.status {
			t.Fatalf("%s %s: %d, want %d: %s", step.method, step.path, got.status, step.status, got.text)
		}
	}
	c.do(http.MethodPut, "/artifactory/test-local/a", basic("tess", "secret"), body("text/plain", "x")).want(t, 201)
	c.do(http.MethodGet, "/artifactory/test-local/a", basic("robot", "password")).want(t, 200)
	job := bearer(c.token(`{"username":"job","scope":"applied-permissions/groups:testers"}`))
	c.do(http.MethodPut, "/artifactory/test-local/b", job, body("text/plain", "x")).want(t, 201)
	c.do(http.MethodGet, "/artifactory/api/v2/security/permissions/test", admin).wantJSON(t, 200, `{"name":"test","repo":{
		"repositories":["test-local"],"actions":{"users":{"robot":["read"]},"groups":{"testers":["read","write","annotate"]}}}}`)
	c.do(http.MethodGet, "/artifactory/api/security/groups/testers", admin).wantJSON(t, 200,
		`{"name":"testers","description":"e","autoJoin":false,"adminPrivileges":false,"realm":"internal"}`)
	c.do(http.MethodGet, "/artifactory/api/security/users/TESS", admin).want(t, 200) // names of users have no case
	if list := c.do(http.MethodGet, "/artifactory/api/repositories", admin).text; !strings.Contains(list, `"test-local"`) {
		t.Errorf("list %s", list)
	}
	c.do(http.MethodDelete, "/artifactory/api/security/groups/testers", admin).want(t, 200)
	c.do(http.MethodPut, "/artifactory/test-local/c", job, body("text/plain", "x")).want(t, 403)
	c.do(http.MethodGet, "/artifactory/api/security/users", basic("robot", "password")).
		wantJSON(t, 403, artifactoryErrors(403, "Forbidden"))
}

func TestAccessAdministration(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/access/api/v2/groups", `{"name":"testers","admin_privileges":true}`, 201},
		{"POST", "/access/api/v2/users", `{"username":"Tess","email":"t@x","password":"secret","groups":["testers"]}`, 201},
		{"POST", "/access/api/v2/users", `{"username":"tess","password":"secret"}`, 409},
		{"POST", "/access/api/v2/groups", `{"name":"testers"}`, 409},
		{"POST", "/access/api/v2/groups", `{}`, 400},
		{"GET", "/access/api/v2/groups/testers", ``, 200},
	} {
		got := c.do(step.method, step.path, c.admin(), jsonBody(step.body))
		if got.status != step.status {
			t.Fatalf("%s %s: %d, want %d: %s", step.method, step.path, got.status, step.status, got.text)
		}
	}
	c.do(http.MethodGet, "/access/api/v2/users", c.admin()).wantJSON(t, 200, fmt.Sprintf(`{"users":[
		{"username":"admin","uri":"%[1]s/access/api/v2/users/admin"},{"username":"robot","uri":"%[1]s/access/api/v2/users/robot"},
		{"username":"tess","uri":"%[1]s/access/api/v2/users/tess"}]}`, c.base))
	// Her group's privileges make her an administrator.
	c.do(http.MethodGet, "/artifactory/api/security/groups", basic("tess", "secret")).want(t, 200)
	c.do(http.MethodDelete, "/access/api/v2/groups/testers", c.admin()).want(t, 204)
	c.do(http.MethodGet, "/artifactory/api/security/groups", basic("tess", "secret")).want(t, 403)
	c.do(http.MethodGet, "/access/api/v2/users", bearer(c.token(`{"username":"robot"}`))).want(t, 403)
}

// Whoever is authenticated may see which repositories there are. That there is none jf reads from 400.
func TestRepositoriesAreOpen(t *testing.T) {
	t.Parallel()
	c := start(t)
	const path = "/artifactory/api/repositories"
	job := bearer(c.token(`{"username":"job","scope":"applied-permissions/groups:CI"}`))
	c.do(http.MethodGet, path+"/libs-local", job).wantJSON(t, 200, `{"key":"libs-local","rclass":"local","packageType":"generic","description":""}`)
	c.do(http.MethodGet, path+"/nope", job).wantJSON(t, 400, artifactoryErrors(400, "Bad Request"))
	c.do(http.MethodGet, path, job).want(t, 200)
	c.do(http.MethodGet, path).want(t, 401)
	c.do(http.MethodDelete, path+"/libs-local", job).want(t, 403)
	c.do(http.MethodDelete, path+"/nope", c.admin()).want(t, 404)
}

func TestProviderAdministration(t *testing.T) {
	t.Parallel()
	c := start(t)
	own := c.base + "/oidc-issuer"
	provider := func(fields string) string { return `{"name":"mine",` + fields + `}` }
	const generic = `"provider_type":"Generic OpenID Connect"`
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", oidcAPI, provider(`"issuer_url":"http://issuer.example",` + generic), 400},
		{"POST", oidcAPI, provider(`"issuer_url":"issuer",` + generic), 400},
		{"POST", oidcAPI, provider(`"issuer_url":"https://issuer.example","provider_type":"GitLab"`), 400},
		{"POST", oidcAPI, provider(`"issuer_url":"https://issuer.example","provider_type":"GitHub"`), 400},
		{"POST", oidcAPI, provider(`"issuer_url":"https://issuer.example","provider_type":"GitHub Enterprise"`), 400},
		{"POST", oidcAPI, provider(`"issuer_url":"https://issuer.example","unknown":1,` + generic), 400},
		{"POST", oidcAPI, `{"name":"Mine","issuer_url":"https://issuer.example",` + generic + `}`, 400},
		{"POST", oidcAPI, provider(`"issuer_url":"https://issuer.example","provider_type":"GitHub","organization":"octo-org"`), 201},
		{"POST", oidcAPI, provider(`"issuer_url":"https://issuer.example",` + generic), 409},
		{"PUT", oidcAPI + "/mine", `{"name":"other","issuer_url":"https://issuer.example",` + generic + `}`, 400},
		{"PUT", oidcAPI + "/mine", `{"issuer_url":"` + own + `","provider_type":"GitHub","enable_permissive_configuration":true}`, 200},
		{"PUT", oidcAPI + "/nope", `{}`, 404},
		{"POST", oidcAPI + "/mine/identity_mappings", `{"name":"m","priority":1,"claims":{},"token_spec":{"scope":"applied-permissions/user"}}`, 400},
		{"POST", oidcAPI + "/mine/identity_mappings", `{"name":"m","claims":{},"token_spec":{"username":"u","scope":"nonsense"}}`, 400},
		{"POST", oidcAPI + "/mine/identity_mappings", `{"name":"m","claims":{},"token_spec":{"username":"u","expires_in":-1}}`, 400},
		{"POST", oidcAPI + "/mine/identity_mappings", `{"name":"m","claims":{},"token_spec":{"username":"u","expires_in":1200000000}}`, 400},
		{"POST", oidcAPI + "/mine/identity_mappings?project_key=", `{"name":"m","description":"d","provider_name":"mine","priority":1,
			"claims":{"actor":"octocat"},"token_spec":{"username":"u","scope":"applied-permissions/user","audience":"*@*","expires_in":120}}`, 201},
		{"POST", oidcAPI + "/mine/identity_mappings", `{"name":"m","token_spec":{"username":"u"}}`, 409},
		{"PUT", oidcAPI + "/mine/identity_mappings/nope", `{}`, 404},
		{"PUT", oidcAPI + "/mine/identity_mappings/m", `{"name":"n"}`, 400},
		{"GET", oidcAPI + "/mine/identity_mappings/nope", ``, 404},
		{"GET", oidcAPI + "/nope/identity_mappings", ``, 404},
	} {
		got := c.do(step.method, step.path, c.admin(), jsonBody(step.body))
		if got.status != step.status {
			t.Fatalf("%s %s %s: %d, want %d: %s", step.method, step.path, step.body, got.status, step.status, got.text)
		}
	}
	c.do(http.MethodGet, oidcAPI+"/mine", c.admin()).wantJSON(t, 200, `{"name":"mine","issuer_url":"`+own+`",
		"provider_type":"GitHub","enable_permissive_configuration":true}`)
	c.do(http.MethodGet, oidcAPI+"/github", c.admin()).wantJSON(t, 200, `{"name":"github","issuer_url":"`+own+`",
		"provider_type":"GitHub","enable_permissive_configuration":true}`)
	mapping := `{"name":"m","description":"d","provider_name":"mine","priority":1,"claims":{"actor":"octocat"},
		"token_spec":{"username":"u","scope":"applied-permissions/user","audience":"*@*","expires_in":120}}`
	c.do(http.MethodGet, oidcAPI+"/mine/identity_mappings/m", c.admin()).wantJSON(t, 200, mapping)
	c.exchange("mine").want(t, 200)
	c.do(http.MethodPut, oidcAPI+"/mine/identity_mappings/m", c.admin(),
		jsonBody(`{"priority":1,"claims":{"actor":"nobody"},"token_spec":{"username":"u"}}`)).want(t, 200)
	c.exchange("mine").want(t, 403)
	c.do(http.MethodDelete, oidcAPI+"/mine/identity_mappings/m", c.admin()).want(t, 204)
	if list := c.do(http.MethodGet, oidcAPI+"/mine/identity_mappings", c.admin()).text; strings.TrimSpace(list) != "[]" {
		t.Errorf("mappings %s", list)
	}
	c.do(http.MethodDelete, oidcAPI+"/mine", c.admin()).want(t, 204)
	c.exchange("mine").want(t, 404)
	c.do(http.MethodGet, oidcAPI, bearer(c.token(`{"username":"robot"}`))).want(t, 403)
}

func TestOrganizationSince(t *testing.T) {
	t.Parallel()
	for version, want := range map[string][2]int{"7.110.0": {201, 201}, "7.110.1": {400, 201}, "7.116.0": {400, 400}} {
		c := start(t, sandbox.WithVersion(version))
		for i, kind := range []string{"GitHub", "GitHub Enterprise"} {
			c.do(http.MethodPost, oidcAPI, c.admin(), jsonBody(fmt.Sprintf(
				`{"name":"mine%d","issuer_url":"https://issuer.example","provider_type":"%s"}`, i, kind))).want(t, want[i])
		}
	}
}
