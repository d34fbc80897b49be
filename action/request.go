package action

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// prepareRequest fills in what to ask JFrog for.
func (s *session) prepareRequest(ctx context.Context) error {
	description, err := s.client.Job.describe(s.config.Description)
	if err != nil {
		return err
	}
	c := s.config
	s.request = jfrog.MintRequest{
		Username: c.Username, Scope: c.AskedScope(), ExpiresIn: c.expiresIn(), Refreshable: c.Refreshable, Reference: c.Reference,
		ForceRevocable: c.forcesRevocable(), Description: description, Audience: c.Audience, Project: c.Project,
	}
	if s.request.Scope == "" {
		return s.checkOwnPermissions(ctx)
	}
	return nil
}

// checkOwnPermissions is for a request without groups, scope and grant-admin: JFrog then gives the creator's own
// permissions. An administrator's are refused: a typo in a workflow must not make a job an administrator. Whether a
// password, a reference token or a token with its user's permissions is an administrator's, only JFrog knows. A mapping's
// user was chosen in JFrog, and isn't asked about.
func (s *session) checkOwnPermissions(ctx context.Context) error {
	name := creatorName(s.creator)
	claims, err := jfrog.ReadClaims(s.creator.Token)
	if err == nil {
		if scope, err := jfrog.ParseScope(claims.Scope); err == nil && scope.IsAdmin() {
			return errAdminUnasked(name)
		}
	}
	if s.config.Credentials.Provider != "" {
		return nil // the log has the mapping's user and scope
	}
	admin, err := retryIdempotent(ctx, retry(s.log, "asking what the creator may do", attempts), 0, func(ctx context.Context) (bool, error) {
		return s.api.IsAdministrator(ctx, s.creator)
	})
	switch {
	case err != nil:
		return err
	case admin:
		return errAdminUnasked(name)
	}
	s.log.Info(fmt.Sprintf("no groups, scope or grant-admin was set: the token gets the permissions of its creator, user %s", shown(cmp.Or(name, "unknown"))))
	return nil
}

// AskedScope is the scope that the fields add up to; empty when none of them is set.
func (c Config) AskedScope() string {
	if c.Scope != "" {
		return c.Scope
	}
	var items []string
	if len(c.Groups) > 0 {
		items = append(items, jfrog.GroupScope(c.Groups))
	}
	if c.GrantAdmin {
		items = append(items, jfrog.AdminScope)
	}
	return strings.Join(items, " ")
}

func (c Config) forcesRevocable() bool { return c.ForceRevocable == nil || *c.ForceRevocable }

// expiresIn is the expiry as JFrog takes it: seconds, 0 for never, nil for the platform's default.
func (c Config) expiresIn() *int64 {
	switch c.Expiry {
	case 0:
		return new(int64(DefaultExpiry / time.Second))
	case NeverExpires:
		return new(int64(0))
	case PlatformExpiry:
		return nil
	}
	return new(int64(c.Expiry / time.Second))
}

// creatorName is the user of the creator's credentials; empty where it can't be read.
func creatorName(creator jfrog.Credentials) string {
	if creator.User != "" {
		return creator.User
	}
	claims, err := jfrog.ReadClaims(creator.Token)
	if err != nil {
		return ""
	}
	return claims.Username()
}
