package sandbox

import (
	"encoding/json"
	"net/http"
)

const (
	groupsPath       = "/artifactory/api/security/groups"
	usersPath        = "/artifactory/api/security/users"
	repositoriesPath = "/artifactory/api/repositories"
	permissionsPath  = "/artifactory/api/v2/security/permissions"
	accessGroupsPath = "/access/api/v2/groups"
	accessUsersPath  = "/access/api/v2/users"
	projectsPath     = "/access/api/v1/projects"
)

// worldTable has the administration of groups, users, repositories, permission targets and projects, as far as a
// client's set-up needs them. Members that the sandbox has no use for are ignored here, unlike with tokens: a
// repository alone has over a hundred.
func worldTable() []route {
	var all []route
	all = append(all, groupsOf(artifactoryGroups(), groupsPath, 0, put)...)
	all = append(all, groupsOf(artifactoryUsers(), usersPath, 0, put)...)
	all = append(all, groupsOf(repositories(), repositoriesPath, 0, put)...)
	all = append(all, groupsOf(permissions(), permissionsPath, 0, put)...)
	all = append(all, groupsOf(accessGroups(), accessGroupsPath, accessGroupsSince, post)...)
	all = append(all, groupsOf(accessUsers(), accessUsersPath, accessGroupsSince, post)...)
	all = append(all, groupsOf(projects(), projectsPath, 0, post)...)
	return append(all,
		route{"", post, groupsPath + "/{name}", 0, artifactoryGroups().put},
		route{"", post, usersPath + "/{name}", 0, artifactoryUsers().put},
		route{"", post, repositoriesPath + "/{name}", 0, repositories().put},
		route{"", put, projectsPath + "/{project}/users/{user}", 0, (*call).setMember},
		route{"", put, projectsPath + "/_/attach/repositories/{repo}/{project}", 0, (*call).attach},
	)
}

// groupsOf are the four routes that every collection has. With PUT the path names the new member, with POST the body.
func groupsOf[T any](of collection[T], path string, since version, create string) []route {
	created := path + "/{name}"
	if create == post {
		created = path
	}
	return []route{
		{"", get, path, since, of.list},
		{"", create, created, since, of.put},
		{"", get, path + "/{name}", since, of.get},
		{"", remove, path + "/{name}", since, of.remove},
	}
}

// collection is one kind of thing in the world with its wire form.
type collection[T any] struct {
	kind   string
	admin  func(*call) (*principal, error) // authenticates in the way of the service
	items  func(*world) map[string]*T
	show   func(name string, item *T) any
	listed func(c *call, names []string) any
	read   func(w *world, text []byte, name string) (string, *T, error) // the name is empty where the body has it; w stays as it is
	added  func(w *world, item *T)                                      // what else a new member changes; nil is nothing
	put200 bool                                                         // answers a new member with 200 and words
}

// locked runs the work for an administrator, under the server's lock.
func (of collection[T]) locked(c *call, work func(items map[string]*T) error) error {
	if _, err := of.admin(c); err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return work(of.items(c.s.world))
}

func (of collection[T]) list(c *call) error {
	return of.locked(c, func(items map[string]*T) error {
		return c.json(http.StatusOK, of.listed(c, sortedKeys(items)))
	})
}

func (of collection[T]) get(c *call) error {
	return of.locked(c, func(items map[string]*T) error {
		name := c.params["name"]
		if items[name] == nil {
			return notFound(of.kind + " " + name + " not found")
		}
		return c.json(http.StatusOK, of.show(name, items[name]))
	})
}

func (of collection[T]) put(c *call) error {
	return of.locked(c, func(items map[string]*T) error {
		name, item, err := of.read(c.s.world, c.body, c.params["name"])
		switch {
		case err != nil:
			return badRequest(err.Error())
		case name == "":
			return badRequest(of.kind + " without a name")
		}
		known := items[name] != nil
		if known && c.params["name"] == "" {
			return refuse(http.StatusConflict, of.kind+" "+name+" already exists")
		}
		items[name] = item
		if of.added != nil {
			of.added(c.s.world, item)
		}
		if of.put200 {
			return c.text("Successfully created " + of.kind + " '" + name + "'")
		}
		if known {
			return c.json(http.StatusOK, of.show(name, item))
		}
		return c.json(http.StatusCreated, of.show(name, item))
	})
}

func (of collection[T]) remove(c *call) error {
	return of.locked(c, func(items map[string]*T) error {
		name := c.params["name"]
		if items[name] == nil {
			return notFound(of.kind + " " + name + " not found")
		}
		delete(items, name)
		if c.service == access {
			return c.empty(http.StatusNoContent)
		}
		return c.text(of.kind + " '" + name + "' has been removed successfully.")
	})
}

// loose reads JSON and ignores what v doesn't have.
func loose(text []byte, v any) error { return json.Unmarshal(text, v) }

// attach puts a repository into a project.
func (c *call) attach() error {
	return c.asAdmin(func(w *world) error {
		repo, key := w.repositories[c.params["repo"]], c.params["project"]
		if repo == nil || w.projects[key] == nil {
			return notFound("Repository or project not found")
		}
		moved := *repo
		moved.project = key
		w.repositories[repo.key] = &moved
		return c.empty(http.StatusNoContent)
	})
}

type memberWire struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// setMember gives a user roles in a project.
func (c *call) setMember() error {
	return c.asAdmin(func(w *world) error {
		var in memberWire
		if err := loose(c.body, &in); err != nil {
			return badRequest(err.Error())
		}
		p, name := w.projects[c.params["project"]], c.params["user"]
		if p == nil || w.users[name] == nil {
			return notFound("Project or user not found")
		}
		for _, role := range in.Roles {
			if _, known := roleActions(role); !known {
				return badRequest("Role " + role + " does not exist")
			}
		}
		p.members[name] = in.Roles
		return c.json(http.StatusOK, memberWire{name, in.Roles})
	})
}
