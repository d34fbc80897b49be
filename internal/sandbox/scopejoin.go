package sandbox

import (
	"slices"
	"strings"
)

// joinScopes adds the parts of more to a scope. Groups join the groups that are there: of two separate groups tokens only
// the first is honoured.
func joinScopes(scope, more string) string {
	parts, _ := splitOutsideQuotes(scope, ' ') // both were parsed when they came in
	added, _ := splitOutsideQuotes(more, ' ')
	for _, part := range added {
		at := slices.IndexFunc(parts, isGroups)
		switch {
		case part == "" || slices.Contains(parts, part):
		case at >= 0 && isGroups(part):
			parts[at] = joinGroups(parts[at], part)
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

func isGroups(part string) bool {
	p, err := parsePermit(part)
	return err == nil && p.kind == permitGroups
}

// joinGroups adds the names of more, as they are written, that the groups don't have.
func joinGroups(groups, more string) string {
	have, _ := parsePermit(groups)
	_, list, _ := strings.Cut(more, ":")
	names, _ := splitOutsideQuotes(list, ',')
	for _, name := range names {
		if plain := unquoteName(name); !slices.Contains(have.names, plain) {
			groups, have.names = groups+","+name, append(have.names, plain)
		}
	}
	return groups
}
