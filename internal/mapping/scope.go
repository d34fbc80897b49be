package mapping

import (
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

const (
	anyAudience  = "*@*"
	defaultGroup = "readers" // JFrog's own, which may read
)

// scope is the parsed scope; one that can't be parsed grants nothing that is known.
func (s TokenSpec) scope() jfrog.Scope {
	parsed, _ := jfrog.ParseScope(s.Scope)
	return parsed
}

// isAdmin reports whether the mapping's tokens may do everything.
func (s TokenSpec) isAdmin() bool { return s.scope().IsAdmin() }

// isGroups reports whether the scope is groups', by name or by pattern.
func (s TokenSpec) isGroups() bool {
	return s.GroupsPattern != "" || strings.HasPrefix(s.Scope, jfrog.GroupScope(nil))
}

// rolesProject is the project whose roles the scope gives; empty where it gives none.
func (s TokenSpec) rolesProject() string {
	rest, isRoles := strings.CutPrefix(s.Scope, "applied-permissions/roles:")
	project, _, _ := strings.Cut(rest, ":")
	if !isRoles {
		return ""
	}
	return project
}

// onlyReads reports whether the scope is groups' and each of them is one of those.
func (s TokenSpec) onlyReads(readers []string) bool {
	allowed, _ := jfrog.ParseScope(jfrog.GroupScope(readers))
	return s.GroupsPattern == "" && !s.scope().Empty() && len(s.scope().Beyond(allowed)) == 0
}
