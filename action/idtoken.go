package action

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// idToken gets the job's ID token, masks it, and looks at what JFrog would refuse with fewer words.
func (m *minting) idToken(ctx context.Context) (Secret, error) {
	token, err := m.fetchIDToken(ctx)
	if err != nil {
		return Secret{}, err
	}
	if m.env.Keeper != nil {
		if err := m.env.Keeper.Mask(token); err != nil {
			return Secret{}, err
		}
	}
	claims, err := jfrog.ReadClaims(token)
	if err != nil {
		return Secret{}, &InputError{Input: "ID token", What: err.Error(), Do: "check that the CI's ID token itself is handed over, whole and without quotes"}
	}
	return token, m.checkIDToken(claims)
}

func (m *minting) fetchIDToken(ctx context.Context) (Secret, error) {
	if m.config.IDToken != nil {
		return m.config.IDToken(ctx)
	}
	if m.env.IDTokens == nil {
		return Secret{}, &InputError{
			Input: "oidc-provider-name", What: "this runner gives no ID token that frogmint knows of",
			Do: "name the variable or the file that holds one with id-token-env or id-token-file",
		}
	}
	return limit.Do(ctx, m.env.retries("asking for the ID token"), func(ctx context.Context) (Secret, error) {
		return m.env.IDTokens.IDToken(ctx, m.config.IDTokenAudience)
	})
}

// checkIDToken compares the token's audience and time with what will be needed. JFrog says no more than "Invalid
// audience" to a wrong one.
func (m *minting) checkIDToken(claims jfrog.Claims) error {
	asked := m.config.IDTokenAudience
	if asked != "" && !slices.Contains(claims.Audience, asked) {
		return &InputError{
			Input: "oidc-audience", What: fmt.Sprintf("the job's ID token is for %q, not for %q", strings.Join(claims.Audience, " "), redact.Text(asked, 255)),
			Do: "set oidc-audience to the audience that the token has, and the same in JFrog's integration; where the pipeline file chooses the audience, change it there",
		}
	}
	// A minute of difference between two clocks is common and no reason to refuse.
	if !claims.ExpiresAt.IsZero() && m.env.Now().After(claims.ExpiresAt.Add(time.Minute)) {
		return &InputError{
			Input: "ID token", What: "it expired at " + claims.ExpiresAt.Format(time.RFC3339),
			Do: "run frogmint sooner after the ID token is issued, or check this machine's clock",
		}
	}
	return nil
}
