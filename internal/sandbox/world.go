package sandbox

import (
	"maps"
	"slices"
	"strings"
)

// UserConfig is a user of the world; names are lower-cased.
type UserConfig struct {
	Name     string   `json:"name"`
	Email    string   `json:"email"`
	Password string   `json:"password,omitempty"`
	Admin    bool     `json:"admin"`
	Groups   []string `json:"groups"`
}

// GroupConfig is a group of the world.
type GroupConfig struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Admin       bool   `json:"admin"`
	AutoJoin    bool   `json:"auto_join"`
}

// PermissionConfig is a permission target: users and groups with what they may do, in JFrog's words for it.
type PermissionConfig struct {
	Name         string              `json:"name"`
	Repositories []string            `json:"repositories"`
	Users        map[string][]string `json:"users"`
	Groups       map[string][]string `json:"groups"`
}

// check refuses words that JFrog doesn't have.
func (p PermissionConfig) check() error {
	for _, all := range []map[string][]string{p.Users, p.Groups} {
		for _, act := range slices.Concat(slices.Collect(maps.Values(all))...) {
			if !slices.Contains([]string{actRead, actWrite, actDelete, actAnnotate, "manage"}, act) {
				return badRequest("Unknown action " + act)
			}
		}
	}
	return nil
}

// What can be done to an artifact. The first letters are those of a scope's artifact item.
const (
	actRead     = "read"
	actWrite    = "write"
	actDelete   = "delete"
	actAnnotate = "annotate"
)

// ProjectConfig is a project of the world.
type ProjectConfig struct {
	Key     string              `json:"key"`
	Name    string              `json:"name"`
	Members map[string][]string `json:"members"` // user names to roles
}

// world is what the tokens are for. Its fields need the server's lock.
type world struct {
	users        map[string]*UserConfig
	groups       map[string]*GroupConfig
	repositories map[string]*RepositoryConfig
	permissions  map[string]*PermissionConfig
	projects     map[string]*ProjectConfig
	providers    map[string]*provider
}

const (
	adminUser     = "admin"
	startPassword = "password"
)

// newWorld returns the world at start: two users, three groups, repositories, three OIDC providers.
func newWorld() *world {
	return &world{
		users: map[string]*UserConfig{
			adminUser: {Name: adminUser, Email: "admin@localhost", Password: startPassword, Admin: true},
			"robot":   {Name: "robot", Email: "robot@localhost", Password: startPassword, Groups: []string{"readers"}},
		},
		groups: map[string]*GroupConfig{
			"CI":        {Name: "CI", Description: "read, deploy, delete and annotate"},
			"deployers": {Name: "deployers", Description: "read and deploy"},
			"readers":   {Name: "readers", Description: "read"},
		},
		repositories: startRepositories(),
		permissions: map[string]*PermissionConfig{
			"libs": {
				Name: "libs", Repositories: slices.Sorted(maps.Keys(startRepositories())),
				Groups: map[string][]string{
					"CI": {actRead, actWrite, actDelete, actAnnotate}, "deployers": {actRead, actWrite}, "readers": {actRead},
				},
			},
		},
		projects:  map[string]*ProjectConfig{},
		providers: startProviders(),
	}
}

// checkUser lower-cases a user's name, as JFrog does, and wants his groups to exist.
func (w *world) checkUser(u *UserConfig) error {
	u.Name = strings.ToLower(u.Name)
	if u.Name == "" {
		return badRequest("User without a name")
	}
	for _, name := range u.Groups {
		if w.groups[name] == nil {
			return badRequest("Group " + name + " not found")
		}
	}
	return nil
}

func sortedKeys[T any](m map[string]*T) []string { return slices.Sorted(maps.Keys(m)) }

// RepositoryConfig is a repository of the world: a local one of type generic unless it says otherwise.
type RepositoryConfig struct {
	Key         string `json:"key"`
	Class       string `json:"rclass"`
	PackageType string `json:"packageType"`
	Project     string `json:"projectKey,omitempty"`
	Description string `json:"description"`
	// Local is the local repository that a virtual one stands for. JFrog deploys to it, and reads from others too.
	Local string `json:"defaultDeploymentRepo,omitempty"`
}

// startRepositories returns libs-local, and a local and a virtual repository of each package type.
func startRepositories() map[string]*RepositoryConfig {
	all := map[string]*RepositoryConfig{"libs-local": {Key: "libs-local", Class: "local", PackageType: "generic"}}
	add := func(kind, local, virtual string) {
		all[local] = &RepositoryConfig{Key: local, Class: "local", PackageType: kind}
		all[virtual] = &RepositoryConfig{Key: virtual, Class: "virtual", PackageType: kind, Local: local}
	}
	add("maven", "libs-release-local", "libs-release")
	for _, kind := range []string{"npm", "pypi", "go", "docker", "cargo", "helm", "nuget", "terraform"} {
		add(kind, kind+"-local", kind+"-virtual")
	}
	return all
}

// repository returns the repository that has the files of the one with the key: a virtual one has none of its own.
func (w *world) repository(key string) *RepositoryConfig {
	repo := w.repositories[key]
	if repo != nil && repo.Local != "" {
		return w.repositories[repo.Local]
	}
	return repo
}

// localOf is the key of the repository that has the files of the one with the key.
func (s *Server) localOf(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if repo := s.world.repository(key); repo != nil {
		return repo.Key
	}
	return key
}
