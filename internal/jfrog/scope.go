package jfrog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// The scopes that JFrog documents as whole words.
const (
	UserScope  = "applied-permissions/user"
	AdminScope = "applied-permissions/admin"

	groupsPrefix = "applied-permissions/groups:"
	rolesPrefix  = "applied-permissions/roles:"
	memberPrefix = "member-of-groups:" // of the legacy API
	apiScope     = "api:*"             // granted by the legacy API to every token

	// MaxScope is the longest scope that JFrog takes, in bytes.
	MaxScope = 500
)

// Scope is a set of permissions, each in a form of its own so that order, quoting and joining don't matter:
// "applied-permissions/groups:a b", "applied-permissions/roles:proj:Developer", "artifact:repo/path:r".
type Scope struct{ permissions []string }

// ParseScope reads a scope as JFrog writes it: words between spaces, names in double quotes where they hold spaces or
// commas. It fails on an open quote and on control characters.
func ParseScope(text string) (Scope, error) {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return Scope{}, errors.New("scope: it holds a control character")
	}
	items, err := splitQuoted(text, ' ')
	if err != nil {
		return Scope{}, fmt.Errorf("scope: %w", err)
	}
	var scope Scope
	for _, item := range items {
		permissions, err := expand(item)
		if err != nil {
			return Scope{}, fmt.Errorf("scope: %w", err)
		}
		scope.permissions = append(scope.permissions, permissions...)
	}
	slices.Sort(scope.permissions)
	scope.permissions = slices.Compact(scope.permissions)
	return scope, nil
}

// expand splits one item of a scope into its permissions.
func expand(item string) ([]string, error) {
	for _, prefix := range []string{groupsPrefix, memberPrefix} {
		if names, ok := strings.CutPrefix(item, prefix); ok {
			return each(groupsPrefix, names)
		}
	}
	if rest, ok := strings.CutPrefix(item, rolesPrefix); ok {
		project, roles, _ := strings.Cut(rest, ":")
		return each(rolesPrefix+project+":", roles)
	}
	if strings.HasPrefix(item, "artifact:") || strings.HasPrefix(item, "system:") {
		at := strings.LastIndex(item, ":") + 1
		return each(item[:at], item[at:])
	}
	return []string{item}, nil
}

func each(prefix, list string) ([]string, error) {
	names, err := ParseNames(list)
	if err != nil {
		return nil, err
	}
	for i := range names {
		names[i] = prefix + names[i]
	}
	return names, nil
}

// Empty reports whether the scope grants nothing.
func (s Scope) Empty() bool { return len(s.permissions) == 0 }

// Equal reports whether both grant the same, the legacy API's api:* aside.
func (s Scope) Equal(other Scope) bool {
	return len(s.Beyond(other)) == 0 && len(other.Beyond(s)) == 0
}

// Beyond returns the permissions of s that asked doesn't cover: what was granted too much. Admin covers everything, a *
// all names and actions of its kind. The legacy API's api:* comes with every token and gives nothing by itself.
func (s Scope) Beyond(asked Scope) []string {
	var surplus []string
	for _, permission := range s.permissions {
		if permission != apiScope && !asked.covers(permission) {
			surplus = append(surplus, permission)
		}
	}
	return surplus
}

func (s Scope) covers(permission string) bool {
	if slices.Contains(s.permissions, permission) || slices.Contains(s.permissions, AdminScope) {
		return true
	}
	at := strings.LastIndex(permission, ":")
	return at > 0 && slices.Contains(s.permissions, permission[:at+1]+"*")
}

// IsUser reports whether the scope is that of a user's own permissions and nothing else.
func (s Scope) IsUser() bool { return len(s.permissions) == 1 && s.permissions[0] == UserScope }

// IsAdmin reports whether the scope grants everything, in the form of either API (SERVICE-ID:admin in the legacy one).
func (s Scope) IsAdmin() bool {
	return slices.ContainsFunc(s.permissions, func(permission string) bool {
		service, legacy := strings.CutSuffix(permission, ":admin")
		return permission == AdminScope || legacy && strings.Contains(service, "@") && !strings.Contains(service, "/")
	})
}

// GroupScope writes the scope of a token for these groups.
func GroupScope(groups []string) string { return groupsPrefix + FormatNames(groups) }

// LegacyGroupScope writes the same for the legacy API.
func LegacyGroupScope(groups []string) string { return memberPrefix + FormatNames(groups) }

// ParseNames reads a list of names between commas or line breaks. A name with a comma or spaces at its ends stands in
// double quotes. Empty items are skipped. It fails on an open quote, on a quote or a control character within a name
// (JFrog documents no way to write a quote), and on text behind a closing quote.
func ParseNames(list string) ([]string, error) {
	var names []string
	for {
		list = strings.TrimLeft(list, " \t\r\n,")
		if list == "" {
			return names, nil
		}
		name, after, err := nextName(list)
		switch {
		case err != nil:
			return nil, err
		case strings.ContainsFunc(name, unicode.IsControl):
			return nil, fmt.Errorf("name %q holds a control character", name)
		case strings.Contains(name, `"`):
			return nil, fmt.Errorf("name %q holds a quote, for which JFrog's scopes have no form", name)
		case name != "":
			names = append(names, name)
		}
		list = after
	}
}

func nextName(rest string) (name, after string, err error) {
	if rest[0] != '"' {
		end := strings.IndexAny(rest, ",\r\n")
		if end < 0 {
			end = len(rest)
		}
		return strings.TrimSpace(rest[:end]), rest[end:], nil
	}
	name, after, closed := strings.Cut(rest[1:], `"`)
	if !closed {
		return "", "", errors.New("a quote that isn't closed")
	}
	after = strings.TrimLeft(after, " \t")
	if after != "" && !strings.ContainsRune(",\r\n", rune(after[0])) {
		return "", "", fmt.Errorf("text behind the closing quote of name %q", name)
	}
	return name, after, nil
}

// FormatNames writes names as JFrog reads them: commas between, quotes around a name with a space or a comma.
func FormatNames(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = name
		if strings.ContainsAny(name, " ,\t") {
			quoted[i] = `"` + name + `"`
		}
	}
	return strings.Join(quoted, ",")
}

// splitQuoted splits text at a separator outside of quotes and drops empty parts.
func splitQuoted(text string, separator byte) ([]string, error) {
	var parts []string
	start, quoted := 0, false
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text) && quoted:
			return nil, errors.New("a quote that isn't closed")
		case i == len(text) || text[i] == separator && !quoted:
			if i > start {
				parts = append(parts, text[start:i])
			}
			start = i + 1
		case text[i] == '"':
			quoted = !quoted
		}
	}
	return parts, nil
}
