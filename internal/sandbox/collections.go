package sandbox

import (
	"errors"
	"slices"
	"strings"
)

type uriView struct {
	Name string `json:"name"`
	URI  string `json:"uri"`
}

// uris lists a collection as Artifactory does.
func uris(path string) func(c *call, names []string) any {
	return func(c *call, names []string) any {
		views := []uriView{}
		for _, name := range names {
			views = append(views, uriView{name, c.s.baseURL + path + "/" + name})
		}
		return views
	}
}

// wrapped lists a collection as Access does: in an object, the name under a key of its own.
func wrapped(path, member, key string) func(c *call, names []string) any {
	return func(c *call, names []string) any {
		views := []map[string]string{}
		for _, name := range names {
			views = append(views, map[string]string{key: name, "uri": c.s.baseURL + path + "/" + name})
		}
		return map[string]any{member: views}
	}
}

type groupWire struct {
	Name            string `json:"name"`
	Description     string `json:"description"`
	AutoJoin        bool   `json:"autoJoin"`
	AdminPrivileges bool   `json:"adminPrivileges"`
}

func artifactoryGroups() collection[group] {
	return collection[group]{
		kind: "Group", admin: (*call).artifactoryAdmin, listed: uris(groupsPath),
		items: func(w *world) map[string]*group { return w.groups },
		show: func(_ string, g *group) any {
			return groupWire{g.name, g.description, g.autoJoin, g.admin}
		},
		read: func(_ *world, text []byte, name string) (string, *group, error) {
			var in groupWire
			err := loose(text, &in)
			return name, &group{name: name, description: in.Description, admin: in.AdminPrivileges, autoJoin: in.AutoJoin}, err
		},
	}
}

type accessGroupWire struct {
	Name            string   `json:"name"`
	Description     string   `json:"description"`
	AutoJoin        bool     `json:"auto_join"`
	AdminPrivileges bool     `json:"admin_privileges"`
	Members         []string `json:"members"`
}

func accessGroups() collection[group] {
	return collection[group]{
		kind: "Group", admin: (*call).adminCaller, listed: wrapped(accessGroupsPath, "groups", "group_name"),
		items: func(w *world) map[string]*group { return w.groups },
		show: func(_ string, g *group) any {
			return accessGroupWire{Name: g.name, Description: g.description, AutoJoin: g.autoJoin, AdminPrivileges: g.admin}
		},
		read: func(w *world, text []byte, _ string) (string, *group, error) {
			var in accessGroupWire
			if err := loose(text, &in); err != nil {
				return "", nil, err
			}
			return in.Name, &group{in.Name, in.Description, in.AdminPrivileges, in.AutoJoin, in.Members}, w.checkMembers(in.Members)
		},
		added: (*world).join,
	}
}

func (w *world) checkMembers(names []string) error {
	for _, name := range names {
		if w.users[strings.ToLower(name)] == nil {
			return errors.New("user " + name + " not found")
		}
	}
	return nil
}

// join adds a new group's users to it, who are all there.
func (w *world) join(g *group) {
	for _, name := range g.joining {
		u := w.users[strings.ToLower(name)]
		if !slices.Contains(u.groups, g.name) {
			u.groups = append(slices.Clip(u.groups), g.name) // clipped: the array may be the configuration's
		}
	}
}

type userWire struct {
	Name     string   `json:"name"`
	Username string   `json:"username,omitempty"` // Access's word for it
	Email    string   `json:"email"`
	Password string   `json:"password,omitempty"`
	Admin    bool     `json:"admin"`
	Groups   []string `json:"groups"`
}

func readUser(w *world, text []byte, name string) (string, *user, error) {
	var in userWire
	if err := loose(text, &in); err != nil {
		return "", nil, err
	}
	if name == "" {
		name = in.Username
	}
	u := &user{name: name, email: in.Email, password: in.Password, admin: in.Admin, groups: in.Groups}
	if in.Password == "" {
		return "", nil, errors.New("user without a password")
	}
	err := w.checkUser(u)
	return u.name, u, err
}

func artifactoryUsers() collection[user] {
	return collection[user]{
		kind: "User", admin: (*call).artifactoryAdmin, listed: uris(usersPath), read: readUser,
		items: func(w *world) map[string]*user { return w.users },
		show: func(_ string, u *user) any {
			return userWire{Name: u.name, Email: u.email, Admin: u.admin, Groups: u.groups}
		},
	}
}

func accessUsers() collection[user] {
	users := artifactoryUsers()
	users.admin, users.listed = (*call).adminCaller, wrapped(accessUsersPath, "users", "username")
	users.show = func(_ string, u *user) any {
		return userWire{Username: u.name, Email: u.email, Admin: u.admin, Groups: u.groups}
	}
	return users
}

type repositoryWire struct {
	Key         string `json:"key"`
	Class       string `json:"rclass"`
	PackageType string `json:"packageType"`
	Project     string `json:"projectKey,omitempty"`
	Description string `json:"description"`
}

func repositories() collection[repository] {
	return collection[repository]{
		kind: "repository", admin: (*call).artifactoryAdmin, listed: uris("/artifactory"), put200: true,
		items: func(w *world) map[string]*repository { return w.repositories },
		show: func(_ string, r *repository) any {
			return repositoryWire{r.key, r.class, r.packageType, r.project, r.description}
		},
		read: func(w *world, text []byte, name string) (string, *repository, error) {
			var in repositoryWire
			err := loose(text, &in)
			if in.Project != "" && w.projects[in.Project] == nil {
				err = errors.Join(err, errors.New("project "+in.Project+" not found"))
			}
			return name, &repository{name, in.Class, in.PackageType, in.Project, in.Description}, err
		},
	}
}

type projectWire struct {
	Key  string `json:"project_key"`
	Name string `json:"display_name"`
}

func projects() collection[project] {
	return collection[project]{
		kind: "Project", admin: (*call).adminCaller,
		items: func(w *world) map[string]*project { return w.projects },
		show:  func(_ string, p *project) any { return projectWire{p.key, p.name} },
		listed: func(c *call, names []string) any {
			views := []projectWire{}
			for _, name := range names {
				views = append(views, projectWire{name, c.s.world.projects[name].name})
			}
			return views
		},
		read: func(_ *world, text []byte, _ string) (string, *project, error) {
			var in projectWire
			if err := loose(text, &in); err != nil {
				return "", nil, err
			}
			return in.Key, &project{key: in.Key, name: in.Name, members: map[string][]string{}}, checkProjectKey(in.Key)
		},
	}
}
