package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// permissionWire is a permission target of Artifactory's second version, reduced to repositories.
type permissionWire struct {
	Name string             `json:"name"`
	Repo permissionRepoWire `json:"repo"`
}

type permissionRepoWire struct {
	Repositories []string           `json:"repositories"`
	Actions      permissionActsWire `json:"actions"`
}

type permissionActsWire struct {
	Users  map[string][]string `json:"users"`
	Groups map[string][]string `json:"groups"`
}

func permissions() collection[permission] {
	return collection[permission]{
		kind: "permission", admin: (*call).artifactoryAdmin, listed: uris(permissionsPath), put200: true,
		items: func(w *world) map[string]*permission { return w.permissions },
		show: func(_ string, p *permission) any {
			return permissionWire{p.name, permissionRepoWire{
				p.repositories, permissionActsWire{actionNames(p.users), actionNames(p.groups)},
			}}
		},
		read: func(_ *world, text []byte, name string) (string, *permission, error) {
			var in permissionWire
			if err := loose(text, &in); err != nil {
				return "", nil, err
			}
			users, err := actionLetters(in.Repo.Actions.Users)
			if err != nil {
				return "", nil, err
			}
			groups, err := actionLetters(in.Repo.Actions.Groups)
			return name, &permission{name, in.Repo.Repositories, users, groups}, err
		},
	}
}

// actionOrder gives each letter of actions its name in this wire form.
func actionOrder() []string { return []string{"read", "write", "delete", "annotate", "manage"} }

const actionLetter = "rwdnm"

func actionLetters(in map[string][]string) (map[string]actions, error) {
	out := map[string]actions{}
	for who, names := range in {
		for _, name := range names {
			at := slices.Index(actionOrder(), name)
			if at < 0 {
				return nil, fmt.Errorf("unknown action %q", name)
			}
			out[who] += actions(actionLetter[at : at+1])
		}
	}
	return out, nil
}

func actionNames(in map[string]actions) map[string][]string {
	out := map[string][]string{}
	for who, acts := range in {
		for at, name := range actionOrder() {
			if strings.Contains(string(acts), actionLetter[at:at+1]) {
				out[who] = append(out[who], name)
			}
		}
	}
	return out
}
