package action

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// BroaderScope is a token that grants more than was asked. It has been revoked when Mint returns.
type BroaderScope struct {
	Asked   string
	Granted string
	Surplus []string // the permissions that were not asked
}

// Error names the surplus.
func (e *BroaderScope) Error() string {
	return fmt.Sprintf("the granted scope %q is broader than %q, which was asked: it also has %s",
		shown(e.Granted), shown(e.Asked), shown(strings.Join(e.Surplus, ", ")))
}

// Hint tells what to do.
func (e *BroaderScope) Hint() string {
	return "find out in JFrog why more is granted; allow-broader-scope turns this into a warning"
}

// check compares what was granted with what was asked: more scope or another user fails, the rest is reported.
func (m *minting) check(ctx context.Context, creator jfrog.Credentials, token Token, request jfrog.Request) error {
	asked := request.Scope
	switch {
	case m.legacy:
		asked = m.legacyScope()
	case asked == "":
		asked = jfrog.UserScope // what JFrog gives when no scope is named (documented)
	}
	if err := m.checkScope(asked, token); err != nil {
		return err
	}
	if request.Username != "" && !strings.EqualFold(request.Username, token.Username) {
		err := &BroaderScope{Asked: "user " + request.Username, Granted: "user " + token.Username, Surplus: []string{"another user's identity"}}
		if !m.config.AllowBroaderScope {
			return err
		}
		m.env.Log.Warn(err.Error())
	}
	if missing, feature := missing(token, request); missing != "" {
		return m.blameVersion(ctx, creator, errors.New(missing), feature)
	}
	m.checkLife(ctx, creator, token, request)
	return nil
}

// missing names what was asked by name and isn't there: a job that waits for it can't go on.
func missing(token Token, request jfrog.Request) (what string, feature int) {
	switch {
	case request.Reference && token.ReferenceToken.IsZero():
		return "a reference token was asked, and JFrog gave none", jfrog.ReferenceTokens
	case request.Refreshable && token.RefreshToken.IsZero():
		return "a refresh token was asked, and JFrog gave none", jfrog.AccessAPI
	}
	return "", 0
}

// checkScope compares what was asked with what the answer says, and with what the token itself holds: JFrog goes by that.
func (m *minting) checkScope(asked string, token Token) error {
	if token.claimed != "" && token.claimed != token.Scope {
		claimed := token
		claimed.Scope, claimed.claimed = token.claimed, ""
		if err := m.checkScope(asked, claimed); err != nil {
			return err
		}
	}
	want, err := jfrog.ParseScope(asked)
	if err != nil {
		return err
	}
	got, err := jfrog.ParseScope(token.Scope)
	if err != nil || got.Empty() {
		got, _ = jfrog.ParseScope("unknown") // what can't be read can't be called narrow enough
	}
	surplus := got.Beyond(want)
	if len(surplus) == 0 {
		if missing := want.Beyond(got); len(missing) > 0 {
			m.env.Log.Warn("JFrog granted less than was asked: " + shown(strings.Join(missing, ", ")) + " is missing")
		}
		return nil
	}
	broader := &BroaderScope{Asked: asked, Granted: token.Scope, Surplus: surplus}
	if m.config.AllowBroaderScope {
		m.env.Log.Warn(broader.Error())
		return nil
	}
	return broader
}

// checkLife reports a life that isn't the one that was asked.
func (m *minting) checkLife(ctx context.Context, creator jfrog.Credentials, token Token, request jfrog.Request) {
	if !sameExpiry(request.ExpiresIn, token.ExpiresIn) {
		err := fmt.Errorf("an expiry of %s was asked, JFrog granted %s", life(request.ExpiresIn), life(token.ExpiresIn))
		if life(request.ExpiresIn) == never {
			err = m.blameVersion(ctx, creator, err, jfrog.LongExpiry)
		}
		m.env.Log.Warn(err.Error())
	}
	if token.ExpiresIn == nil {
		m.env.Log.Warn("the token never expires: only its revocation ends it")
	}
	if request.Revocable && !token.Revocable && !m.legacy {
		err := fmt.Errorf("JFrog didn't make the token revocable: it lives %s", token.Life())
		m.env.Log.Warn(m.blameVersion(ctx, creator, err, jfrog.ForceRevocable).Error())
	}
}
