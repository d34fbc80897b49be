package docs_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// parseHCL reads what README.md uses of Terraform's language: resources with attributes that are literals, maps, references
// and jsonencode. It returns the attributes of each resource, by its type.
func parseHCL(text string) (map[string]map[string]any, error) {
	tokens := regexp.MustCompile(`"[^"]*"|[\w.]+|[{}()=,]|\n`).FindAllString(text, -1)
	p := &hclParser{tokens: tokens}
	resources := map[string]map[string]any{}
	for p.skipLines(); len(p.tokens) > 0; p.skipLines() {
		if word := p.next(); word != "resource" {
			return nil, fmt.Errorf("%q where a resource begins", word)
		}
		kind, name := strings.Trim(p.next(), `"`), p.next()
		attributes, ok := p.value().(map[string]any)
		if !ok || name == "" || p.bad != "" {
			return nil, fmt.Errorf("resource %s: %s", kind, p.bad)
		}
		resources[kind] = attributes
	}
	return resources, nil
}

type hclParser struct {
	tokens []string
	bad    string // the first thing that isn't understood
}

func (p *hclParser) next() string {
	if len(p.tokens) == 0 {
		p.bad = "it ends too early"
		return ""
	}
	token := p.tokens[0]
	p.tokens = p.tokens[1:]
	return token
}

func (p *hclParser) skipLines() {
	for len(p.tokens) > 0 && (p.tokens[0] == "\n" || p.tokens[0] == ",") {
		p.tokens = p.tokens[1:]
	}
}

// value reads a map, a call of jsonencode, or a literal as the text that stands there.
func (p *hclParser) value() any {
	token := p.next()
	switch token {
	case "jsonencode":
		open, value, closed := p.next(), p.value(), p.next()
		if open != "(" || closed != ")" {
			p.bad = "brackets of jsonencode"
		}
		return value
	case "{":
		values := map[string]any{}
		for p.skipLines(); len(p.tokens) > 0 && p.tokens[0] != "}"; p.skipLines() {
			key := p.next()
			if equals := p.next(); equals != "=" {
				p.bad = fmt.Sprintf("%q behind %s", equals, key)
				return nil
			}
			values[key] = p.value()
		}
		p.next()
		return values
	}
	return strings.Trim(token, `"`)
}

// TestReadme_TerraformSaysTheSame compares the Terraform block with the commands beside it.
func TestReadme_TerraformSaysTheSame(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	resources, err := parseHCL(block(t, readme, "hcl"))
	if err != nil {
		t.Fatal(err)
	}
	var bodies []map[string]any
	for _, text := range regexp.MustCompile(`(?s)<<'END'\n(.*?)\nEND\n`).FindAllStringSubmatch(block(t, readme, "sh"), -1) {
		var body map[string]any
		if err := json.Unmarshal([]byte(text[1]), &body); err != nil {
			t.Fatalf("%v in %s", err, text[1])
		}
		bodies = append(bodies, body)
	}
	if len(bodies) != 3 || len(resources) != 2 {
		t.Fatalf("%d bodies, %d resources", len(bodies), len(resources))
	}
	mapping := resources["platform_oidc_identity_mapping"]
	mapping["claims"] = mapping["claims_json"]
	if provider := mapping["provider_name"]; provider != "platform_oidc_configuration.github.name" {
		t.Errorf("the mapping belongs to %s", provider)
	}
	delete(mapping, "claims_json")
	delete(mapping, "provider_name")
	for i, resource := range []map[string]any{resources["platform_oidc_configuration"], mapping} {
		if got, want := flat(resource), flat(bodies[i+1]); !slices.Equal(got, want) {
			t.Errorf("Terraform has %q, the command %q", got, want)
		}
	}
}

// flat lists all that is in a value, in the order of the names.
func flat(value any) []string {
	values, isMap := value.(map[string]any)
	if !isMap {
		return []string{fmt.Sprint(value)}
	}
	var all []string
	for name, below := range values {
		for _, text := range flat(below) {
			all = append(all, name+" "+text)
		}
	}
	slices.Sort(all)
	return all
}
