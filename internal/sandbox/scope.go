package sandbox

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// scopeKind is the kind of one space-separated item of a scope.
type scopeKind string

const (
	scopeUser     scopeKind = "user"
	scopeAdmin    scopeKind = "admin"
	scopeGroups   scopeKind = "groups"
	scopeRoles    scopeKind = "roles"
	scopeSystem   scopeKind = "system"
	scopeArtifact scopeKind = "artifact"
	scopeAPI      scopeKind = "api"
)

const (
	userScope  = "applied-permissions/user"
	adminScope = "applied-permissions/admin"
)

// scopeItem is one item of a scope.
type scopeItem struct {
	kind    scopeKind
	names   []string // groups or roles
	target  string   // a project's key, or what an artifact item names
	actions string   // of an artifact item: letters, with commas or without
	legacy  bool     // only the legacy API has it
}

// parseScopeOf is parseScope for one generation of the API.
func parseScopeOf(scope string, legacy bool) ([]scopeItem, error) {
	items, err := parseScope(scope)
	for _, item := range items {
		if item.legacy != legacy {
			err = errors.Join(err, fmt.Errorf("scope token %q belongs to the other API", item.kind))
		}
	}
	return items, err
}

// parseScope reads both generations' scopes: applied-permissions/..., system:, artifact: and the legacy API's
// member-of-groups:, api:* and <service id>:admin.
func parseScope(scope string) ([]scopeItem, error) {
	parts, err := splitOutsideQuotes(scope, ' ')
	if err != nil {
		return nil, err
	}
	var items []scopeItem
	for _, part := range parts {
		if part == "" {
			continue
		}
		item, err := parseScopeItem(part)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func parseScopeItem(part string) (item scopeItem, err error) {
	head, rest, _ := strings.Cut(part, ":")
	switch {
	case part == userScope:
		return scopeItem{kind: scopeUser}, nil
	case part == adminScope:
		return scopeItem{kind: scopeAdmin}, nil
	case head == "api" && rest != "":
		return scopeItem{kind: scopeAPI, legacy: true}, nil
	case strings.Contains(head, "@") && rest == "admin":
		return scopeItem{kind: scopeAdmin, target: head, legacy: true}, nil
	case head == "applied-permissions/groups", head == "member-of-groups":
		item = scopeItem{kind: scopeGroups, legacy: head == "member-of-groups"}
		item.names, err = parseNames(rest)
		return item, err
	case head == "applied-permissions/roles":
		project, list, _ := strings.Cut(rest, ":")
		item = scopeItem{kind: scopeRoles, target: project}
		if item.names, err = parseNames(list); err == nil && project == "" {
			err = fmt.Errorf("roles without a project: %q", rest)
		}
		return item, err
	case head == "system" || head == "artifact":
		return parseResource(part)
	}
	return scopeItem{}, fmt.Errorf("unknown scope token %q", part)
}

// parseResource reads system:<part>[/<sub-resource>]:<actions>, of the parts that JFrog documents or its clients know, and
// artifact:<target>[/<sub-resource>]:<actions>; actions are of r w d a m x s, or *.
func parseResource(part string) (scopeItem, error) {
	form := regexp.MustCompile(`^(?:system:((?:metrics|livelogs|identities|permissions|info)(?:/[^:]*)?)|artifact:(.+)):([rwdamxs*,]+)$`)
	found := form.FindStringSubmatch(part)
	switch {
	case found == nil:
		return scopeItem{}, fmt.Errorf("unknown target or action in scope token %q", part)
	case found[2] == "":
		return scopeItem{kind: scopeSystem, target: found[1]}, nil
	}
	return scopeItem{kind: scopeArtifact, target: found[2], actions: strings.ReplaceAll(found[3], "*", "rwdamxs")}, nil
}

// parseNames splits a comma-separated list whose names may stand in double quotes. A quote in a name can't be written.
func parseNames(list string) ([]string, error) {
	parts, err := splitOutsideQuotes(list, ',')
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(parts))
	for _, part := range parts {
		name := unquoteName(part)
		if name == "" || strings.Contains(name, `"`) {
			return nil, fmt.Errorf("unusable name %q in %q", part, list)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// splitOutsideQuotes cuts at every separator that stands outside double quotes.
func splitOutsideQuotes(text string, separator byte) ([]string, error) {
	var parts []string
	start, quoted := 0, false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == separator && !quoted:
			parts, start = append(parts, text[start:i]), i+1
		}
	}
	if quoted {
		return nil, fmt.Errorf("unclosed quote in %q", text)
	}
	return append(parts, text[start:]), nil
}

func unquoteName(part string) string {
	if len(part) >= 2 && part[0] == '"' && part[len(part)-1] == '"' {
		return part[1 : len(part)-1]
	}
	return part
}

// joinScopes adds the items of more to a scope. Groups join the groups that are there: of two separate groups items only
// the first is honoured.
func joinScopes(scope, more string) string {
	parts, _ := splitOutsideQuotes(scope, ' ') // both were parsed when they came in
	added, _ := splitOutsideQuotes(more, ' ')
	for _, part := range added {
		at := slices.IndexFunc(parts, isGroups)
		switch {
		case part == "" || slices.Contains(parts, part):
		case at >= 0 && isGroups(part):
			_, names, _ := strings.Cut(part, ":")
			parts[at] += "," + names
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

func isGroups(part string) bool {
	item, err := parseScopeItem(part)
	return err == nil && item.kind == scopeGroups
}
