package sandbox

import (
	"path"
	"slices"
	"strings"
)

// grants is what a principal may do, worked out anew on every request from its scope and the world as it is then.
type grants struct {
	username  string
	admin     bool
	identity  bool // the user's own permissions are in the scope
	groups    []string
	roles     map[string][]string // project key -> roles
	resources []scopeItem
}

// grantsOf works out a token's scope. Groups that don't exist grant nothing. Of two separate groups items only the first
// is honoured (observed: the token is made, its use is Forbidden).
func (w *world) grantsOf(username, scope string) grants {
	g := grants{username: username, roles: map[string][]string{}}
	items, err := parseScope(scope)
	if err != nil {
		return g
	}
	seenGroups := false
	for _, item := range items {
		if item.kind != scopeGroups || !seenGroups {
			w.grant(&g, item)
		}
		seenGroups = seenGroups || item.kind == scopeGroups
	}
	return g
}

func (w *world) grant(g *grants, item scopeItem) {
	switch item.kind {
	case scopeAdmin:
		g.admin = true
	case scopeUser:
		w.grantUser(g)
	case scopeGroups:
		if slices.Contains(item.names, "*") {
			w.grantUser(g)
		}
		w.grantGroups(g, item.names)
	case scopeRoles:
		g.roles[item.target] = append(g.roles[item.target], item.names...)
	case scopeArtifact:
		g.resources = append(g.resources, item)
	}
}

// grantUser adds what the user himself may do; a transient user may nothing.
func (w *world) grantUser(g *grants) {
	g.identity = true
	if u := w.users[g.username]; u != nil {
		g.admin = g.admin || u.Admin
		w.grantGroups(g, u.Groups)
	}
	for key, p := range w.projects {
		if roles := p.Members[g.username]; len(roles) > 0 {
			g.roles[key] = append(g.roles[key], roles...)
		}
	}
}

func (w *world) grantGroups(g *grants, names []string) {
	for _, name := range names {
		if known := w.groups[name]; known != nil {
			g.groups = append(g.groups, name)
			g.admin = g.admin || known.Admin
		}
	}
}

// administers reports whether the scope is nothing but roles of projects that the principal administers.
func (g grants) administers(items []scopeItem) bool {
	for _, item := range items {
		if item.kind != scopeRoles || !slices.Contains(g.roles[item.target], projectAdminRole) {
			return false
		}
	}
	return len(items) > 0
}

// may reports whether the principal may do act to an item of a repository.
func (w *world) may(g grants, act string, repo *RepositoryConfig, item string) bool {
	if g.admin || mayByRole(g, act, repo) {
		return true
	}
	for _, p := range w.permissions {
		if slices.Contains(p.Repositories, repo.Key) && p.allows(g, act) {
			return true
		}
	}
	return slices.ContainsFunc(g.resources, func(granted scopeItem) bool {
		return strings.Contains(granted.actions, act[:1]) && covers(granted.target, repo.Key, item)
	})
}

func (p *PermissionConfig) allows(g grants, act string) bool {
	// A token narrowed to groups doesn't carry the permissions of the user it is named after.
	if g.identity && slices.Contains(p.Users[g.username], act) {
		return true
	}
	return slices.ContainsFunc(g.groups, func(name string) bool { return slices.Contains(p.Groups[name], act) })
}

// projectAdminRole is one of JFrog's predefined project roles.
const projectAdminRole = "Project Admin"

// mayByRole knows what predefined roles may do in their project's repositories (documented in outline; reduced here).
func mayByRole(g grants, act string, repo *RepositoryConfig) bool {
	return repo.Project != "" && slices.ContainsFunc(g.roles[repo.Project], func(role string) bool {
		switch role {
		case projectAdminRole, "Developer", "Release Manager":
			return true
		case "Contributor":
			return act != actDelete
		case "Viewer", "Security Manager", "Application Admin":
			return act == actRead
		}
		return false
	})
}

// covers reports whether an artifact scope's target names the item: the repository alone, a path in it, or all that
// begins like a pattern's part before the star.
func covers(target, repo, item string) bool {
	key, rest, _ := strings.Cut(target, "/")
	if ok, err := path.Match(key, repo); err != nil || !ok {
		return false
	}
	if prefix := strings.TrimRight(rest, "*"); prefix != rest {
		return strings.HasPrefix(item, prefix)
	}
	return rest == "" || item == rest || strings.HasPrefix(item, strings.TrimSuffix(rest, "/")+"/")
}
