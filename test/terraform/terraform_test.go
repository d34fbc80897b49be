package terraform

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/frogmint/frogmint/internal/mapping"
)

// mappings are all that the tests of package mapping read and print, one of them with every text that needs care.
func mappings(t *testing.T) map[string]mapping.Mapping {
	t.Helper()
	all := map[string]mapping.Mapping{}
	for _, pattern := range []string{"parse/*", "lint/*/*", "print/*.json"} {
		paths, err := filepath.Glob(filepath.Join("../../internal/mapping/testdata", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			set, err := mapping.Parse(data)
			if err != nil {
				continue // a file that can't be read is such a file's test
			}
			for i, m := range set.Mappings {
				all[fmt.Sprintf("%s %d", path, i)] = m
			}
		}
	}
	return all
}

// Terraform would change nothing of a printed block's form, and sees the values that were meant.
func TestTerraform_ReadsTheBlocks(t *testing.T) {
	t.Parallel()
	for name, m := range mappings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := m.Terraform() + "\n"
			if formatted := string(hclwrite.Format([]byte(block))); formatted != block && !strings.Contains(name, "nasty.json") {
				t.Errorf("terraform fmt makes\n%s\nof\n%s", formatted, block)
			}
			got := attributes(t, block)
			var claims map[string]any
			if err := json.Unmarshal([]byte(got["claims_json"].(string)), &claims); err != nil {
				t.Fatal(err)
			}
			if want := plain(t, m.Claims); !reflect.DeepEqual(any(claims), want) {
				t.Errorf("claims %v, want %v", claims, want)
			}
			for attribute, want := range map[string]string{"name": m.Name, "provider_name": m.Provider, "project_key": m.Project, "description": m.Description} {
				if value, _ := got[attribute].(string); value != want {
					t.Errorf("%s = %q, want %q", attribute, value, want)
				}
			}
			if want := float64(cmp.Or(m.Priority, math.MaxInt32)); got["priority"] != want {
				t.Errorf("priority = %v, want %v", got["priority"], want)
			}
			var spec mapping.TokenSpec
			text, _ := json.Marshal(got["token_spec"])
			if err := json.Unmarshal(text, &spec); err != nil || spec != m.TokenSpec {
				t.Errorf("token_spec %s, want %+v (%v)", text, m.TokenSpec, err)
			}
		})
	}
}

// attributes evaluates the one resource of a text.
func attributes(t *testing.T, text string) map[string]any {
	t.Helper()
	file, problems := hclsyntax.ParseConfig([]byte(text), "printed.tf", hcl.InitialPos)
	if problems.HasErrors() {
		t.Fatalf("%v\n%s", problems, text)
	}
	body := file.Body.(*hclsyntax.Body)
	if len(body.Blocks) != 1 || body.Blocks[0].Type != "resource" || body.Blocks[0].Labels[0] != "platform_oidc_identity_mapping" {
		t.Fatalf("not one identity mapping:\n%s", text)
	}
	functions := &hcl.EvalContext{Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}}
	values := map[string]any{}
	for name, attribute := range body.Blocks[0].Body.Attributes {
		value, problems := attribute.Expr.Value(functions)
		if problems.HasErrors() {
			t.Fatalf("%s: %v\n%s", name, problems, text)
		}
		values[name] = decoded(t, value)
	}
	return values
}

func decoded(t *testing.T, value cty.Value) any {
	t.Helper()
	text, err := ctyjson.Marshal(value, value.Type())
	return parsed(t, text, err)
}

// plain is a value as JSON gives it back.
func plain(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	return parsed(t, text, err)
}

func parsed(t *testing.T, text []byte, err error) any {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
