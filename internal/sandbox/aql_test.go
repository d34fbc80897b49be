package sandbox_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

const aqlAPI = "/artifactory/api/search/aql"

// seeded returns a server with some artifacts, in one repository that group CI may read and one that it may not.
func seeded(t *testing.T) *client {
	t.Helper()
	c := start(t, sandbox.WithConfig(sandbox.Config{Repositories: []sandbox.RepositoryConfig{{Key: "secret-local"}}}))
	for _, path := range []string{"root.txt", "org/app-1.0.jar;build=1;arch=arm", "org/app-2.0.jar;build=2,3", "org/deep/app-1.0.pom"} {
		c.do(http.MethodPut, libs+path, c.admin(), body("text/plain", strings.Repeat("x", len(path)))).want(t, 201)
	}
	c.do(http.MethodPut, "/artifactory/secret-local/org/app-1.0.jar", c.admin(), body("text/plain", "x")).want(t, 201)
	return c
}

func TestSearch(t *testing.T) {
	t.Parallel()
	c := seeded(t)
	job := bearer(c.token(`{"username":"job","scope":"applied-permissions/groups:CI"}`))
	for name, tt := range map[string]struct {
		query string
		want  string // names, in order
	}{
		"as jf writes a pattern": {`items.find({"path":{"$ne":"."},"$or":[{"$and":[{"repo":"libs-local","path":{"$match":"*"},"name":{"$match":"*.jar"}}]}]})` +
			`.include("name","repo","path","actual_md5","actual_sha1","sha256","size","type","modified","created","property")`, "app-1.0.jar app-2.0.jar"},
		"all":                 {`items.find({})`, "app-1.0.jar app-2.0.jar app-1.0.pom root.txt"},
		"of the root":         {`items.find({"path":"."})`, "root.txt"},
		"in a folder":         {`items.find({"repo":"libs-local","path":{"$match":"org/*"}})`, "app-1.0.pom"},
		"or":                  {`items.find({"$or":[{"name":"root.txt"},{"name":{"$match":"*.pom"}}]})`, "app-1.0.pom root.txt"},
		"twice or":            {`items.find({"$or":[{"path":{"$nmatch":"*deep*"}}],"$or":[{"name":{"$match":"app*"}}]})`, "app-1.0.jar app-2.0.jar"},
		"a property":          {`items.find({"@build":"3"})`, "app-2.0.jar"},
		"not a property":      {`items.find({"@build":{"$ne":"3"},"name":{"$match":"*.jar"}})`, "app-1.0.jar"},
		"any type":            {`items.find({"type":"any","name":"root.txt"})`, "root.txt"},
		"folders":             {`items.find({"type":"folder"})`, ""},
		"the first":           {`items.find({"path":{"$match":"org*"}}).sort({"$desc":["name"]}).limit(1)`, "app-1.0.jar"},
		"with spaces":         {" items.find( {\"name\": \"root.txt\"} )\n  .include( \"name\" , \"repo\" ).transitive() ", "root.txt"},
		"another's":           {`items.find({"repo":"secret-local"})`, ""},
		"a build, of no kind": {`items.find({"$and":[{"artifact.module.build.name":"b"}]})`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.with(t).do(http.MethodPost, aqlAPI, job, body("text/plain", tt.query))
			got.want(t, 200)
			var names []string
			for _, item := range got.object(t)["results"].([]any) {
				names = append(names, item.(map[string]any)["name"].(string))
			}
			if list := strings.Join(names, " "); list != tt.want {
				t.Errorf("found %s, want %s", list, tt.want)
			}
			if total := got.object(t)["range"].(map[string]any)["total"]; total != float64(len(names)) {
				t.Errorf("total %v of %d", total, len(names))
			}
		})
	}
	c.do(http.MethodPost, aqlAPI, body("text/plain", `items.find({})`)).want(t, 401)
}

func TestSearch_Fields(t *testing.T) {
	t.Parallel()
	c := seeded(t)
	find := func(query string) map[string]any {
		got := c.do(http.MethodPost, aqlAPI, c.admin(), body("text/plain", query))
		got.want(t, 200)
		return got.object(t)["results"].([]any)[0].(map[string]any)
	}
	some := find(`items.find({"name":"app-1.0.jar","repo":"libs-local"}).include("name","repo","path","size","property")`)
	properties := some["properties"].([]any)
	slices.SortFunc(properties, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	want := map[string]any{"name": "app-1.0.jar", "repo": "libs-local", "path": "org", "size": float64(len("org/app-1.0.jar;build=1;arch=arm")), "properties": []any{
		map[string]any{"key": "arch", "value": "arm"}, map[string]any{"key": "build", "value": "1"},
	}}
	if !reflect.DeepEqual(some, want) {
		t.Errorf("got %v, want %v", some, want)
	}
	text := c.do(http.MethodPost, aqlAPI, c.admin(), body("text/plain", "items.find({})")).text
	if strings.Index(text, `"results"`) > strings.Index(text, `"range"`) {
		t.Error("jf reads no results behind the range")
	}
	for _, field := range []string{"created", "created_by", "modified", "updated", "type", "actual_sha1", "actual_md5", "sha256", "properties"} {
		if find(`items.find({"name":"root.txt"})`)[field] == nil {
			t.Errorf("no field %s", field)
		}
	}
}

func TestSearch_RefusesWhatItCantRead(t *testing.T) {
	t.Parallel()
	c := seeded(t)
	for _, query := range []string{
		"", "builds.find({})", "items.find()", "items.find({", `items.find("x")`, `items.find({"$or":{}})`, `items.find({"$or":["x"]})`,
		`items.find({"name":{"$like":"x"}})`, `items.find({}).limit("x")`, `items.include("name")`, `items.find({"name":})`,
	} {
		got := c.do(http.MethodPost, aqlAPI, c.admin(), body("text/plain", query))
		if got.status != 400 || !strings.Contains(got.text, "Failed to parse query") {
			t.Errorf("%s: %d %s", query, got.status, got.text)
		}
	}
}
