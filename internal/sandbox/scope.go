package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// permitKind is the kind of one space-separated part of a scope.
type permitKind string

const (
	permitUser     permitKind = "user"
	permitAdmin    permitKind = "admin"
	permitGroups   permitKind = "groups"
	permitRoles    permitKind = "roles"
	permitSystem   permitKind = "system"
	permitArtifact permitKind = "artifact"
	permitAPI      permitKind = "api"
)

const (
	userScope  = "applied-permissions/user"
	adminScope = "applied-permissions/admin"
)

// permit is one part of a scope.
type permit struct {
	kind   permitKind
	names  []string // groups or roles
	target string   // a project's key, or what an artifact permit names
	acts   actions
	older  bool // only the older API has it
}

// of refuses parts that only the other generation of the API has.
func (p permit) of(older bool) error {
	if p.older != older {
		return fmt.Errorf("scope token %q belongs to the other API", p.kind)
	}
	return nil
}

// since refuses parts that the release doesn't have yet.
func (p permit) since(at version) error {
	if p.kind == permitArtifact && at < artifactScopeSince {
		return fmt.Errorf("unknown scope token %q", p.kind)
	}
	return nil
}

// parseScopeOf is parseScope for one generation.
func parseScopeOf(scope string, older bool) ([]permit, error) {
	permits, err := parseScope(scope)
	for _, p := range permits {
		err = errors.Join(err, p.of(older))
	}
	return permits, err
}

// parseScope reads both generations' scopes: applied-permissions/..., system:, artifact: and the older API's
// member-of-groups:, api:* and <service id>:admin.
func parseScope(scope string) ([]permit, error) {
	parts, err := splitOutsideQuotes(scope, ' ')
	if err != nil {
		return nil, err
	}
	var permits []permit
	for _, part := range parts {
		if part == "" {
			continue
		}
		p, err := parsePermit(part)
		if err != nil {
			return nil, err
		}
		permits = append(permits, p)
	}
	return permits, nil
}

func parsePermit(part string) (permit, error) {
	head, rest, _ := strings.Cut(part, ":")
	switch {
	case part == userScope:
		return permit{kind: permitUser}, nil
	case part == adminScope:
		return permit{kind: permitAdmin}, nil
	case head == "applied-permissions/groups":
		return parseGroups(rest, false)
	case head == "member-of-groups":
		return parseGroups(rest, true)
	case head == "applied-permissions/roles":
		return parseRoles(rest)
	case head == "api" && rest != "":
		return permit{kind: permitAPI, older: true}, nil
	case head == "system":
		return parseSystem(rest)
	case head == "artifact":
		return parseArtifact(rest)
	case strings.Contains(head, "@") && rest == "admin":
		return permit{kind: permitAdmin, target: head, older: true}, nil
	}
	return permit{}, fmt.Errorf("unknown scope token %q", part)
}

func parseGroups(list string, older bool) (permit, error) {
	names, err := parseNames(list)
	return permit{kind: permitGroups, names: names, older: older}, err
}

func parseRoles(rest string) (permit, error) {
	project, list, found := strings.Cut(rest, ":")
	if !found || project == "" {
		return permit{}, fmt.Errorf("roles without a project: %q", rest)
	}
	names, err := parseNames(list)
	return permit{kind: permitRoles, target: project, names: names}, err
}

// parseSystem reads <part>[/<sub-resource>]:<actions>, of the parts that JFrog documents or its clients know.
func parseSystem(rest string) (permit, error) {
	target, acts, _ := strings.Cut(rest, ":")
	part, _, _ := strings.Cut(target, "/")
	if !slices.Contains([]string{"metrics", "livelogs", "identities", "permissions", "info"}, part) {
		return permit{}, fmt.Errorf("unknown part of the system: %q", rest)
	}
	if acts == "" || strings.Trim(acts, scopeActions) != "" {
		return permit{}, fmt.Errorf("unknown action in %q", rest)
	}
	return permit{kind: permitSystem, target: rest}, nil
}

// scopeActions are the letters that a system or artifact scope may have behind its last colon.
const scopeActions = "rwdamxs*,"

// parseArtifact reads <target>[/<sub-resource>]:<actions>; actions are of r w d a m x s, or *.
func parseArtifact(rest string) (permit, error) {
	at := strings.LastIndex(rest, ":")
	if at <= 0 || at == len(rest)-1 {
		return permit{}, fmt.Errorf("artifact scope without target or actions: %q", rest)
	}
	if strings.Trim(rest[at+1:], scopeActions) != "" {
		return permit{}, fmt.Errorf("unknown action in %q", rest)
	}
	acts := strings.ReplaceAll(rest[at+1:], ",", "")
	granted := strings.NewReplacer("*", "rwdamxs").Replace(acts)
	// A resource permission writes annotate as a, a permission target as n.
	return permit{kind: permitArtifact, target: rest[:at], acts: actions(strings.ReplaceAll(granted, "a", "n"))}, nil
}

// parseNames splits a comma-separated list whose names may stand in double quotes. How a quote inside a name is
// written isn't documented: \" and "" are both taken.
func parseNames(list string) ([]string, error) {
	parts, err := splitOutsideQuotes(list, ',')
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(parts))
	for _, part := range parts {
		name := unquoteName(part)
		if name == "" {
			return nil, fmt.Errorf("empty name in %q", list)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// splitOutsideQuotes cuts at every separator that stands outside double quotes. A quote opens only where a name
// starts: at the beginning, after a colon or after a comma.
func splitOutsideQuotes(s string, separator byte) ([]string, error) {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\' && i+1 < len(s), quoted && s[i] == '"' && i+1 < len(s) && s[i+1] == '"':
			i++
		case quoted && s[i] == '"':
			quoted = false
		case !quoted && s[i] == '"' && (i == 0 || s[i-1] == ':' || s[i-1] == ','):
			quoted = true
		case !quoted && s[i] == separator:
			parts, start = append(parts, s[start:i]), i+1
		}
	}
	if quoted {
		return nil, fmt.Errorf("unclosed quote in %q", s)
	}
	return append(parts, s[start:]), nil
}

func unquoteName(part string) string {
	if len(part) < 2 || part[0] != '"' || part[len(part)-1] != '"' {
		return part
	}
	inner := strings.ReplaceAll(part[1:len(part)-1], `""`, `"`)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(inner)
}
