package jfrog_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/mapping"
)

// byPath answers each path with a body; what isn't there is JFrog's 404.
func byPath(bodies map[string]string) transport {
	return func(r *http.Request) (*http.Response, error) {
		if body, known := bodies[r.Method+" "+r.URL.EscapedPath()]; known {
			return fixed(http.StatusOK, body)(r)
		}
		return fixed(http.StatusNotFound, `{"errors":[{"code":"NOT_FOUND","message":"not found"}]}`)(r)
	}
}

func TestIntegration_IsWhatMappingParses(t *testing.T) {
	t.Parallel()
	const provider = `{"name":"a b","issuer_url":"https://issuer.example","provider_type":"GitHub","organization":"acme","unknown":[1]}`
	const one = `{"name":"m","provider_name":"a b","priority":3,"claims":{"ref":["x","y"]},"token_spec":{"username":"u","expires_in":60}}`
	for name, test := range map[string]struct {
		bodies   map[string]string
		mappings int
		fails    string
	}{
		"with a mapping":          {map[string]string{"GET /access/api/v1/oidc/a%20b": provider, "GET /access/api/v1/oidc/a%20b/identity_mappings": "[" + one + "]"}, 1, ""},
		"with none":               {map[string]string{"GET /access/api/v1/oidc/a%20b": provider, "GET /access/api/v1/oidc/a%20b/identity_mappings": "[]"}, 0, ""},
		"no such provider":        {nil, 0, "reading the OIDC integration: 404 not found"},
		"no mappings to read":     {map[string]string{"GET /access/api/v1/oidc/a%20b": provider}, 0, "reading the identity mappings: 404 not found"},
		"a page for the provider": {map[string]string{"GET /access/api/v1/oidc/a%20b": "<title>Sign in</title>"}, 0, "reading the OIDC integration: 200 the answer is not JSON"},
		"a page for the mappings": {map[string]string{"GET /access/api/v1/oidc/a%20b": provider, "GET /access/api/v1/oidc/a%20b/identity_mappings": "<html>"}, 0, "reading the identity mappings: 200 the answer is not JSON"},
		"no list":                 {map[string]string{"GET /access/api/v1/oidc/a%20b": provider, "GET /access/api/v1/oidc/a%20b/identity_mappings": one}, 0, "the answer is no list of identity mappings"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := through(byPath(test.bodies)).Integration(t.Context(), admin, "a b")
			if test.fails != "" {
				var failure *httpapi.Error
				if !errors.As(err, &failure) || !strings.Contains(err.Error(), test.fails) || text != nil {
					t.Errorf("%s, %v", text, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			set, err := mapping.Parse(text)
			if err != nil || len(set.Mappings) != test.mappings || len(set.Providers) != 1 || set.Providers[0].Organization != "acme" {
				t.Errorf("%+v, %v", set, err)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	const path = "GET /artifactory/api/security/groups"
	groups, err := through(byPath(map[string]string{path: `[{"name":"CI","uri":"x"},{"name":"a\n::error::b"}]`})).Groups(t.Context(), admin)
	if err != nil || len(groups) != 2 || groups[0] != "CI" || strings.Contains(groups[1], "::") || strings.Contains(groups[1], "\n") {
		t.Errorf("%q, %v", groups, err)
	}
	for body, want := range map[string]string{"<html>": "is not JSON", `{"groups":[]}`: "is not the JSON that was expected"} {
		if groups, err := through(byPath(map[string]string{path: body})).Groups(t.Context(), admin); err == nil || !strings.Contains(err.Error(), want) || groups != nil {
			t.Errorf("%s: %q, %v", body, groups, err)
		}
	}
}
