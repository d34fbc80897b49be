package action

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// mintDecision says what to do with an exchanged token.
type mintDecision struct {
	mint     bool
	optional bool // the job can go on with the exchanged token when JFrog refuses to mint
	reason   string
}

// String is for the log, behind what the exchanged token is.
func (d mintDecision) String() string {
	if d.mint {
		return "minting from the exchanged token: " + d.reason
	}
	return "using the exchanged token as it is: " + d.reason
}

// decide chooses between the exchanged token as it is and a token minted from it. Anyone may mint for himself: a token of
// a user's own permissions is minted although nothing else was asked, since only then it can be revoked.
func decide(config Config, exchanged Token) mintDecision {
	differences := differences(config, exchanged)
	scope, err := jfrog.ParseScope(exchanged.Scope)
	switch {
	case config.Mint == MintAlways:
		return mintDecision{mint: true, reason: "mint is always"}
	case config.Mint == MintNever:
		return mintDecision{reason: "mint is never"}
	case len(differences) > 0:
		return mintDecision{mint: true, reason: strings.Join(differences, ", ")}
	case !config.NoRevoke && config.forcesRevocable() && !exchanged.Revocable && err == nil && scope.IsUser():
		return mintDecision{mint: true, optional: true, reason: "a minted token can be revoked, the exchanged one can't"}
	}
	return mintDecision{reason: "it is what was asked"}
}

// differences names what was asked and isn't so in the exchanged token. What wasn't asked is left to the mapping.
func differences(config Config, exchanged Token) []string {
	var found []string
	differs := func(input, asked, got string) {
		found = append(found, fmt.Sprintf("%s %s was asked, the mapping gave %s", input, shown(asked), shown(cmp.Or(got, "none"))))
	}
	if asked := config.AskedScope(); asked != "" && !sameScope(asked, exchanged.Scope) {
		differs("scope", asked, exchanged.Scope)
	}
	if config.Username != "" && !strings.EqualFold(config.Username, exchanged.Username) {
		differs("username", config.Username, exchanged.Username)
	}
	if config.Expiry != 0 && config.Expiry != PlatformExpiry && max(config.Expiry, 0) != exchanged.ExpiresIn {
		differs("expiry", lifetime(max(config.Expiry, 0)), lifetime(exchanged.ExpiresIn))
	}
	if config.Audience != "" && config.Audience != exchanged.Audience {
		differs("audience", config.Audience, exchanged.Audience)
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
	a, _ := jfrog.ParseScope(asked) // it was checked
	b, err := jfrog.ParseScope(granted)
	return err == nil && a.Equal(b)
}
