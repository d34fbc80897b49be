package action

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// Finding is one thing that was looked at.
type Finding struct {
	Wrong error  // nil when it is fine
	What  string // what was found, or what would happen
}

// Examine looks at everything that Mint would use, and mints and exchanges nothing: an exchange makes a token, too. It
// needs no more time than config.Timeout.
func Examine(ctx context.Context, config Config, env Env) []Finding {
	ctx, cancel := context.WithTimeoutCause(ctx, config.Timeout,
		fmt.Errorf("it took longer than %s (input timeout)", config.Timeout))
	defer cancel()
	e := &examination{m: &minting{config: config, env: env, client: env.client(config)}}
	e.platform(ctx)
	if config.Creator.Provider != "" {
		e.idToken(ctx)
	} else {
		e.creator(ctx)
	}
	e.plan()
	return e.findings
}

type examination struct {
	m        *minting
	findings []Finding
}

func (e *examination) found(format string, args ...any) {
	e.findings = append(e.findings, Finding{What: fmt.Sprintf(format, args...)})
}

func (e *examination) wrong(err error) { e.findings = append(e.findings, Finding{Wrong: err}) }

func (e *examination) platform(ctx context.Context) {
	if err := e.m.client.Ping(ctx); err != nil {
		e.wrong(err)
		return
	}
	e.found("%s answers", e.m.config.URL)
}

// idToken gets the ID token that the exchange would send, and shows what a mapping can be compared with.
func (e *examination) idToken(ctx context.Context) {
	token, err := e.m.idToken(ctx)
	if err != nil {
		e.wrong(err)
	}
	if token.IsZero() {
		return
	}
	lines, err := jfrog.ClaimLines(token)
	if err != nil {
		e.wrong(err)
		return
	}
	e.found("the job's ID token has these claims, for the identity mapping in JFrog to match:")
	for _, line := range lines {
		e.found("claim %s", line)
	}
	claims, err := jfrog.ReadClaims(token)
	if err == nil && strings.HasSuffix(claims.Issuer, "/") {
		e.found("the issuer ends in a slash: the integration's provider URL must do so, too")
	}
}

// creator tries the creator's credentials on an endpoint that changes nothing.
func (e *examination) creator(ctx context.Context) {
	creator := jfrog.Credentials{Token: e.m.config.Creator.Token, User: e.m.config.Creator.User, Password: e.m.config.Creator.Password}
	version, err := e.m.client.Version(ctx, creator)
	if err != nil {
		e.wrong(err)
		return
	}
	e.found("the platform takes the credentials; it is Artifactory %s", version)
	for _, feature := range e.m.newFeatures(jfrog.Request{
		Reference: e.m.config.Reference, Scope: askedScope(e.m.config), ExpiresIn: e.m.config.Expiry,
	}) {
		if f := jfrog.Features()[feature]; jfrog.Older(version, f.Since) {
			e.wrong(&TooOld{Err: errors.New("it would be refused"), Version: version, Needs: f.Name + " needs " + f.Since, Instead: "don't ask for it"})
		}
	}
	if forced := jfrog.Features()[jfrog.ForceRevocable]; e.m.config.ForceRevocable && jfrog.Older(version, forced.Since) {
		e.found("the token could not be revoked if it lives under six hours: force-revocable needs %s", forced.Since)
	}
	if claims, err := jfrog.ReadClaims(creator.Token); err == nil {
		e.found("the creator is user %s, scope %s%s", shown(claims.Username()), shown(claims.Scope), untilText(claims.ExpiresAt))
	}
}

func untilText(at time.Time) string {
	if at.IsZero() {
		return ", never expires"
	}
	return ", until " + at.Format(time.RFC3339)
}

// plan says what would be asked.
func (e *examination) plan() {
	c := e.m.config
	scope := askedScope(c)
	switch {
	case c.Creator.Provider != "" && c.Mint == MintNever:
		e.found("would exchange the ID token with provider %q and use what comes back as it is", c.Creator.Provider)
		return
	case c.Creator.Provider != "" && c.Mint == MintAuto:
		e.found("would exchange the ID token with provider %q, and mint from it if that gives something else than is asked, or if only a minted token can be revoked", c.Creator.Provider)
	case c.Creator.Provider != "":
		e.found("would exchange the ID token with provider %q, and mint from it", c.Creator.Provider)
	}
	if scope == "" {
		scope = "the creator's own permissions (no groups, scope or grant-admin was set)"
	}
	e.found("would ask for: %s; user %s; expiry %s", scope, orOwn(c.Username), planExpiry(c.Expiry))
	if !c.Revoke {
		e.found("nothing would revoke the token: revoke is false")
	}
}

func orOwn(username string) string {
	if username == "" {
		return "of the creator"
	}
	return username
}

func planExpiry(expiry *int64) string {
	if expiry == nil {
		return "as the platform says"
	}
	return life(expiry)
}
