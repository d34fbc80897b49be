package sandbox

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// actions are letters: r read, w deploy, d delete, n annotate, m manage.
type actions string

func (a actions) has(letter rune) bool { return strings.ContainsRune(string(a), letter) }

type user struct {
	name, email, password string
	admin                 bool
	groups                []string
}

type group struct {
	name, description string
	admin, autoJoin   bool
	joining           []string // users who join it when it is made; who is in it, the users say
}

type repository struct {
	key, class, packageType, project, description string
}

// permission is a permission target over repositories.
type permission struct {
	name         string
	repositories []string
	users        map[string]actions
	groups       map[string]actions
}

type project struct {
	key, name string
	members   map[string][]string // user name -> roles
}

// world is what the tokens are for. Its fields need the server's lock.
type world struct {
	users        map[string]*user
	groups       map[string]*group
	repositories map[string]*repository
	permissions  map[string]*permission
	projects     map[string]*project
	providers    map[string]*provider
}

const (
	adminUser     = "admin"
	startPassword = "password"
)

// newWorld returns the world at start: two users, three groups, one repository, three OIDC providers.
func newWorld() *world {
	return &world{
		users: map[string]*user{
			adminUser: {name: adminUser, email: "admin@localhost", password: startPassword, admin: true},
			"robot":   {name: "robot", email: "robot@localhost", password: startPassword, groups: []string{"readers"}},
		},
		groups: map[string]*group{
			"CI":        {name: "CI", description: "read, deploy, delete and annotate"},
			"deployers": {name: "deployers", description: "read and deploy"},
			"readers":   {name: "readers", description: "read"},
		},
		repositories: map[string]*repository{
			"libs-local": {key: "libs-local", class: "local", packageType: "generic"},
		},
		permissions: map[string]*permission{
			"libs": {
				name: "libs", repositories: []string{"libs-local"}, users: map[string]actions{},
				groups: map[string]actions{"CI": "rwdn", "deployers": "rw", "readers": "r"},
			},
		},
		projects:  map[string]*project{},
		providers: startProviders(),
	}
}

func (w *world) user(name, password string) *user {
	u := w.users[strings.ToLower(name)]
	if u == nil || subtle.ConstantTimeCompare([]byte(u.password), []byte(password)) != 1 {
		return nil
	}
	return u
}

// checkUser lower-cases a user's name, as JFrog does, and wants his groups to exist.
func (w *world) checkUser(u *user) error {
	u.name = strings.ToLower(u.name)
	if u.name == "" {
		return errors.New("adding a user: no name")
	}
	for _, name := range u.groups {
		if w.groups[name] == nil {
			return fmt.Errorf("adding user %q: no group %q", u.name, name)
		}
	}
	return nil
}

// missingGroup returns the first group of a scope that doesn't exist.
func (w *world) missingGroup(permits []permit) (name string, missing bool) {
	for _, p := range permits {
		if p.kind != permitGroups {
			continue
		}
		for _, name := range p.names {
			if name != "*" && w.groups[name] == nil {
				return name, true
			}
		}
	}
	return "", false
}

func sortedValues[T any](m map[string]*T) []*T {
	values := make([]*T, 0, len(m))
	for _, key := range sortedKeys(m) {
		values = append(values, m[key])
	}
	return values
}

func sortedKeys[T any](m map[string]*T) []string { return slices.Sorted(maps.Keys(m)) }
