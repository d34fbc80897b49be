package sandbox

import "strings"

type groupWire struct {
	Name            string `json:"name"`
	Description     string `json:"description"`
	AutoJoin        bool   `json:"autoJoin"`
	AdminPrivileges bool   `json:"adminPrivileges"`
	Realm           string `json:"realm"`
}

func artifactoryGroups() collection[GroupConfig] {
	return collection[GroupConfig]{
		kind: "Group", admin: (*call).artifactoryAdmin, list: listURIs("name"),
		items: func(c *call) (map[string]*GroupConfig, error) { return c.s.world.groups, nil },
		show: func(_ *call, g *GroupConfig) any {
			return groupWire{g.Name, g.Description, g.AutoJoin, g.Admin, "internal"}
		},
		parse: func(c *call, name string) (string, *GroupConfig, error) {
			var in groupWire
			err := c.decodeLenient(&in)
			return name, &GroupConfig{name, in.Description, in.AdminPrivileges, in.AutoJoin}, err
		},
	}
}

type accessGroupWire struct {
	Name            string `json:"name"`
	Description     string `json:"description"`
	AutoJoin        bool   `json:"auto_join"`
	AdminPrivileges bool   `json:"admin_privileges"`
}

func accessGroups() collection[GroupConfig] {
	groups := artifactoryGroups()
	groups.admin, groups.list = (*call).adminCaller, listWrapped("groups", "group_name")
	groups.show = func(_ *call, g *GroupConfig) any {
		return accessGroupWire{g.Name, g.Description, g.AutoJoin, g.Admin}
	}
	groups.parse = func(c *call, path string) (string, *GroupConfig, error) {
		in := accessGroupWire{Name: path}
		err := c.decodeLenient(&in)
		return in.Name, &GroupConfig{in.Name, in.Description, in.AdminPrivileges, in.AutoJoin}, err
	}
	return groups
}

func artifactoryUsers() collection[UserConfig] {
	return collection[UserConfig]{
		kind: "User", admin: (*call).artifactoryAdmin, list: listURIs("name"),
		items: func(c *call) (map[string]*UserConfig, error) { return c.s.world.users, nil },
		show: func(_ *call, u *UserConfig) any {
			view := *u
			view.Password = ""
			return view
		},
		parse: func(c *call, name string) (string, *UserConfig, error) {
			in := accessUserWire{Username: name}
			if err := c.decodeLenient(&in); err != nil {
				return "", nil, err
			}
			if in.Password == "" {
				return "", nil, badRequest("User without a password")
			}
			in.Name = in.Username
			return strings.ToLower(in.Name), &in.UserConfig, c.s.world.checkUser(&in.UserConfig)
		},
	}
}

// accessUserWire has Access's word for the name.
type accessUserWire struct {
	UserConfig
	Username string `json:"username"`
}

func accessUsers() collection[UserConfig] {
	users := artifactoryUsers()
	users.admin, users.list = (*call).adminCaller, listWrapped("users", "username")
	users.show = func(_ *call, u *UserConfig) any {
		view := accessUserWire{*u, u.Name}
		view.Password = ""
		return view
	}
	return users
}

func repositories() collection[RepositoryConfig] {
	return collection[RepositoryConfig]{
		kind: "repository", admin: (*call).artifactoryAdmin, list: listURIs("key"), put200: true, open: true,
		items: func(c *call) (map[string]*RepositoryConfig, error) { return c.s.world.repositories, nil },
		show:  func(_ *call, r *RepositoryConfig) any { return r },
		parse: func(c *call, name string) (string, *RepositoryConfig, error) {
			var in RepositoryConfig
			err := c.decodeLenient(&in)
			if err == nil && in.Project != "" && c.s.world.projects[in.Project] == nil {
				err = badRequest("Project " + in.Project + " not found")
			}
			in.Key = name
			return name, &in, err
		},
	}
}

// permissionWire is a permission target of Artifactory's second version, reduced to repositories.
type permissionWire struct {
	Name string `json:"name"`
	Repo struct {
		Repositories []string `json:"repositories"`
		Actions      struct {
			Users  map[string][]string `json:"users"`
			Groups map[string][]string `json:"groups"`
		} `json:"actions"`
	} `json:"repo"`
}

func permissions() collection[PermissionConfig] {
	return collection[PermissionConfig]{
		kind: "permission", admin: (*call).artifactoryAdmin, list: listURIs("name"), put200: true,
		items: func(c *call) (map[string]*PermissionConfig, error) { return c.s.world.permissions, nil },
		show: func(_ *call, p *PermissionConfig) any {
			out := permissionWire{Name: p.Name}
			out.Repo.Repositories, out.Repo.Actions.Users, out.Repo.Actions.Groups = p.Repositories, p.Users, p.Groups
			return out
		},
		parse: func(c *call, name string) (string, *PermissionConfig, error) {
			var in permissionWire
			if err := c.decodeLenient(&in); err != nil {
				return "", nil, err
			}
			p := &PermissionConfig{name, in.Repo.Repositories, in.Repo.Actions.Users, in.Repo.Actions.Groups}
			return name, p, p.check()
		},
	}
}
