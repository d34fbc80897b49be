package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
)

// unknownAPI reports whether the server doesn't know the Access API: only then is the older one asked in its place.
func unknownAPI(err error) bool {
	var refusal *jfrog.Error
	return errors.As(err, &refusal) && (refusal.Status == http.StatusNotFound || refusal.Status == http.StatusMethodNotAllowed)
}

// fallBack goes to the older API for a server that doesn't know the newer one, and says so. It refuses where something
// was asked that would get lost on the way.
func (m *minting) fallBack(ctx context.Context, creator jfrog.Credentials, request jfrog.Request, unknown error) (jfrog.Granted, error) {
	var lost []string
	for name, asked := range map[string]bool{
		"reference": m.config.Reference, "project": m.config.Project != "", "description": m.config.Description != "",
		"grant-admin": m.config.GrantAdmin, "force-revocable": m.config.ForceRevocableAsked,
		"scope": strings.Contains(m.config.Scope, "applied-permissions/"),
	} {
		if asked {
			lost = append(lost, name)
		}
	}
	if len(lost) > 0 {
		err := fmt.Errorf("%w; the older API, which this server may have, can't express %s", unknown, strings.Join(lost, ", "))
		return jfrog.Granted{}, m.blameVersion(ctx, creator, err, jfrog.AccessAPI)
	}
	m.env.Log.Info(fmt.Sprintf("this server doesn't know the newer API (%v): using the older one, which has neither a description nor force_revocable", unknown))
	if m.config.Revoke && m.env.Keeper != nil {
		m.env.Log.Warn("only its creator can revoke a token of the older API: where a post stage takes it back, the saved state holds the creator's credentials (set api to access to rule that out)")
	}
	return m.mintLegacy(ctx, creator, request)
}

// mintLegacy mints by the older API.
func (m *minting) mintLegacy(ctx context.Context, creator jfrog.Credentials, request jfrog.Request) (jfrog.Granted, error) {
	m.legacy = true
	asked := jfrog.LegacyRequest{
		Username: request.Username, Scope: m.legacyScope(), ExpiresIn: request.ExpiresIn, Refreshable: request.Refreshable,
		Audience: request.Audience,
	}
	if asked.Username == "" {
		asked.Username = creatorName(creator) // the older API wants one's own name, too
	}
	return limit.Do(ctx, m.env.retries("minting"), func(ctx context.Context) (jfrog.Granted, error) {
		waiting, cancel := limit.Patient(ctx, mintGrace)
		defer cancel()
		granted, err := m.client.MintLegacy(waiting, creator, asked)
		switch {
		case err != nil && !granted.AccessToken.IsZero():
			return granted, m.discard(granted, err)
		case err == nil || !undecided(err):
			return granted, err
		}
		// The older API has no description by which a lost token could be found.
		return granted, &LeftAlive{
			Tokens: []string{fmt.Sprintf("a token of user %s whose answer was lost, %s (the older API can't look for it)",
				shown(asked.Username), m.until(asked.ExpiresIn))},
			Err: fmt.Errorf("%v", err),
		}
	})
}

// legacyScope is the scope in the older API's words; without any wish it is the user's own groups, as jf asks.
func (m *minting) legacyScope() string {
	switch {
	case m.config.Scope != "":
		return m.config.Scope
	case len(m.config.Groups) > 0:
		return jfrog.LegacyGroupScope(m.config.Groups)
	}
	return jfrog.LegacyGroupScope([]string{"*"})
}

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

// legacy revokes with the creator's credentials: a token of the older API isn't let in where it could revoke itself.
func (r *revoking) legacy(ctx context.Context) Report {
	r.door = jfrog.ArtifactoryDoor
	creator := jfrog.Credentials{Token: r.held.Creator.Token, User: r.held.Creator.User, Password: r.held.Creator.Password}
	err := r.env.revokeBy(ctx, "revoking", 0, func(ctx context.Context) error {
		return r.client.RevokeLegacy(ctx, creator, r.held.Token)
	})
	var refusal *jfrog.Error
	switch errors.As(err, &refusal); {
	case err == nil:
		return r.prove(ctx)
	case refusal != nil && notRevocable(refusal):
		return r.notRevocable(ctx, err)
	}
	return r.settle(ctx, err)
}
