package sandbox

import (
	"net/http"
	"strings"
)

// collection is one kind of thing that administrators set up, in the wire form of one of the services. Its functions run
// under the server's lock.
type collection[T any] struct {
	kind   string
	admin  func(*call) (*principal, error) // authenticates an administrator in the way of the service
	open   bool                            // whoever is authenticated may read
	items  func(c *call) (map[string]*T, error)
	show   func(c *call, item *T) any
	list   func(c *call, names []string) any              // nil: all members, each as it is shown
	parse  func(c *call, name string) (string, *T, error) // reads the body; name is the path's, or empty where the body has it
	put200 bool                                           // answers a new member with 200 and words
}

// adminRoutes has the administration of groups, users, repositories, permission targets, OIDC integrations and their
// identity mappings, as far as a client's set-up needs them.
func adminRoutes() []route {
	var all []route
	all = append(all, artifactoryGroups().routes("/artifactory/api/security/groups", 0)...)
	all = append(all, artifactoryUsers().routes("/artifactory/api/security/users", 0)...)
	all = append(all, repositories().routes("/artifactory/api/repositories", 0)...)
	all = append(all, permissions().routes("/artifactory/api/v2/security/permissions", 0)...)
	all = append(all, accessGroups().routes("/access/api/v2/groups", accessGroupsSince)...)
	all = append(all, accessUsers().routes("/access/api/v2/users", accessGroupsSince)...)
	all = append(all, providers().routes("/access/api/v1/oidc", oidcSince)...)
	return append(all, mappings().routes("/access/api/v1/oidc/{provider}/identity_mappings", oidcSince)...)
}

// routes are the collection's. In Artifactory the path names a new member and may name an old one, in Access the body
// names it.
func (of collection[T]) routes(path string, since version) []route {
	all := []route{
		{"", since, "GET " + path, of.getAll},
		{"", since, "GET " + path + "/{name}", of.get},
		{"", since, "PUT " + path + "/{name}", of.put},
		{"", since, "DELETE " + path + "/{name}", of.remove},
	}
	if strings.HasPrefix(path, "/artifactory") {
		return append(all, route{"", since, "POST " + path + "/{name}", of.put})
	}
	return append(all, route{"", since, "POST " + path, of.put})
}

// locked runs the work for an administrator, or for whoever may read, under the server's lock.
func (of collection[T]) locked(c *call, reading bool, work func(items map[string]*T) error) error {
	authenticate := of.admin
	if of.open && reading {
		authenticate = (*call).artifactoryCaller
	}
	if _, err := authenticate(c); err != nil {
		return err
	}
	if of.kind == "User" {
		c.r.SetPathValue("name", strings.ToLower(c.r.PathValue("name")))
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	items, err := of.items(c)
	if err != nil {
		return err
	}
	return work(items)
}

func (of collection[T]) getAll(c *call) error {
	return of.locked(c, true, func(items map[string]*T) error {
		if of.list != nil {
			return c.json(http.StatusOK, of.list(c, sortedKeys(items)))
		}
		views := []any{}
		for _, name := range sortedKeys(items) {
			views = append(views, of.show(c, items[name]))
		}
		return c.json(http.StatusOK, views)
	})
}

func (of collection[T]) get(c *call) error {
	return of.locked(c, true, func(items map[string]*T) error {
		if item := items[c.r.PathValue("name")]; item != nil {
			return c.json(http.StatusOK, of.show(c, item))
		}
		return of.missing(c)
	})
}

func (of collection[T]) missing(c *call) error {
	if of.open && c.r.Method != http.MethodDelete { // a repository: jf takes 400 for the word that there is none
		return badRequest("Bad Request")
	}
	return notFound(of.kind + " " + c.r.PathValue("name") + " not found")
}

func (of collection[T]) put(c *call) error {
	return of.locked(c, false, func(items map[string]*T) error {
		path := c.r.PathValue("name")
		if c.service == access && path != "" && items[path] == nil {
			return of.missing(c)
		}
		name, item, err := of.parse(c, path)
		known := items[name] != nil
		switch {
		case err != nil:
			return err
		case name == "":
			return badRequest(of.kind + " without a name")
		case path == "" && known:
			return refuse(http.StatusConflict, of.kind+" "+name+" already exists")
		case path != "" && !strings.EqualFold(path, name):
			return badRequest("The name of a " + of.kind + " cannot be changed")
		}
		items[name] = item
		switch {
		case of.put200:
			return c.text("Successfully created " + of.kind + " '" + name + "'")
		case known:
			return c.json(http.StatusOK, of.show(c, item))
		}
		return c.json(http.StatusCreated, of.show(c, item))
	})
}

func (of collection[T]) remove(c *call) error {
	return of.locked(c, false, func(items map[string]*T) error {
		name := c.r.PathValue("name")
		if items[name] == nil {
			return of.missing(c)
		}
		delete(items, name)
		if c.service == access {
			return c.empty(http.StatusNoContent)
		}
		return c.text(of.kind + " '" + name + "' has been removed successfully.")
	})
}

// listURIs lists a collection as Artifactory does, the name under a key of its own.
func listURIs(key string) func(c *call, names []string) any {
	return func(c *call, names []string) any {
		views := []map[string]string{}
		for _, name := range names {
			views = append(views, map[string]string{key: name, "uri": c.s.baseURL + c.r.URL.Path + "/" + name})
		}
		return views
	}
}

// listWrapped lists a collection as Access does: in an object.
func listWrapped(member, key string) func(c *call, names []string) any {
	return func(c *call, names []string) any { return map[string]any{member: listURIs(key)(c, names)} }
}
