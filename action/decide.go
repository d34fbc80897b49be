package action

import (
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// choice says what to do with an exchanged token.
type choice struct {
	mint     bool
	required bool // whether the job can't go on when JFrog refuses to mint
	why      string
}

// String is the line for the log.
func (c choice) String() string {
	if c.mint {
		return "minting from the exchanged token: " + c.why
	}
	return "using the exchanged token as it is: " + c.why
}

// decide chooses between the exchanged token as it is and a token minted from it.
func decide(config Config, exchanged Token) choice {
	differences := differences(config, exchanged)
	scope, err := jfrog.ParseScope(exchanged.Scope)
	switch {
	case config.Mint == MintAlways:
		return choice{true, true, "mint is always"}
	case config.Mint == MintNever:
		return choice{false, false, "mint is never"}
	case len(differences) > 0:
		return choice{true, true, strings.Join(differences, ", ")}
	case config.Revoke && config.ForceRevocable && config.API != Legacy && !exchanged.Revocable && err == nil && scope.IsUser():
		return choice{true, false, "a minted token can be revoked, the exchanged one can't"}
	}
	return choice{false, false, "it is what was asked"}
}

// differences names what was asked and isn't so in the exchanged token. What wasn't asked is left to the mapping.
func differences(config Config, exchanged Token) []string {
	var found []string
	differs := func(input, asked, got string) {
		found = append(found, fmt.Sprintf("%s %s was asked, the mapping gave %s", input, shown(asked), shown(got)))
	}
	if asked := askedScope(config); asked != "" && !sameScope(asked, exchanged.Scope) {
		differs("scope", asked, orNone(exchanged.Scope))
	}
	if config.Username != "" && !strings.EqualFold(config.Username, exchanged.Username) {
		differs("username", config.Username, orNone(exchanged.Username))
	}
	if config.ExpiryAsked && !sameExpiry(config.Expiry, exchanged.ExpiresIn) {
		differs("expiry", life(config.Expiry), life(exchanged.ExpiresIn))
	}
	if config.Audience != "" && config.Audience != exchanged.Audience {
		differs("audience", config.Audience, orNone(exchanged.Audience))
	}
	if config.Refreshable && exchanged.RefreshToken.IsZero() {
		differs("refreshable", "true", "no refresh token")
	}
	if config.Reference && exchanged.ReferenceToken.IsZero() {
		differs("reference", "true", "no reference token")
	}
	if config.Description != "" {
		differs("description", "a text", "none")
	}
	return found
}

func sameScope(asked, granted string) bool {
	a, err := jfrog.ParseScope(asked)
	if err != nil {
		return false
	}
	b, err := jfrog.ParseScope(granted)
	return err == nil && a.Equal(b)
}

// sameExpiry compares seconds; nil on the asked side is "platform", on the granted side "never".
func sameExpiry(asked, granted *int64) bool {
	switch {
	case asked == nil:
		return true
	case *asked == 0 || granted == nil:
		return *asked == 0 && granted == nil
	}
	return *asked == *granted
}

// never is how people read an expiry of 0.
const never = "never"

func life(expiry *int64) string {
	if expiry == nil || *expiry == 0 {
		return never
	}
	return (time.Duration(*expiry) * time.Second).String()
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}
