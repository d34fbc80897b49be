package sandbox

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// check refuses what JFrog documents as invalid input; the words are inferred.
func (req mintRequest) check() error {
	if req.GrantType != grantCredentials {
		return badRequest("Unsupported grant_type: " + req.GrantType)
	}
	for _, limit := range []struct {
		name, text string
		most       int // characters (documented)
	}{{"username", req.Username, 255}, {"scope", req.Scope, 500}, {"description", req.Description, 1024}, {"audience", req.Audience, 255}} {
		if utf8.RuneCountInString(limit.text) > limit.most {
			return badRequest(fmt.Sprintf("%s exceeds %d characters", limit.name, limit.most))
		}
	}
	return checkAudience(req.Audience)
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
func (c *call) authorize(p *principal, spec tokenSpec) error {
	items, err := parseScopeOf(spec.scope, false)
	if err != nil {
		return badRequest("Invalid scope: " + err.Error())
	}
	for _, item := range items {
		if item.kind == scopeArtifact && c.s.version < artifactScopeSince {
			return badRequest("Invalid scope: unknown scope token " + string(item.kind))
		}
	}
	switch {
	case p.grants.admin:
	case spec.username != p.username:
		return forbidden()
	case c.s.version >= projectAdminSince && p.grants.administers(items):
	case spec.scope != userScope, !p.grants.identity:
		return forbidden()
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if spec.project != "" && c.s.world.projects[spec.project] == nil {
		return badRequest("Project " + spec.project + " does not exist")
	}
	return nil
}

// lifetime decides the seconds; 0 never expires.
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
