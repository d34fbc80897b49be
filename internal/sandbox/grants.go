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
	resources []permit
}

// grantsOf works out a token's scope.
func (w *world) grantsOf(username, scope string) grants {
	g := grants{username: username, roles: map[string][]string{}}
	permits, err := parseScope(scope)
	if err != nil {
		return g
	}
	seenGroups := false
	for _, p := range permits {
		// Of two separate groups tokens only the first is honoured (observed: the token is made, its use is Forbidden).
		if p.kind == permitGroups && seenGroups {
			continue
		}
		seenGroups = seenGroups || p.kind == permitGroups
		w.grant(&g, p)
	}
	return g
}

func (w *world) grant(g *grants, p permit) {
	switch p.kind {
	case permitAdmin:
		g.admin = true
	case permitUser:
		w.grantUser(g)
	case permitGroups:
		if slices.Contains(p.names, "*") {
			w.grantUser(g)
		}
		w.grantGroups(g, p.names)
	case permitRoles:
		g.roles[p.target] = append(g.roles[p.target], p.names...)
	case permitArtifact:
		g.resources = append(g.resources, p)
	}
}

// grantUser adds what the user himself may do; a transient user may nothing.
func (w *world) grantUser(g *grants) {
	g.identity = true
	if u := w.users[g.username]; u != nil {
		g.admin = g.admin || u.admin
		w.grantGroups(g, u.groups)
	}
	for key, p := range w.projects {
		if roles := p.members[g.username]; len(roles) > 0 {
			g.roles[key] = append(g.roles[key], roles...)
		}
	}
}

func (w *world) grantGroups(g *grants, names []string) {
	for _, name := range names {
		if known := w.groups[name]; known != nil {
			g.groups = append(g.groups, name)
			g.admin = g.admin || known.admin
		}
	}
}

// may reports whether the principal may do act (a letter of actions) to an item of a repository.
func (w *world) may(g grants, act rune, repo *repository, item string) bool {
	if g.admin || w.mayByRole(g, act, repo) {
		return true
	}
	for _, p := range w.permissions {
		if slices.Contains(p.repositories, repo.key) && p.allows(g, act) {
			return true
		}
	}
	return slices.ContainsFunc(g.resources, func(p permit) bool {
		return p.acts.has(act) && covers(p.target, repo.key, item)
	})
}

func (p *permission) allows(g grants, act rune) bool {
	// A token narrowed to groups doesn't carry the permissions of the user it is named after.
	if g.identity && p.users[g.username].has(act) {
		return true
	}
	return slices.ContainsFunc(g.groups, func(name string) bool { return p.groups[name].has(act) })
}

// projectAdminRole and its like are JFrog's predefined project roles.
const projectAdminRole = "Project Admin"

// roleActions tells what a predefined role may do in its project's repositories (documented in outline; reduced here).
func roleActions(role string) (acts actions, known bool) {
	switch role {
	case projectAdminRole, "Developer", "Release Manager":
		return "rwdn", true
	case "Contributor":
		return "rwn", true
	case "Viewer", "Security Manager", "Application Admin":
		return "r", true
	}
	return "", false
}

func (w *world) mayByRole(g grants, act rune, repo *repository) bool {
	if repo.project == "" {
		return false
	}
	return slices.ContainsFunc(g.roles[repo.project], func(role string) bool {
		acts, _ := roleActions(role)
		return acts.has(act)
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
