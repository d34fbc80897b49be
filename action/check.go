package action

import (
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
func (m *minting) check(token Token, request jfrog.Request) error {
	asked := request.Scope
	if asked == "" {
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
	m.checkRest(token, request)
	return nil
}

func (m *minting) checkScope(asked string, token Token) error {
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

func (m *minting) checkRest(token Token, request jfrog.Request) {
	if !sameExpiry(request.ExpiresIn, token.ExpiresIn) {
		m.env.Log.Warn(fmt.Sprintf("an expiry of %s was asked, JFrog granted %s", life(request.ExpiresIn), life(token.ExpiresIn)))
	}
	if request.ExpiresIn != nil && *request.ExpiresIn == 0 && token.ExpiresIn == nil {
		m.env.Log.Warn("the token never expires: only its revocation ends it")
	}
	if request.Revocable && !token.Revocable {
		m.env.Log.Warn(fmt.Sprintf("JFrog didn't make the token revocable (force_revocable needs 7.50.3): it dies by itself %s", token.Life()))
	}
	if request.Refreshable && token.RefreshToken.IsZero() {
		m.env.Log.Warn("a refresh token was asked, JFrog gave none")
	}
	if request.Reference && token.ReferenceToken.IsZero() {
		m.env.Log.Warn("a reference token was asked, JFrog gave none (it needs 7.38.10)")
	}
}
