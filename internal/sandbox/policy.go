package sandbox

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// JFrog's limits, in characters (documented).
const (
	maxUsername    = 255
	maxScope       = 500
	maxDescription = 1024
	maxAudience    = 255
)

// check refuses what JFrog documents as invalid input; the words are inferred.
func (req mintRequest) check() error {
	switch {
	case value(req.GrantType, grantCredentials) != grantCredentials:
		return badRequest("Unsupported grant_type: " + *req.GrantType)
	case longer(req.Username, maxUsername):
		return badRequest("username exceeds 255 characters")
	case longer(req.Scope, maxScope):
		return badRequest("scope exceeds 500 characters")
	case longer(req.Description, maxDescription):
		return badRequest("description exceeds 1024 characters")
	case longer(req.Audience, maxAudience):
		return badRequest("audience exceeds 255 characters")
	}
	return checkAudience(value(req.Audience, ""))
}

// checkProjectKey wants what JFrog's Terraform provider wants.
func checkProjectKey(key string) error {
	if !regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`).MatchString(key) {
		return badRequest("Invalid project_key: " + key)
	}
	return nil
}

func longer(text *string, limit int) bool {
	return text != nil && utf8.RuneCountInString(*text) > limit
}

// checkAudience takes a service type or * before the @ (documented list of types).
func checkAudience(audience string) error {
	known := regexp.MustCompile(`^(\*|(jfrt|jfxr|jfpip|jfds|jfmc|jfac|jfevt|jfmd|jfcon|\*)@\S+)$`)
	for _, entry := range strings.Fields(audience) {
		if !known.MatchString(entry) {
			return badRequest("Invalid audience: " + entry)
		}
	}
	return nil
}

// authorize checks scope and user: an administrator may all; others may mint for themselves only, with the identity
// scope, and only if that is in their own scope; a project's administrator for himself also roles of his project
// (documented; that nobody but an administrator mints for others holds for him too is inferred).
func (c *call) authorize(p *principal, o order) error {
	permits, err := parseScopeOf(o.scope, false)
	if err != nil {
		return badRequest("Invalid scope: " + err.Error())
	}
	for _, part := range permits {
		if err := part.since(c.s.version); err != nil {
			return badRequest("Invalid scope: " + err.Error())
		}
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	switch {
	case p.grants.admin:
	case o.username != p.username:
		return forbidden()
	case c.s.version >= projectAdminSince && p.grants.administers(permits):
	case o.scope != userScope, !p.grants.identity:
		return forbidden()
	}
	return c.s.world.checkScope(permits, o.project)
}

// administers reports whether the scope is nothing but roles of projects that the principal administers.
func (g grants) administers(permits []permit) bool {
	for _, p := range permits {
		if p.kind != permitRoles || !slices.Contains(g.roles[p.target], projectAdminRole) {
			return false
		}
	}
	return len(permits) > 0
}

// checkScope refuses names that don't exist (the status is documented for invalid input, the words are inferred).
func (w *world) checkScope(permits []permit, projectKey string) error {
	if name, missing := w.missingGroup(permits); missing {
		return badRequest("Invalid scope: group " + name + " does not exist")
	}
	if projectKey != "" && w.projects[projectKey] == nil {
		return badRequest("Project " + projectKey + " does not exist")
	}
	return w.checkRoles(permits)
}

func (w *world) checkRoles(permits []permit) error {
	for _, p := range permits {
		if p.kind != permitRoles {
			continue
		}
		if w.projects[p.target] == nil {
			return badRequest("Invalid scope: project " + p.target + " does not exist")
		}
		for _, role := range p.names {
			if _, known := roleActions(role); !known {
				return badRequest("Invalid scope: role " + role + " does not exist")
			}
		}
	}
	return nil
}

// lifetime decides the seconds; 0 means for ever.
func (c *call) lifetime(p *principal, asked *int64) (int64, error) {
	config := c.s.config.Token
	given := value(asked, config.defaultExpiry())
	if err := checkExpiry(given); err != nil {
		return 0, err
	}
	if p.grants.admin {
		if given == 0 && c.s.version < neverExpiresSince {
			given = config.defaultExpiry()
		}
		return given, nil
	}
	if limit := value(config.MaxExpiry, 0); limit > 0 && (given == 0 || given > limit) {
		return 0, forbidden()
	}
	return given, nil
}
