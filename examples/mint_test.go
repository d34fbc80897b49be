package examples_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// mints has a platform that is set up as README.md says, with a mapping to a user, make the token that an example asks for, and
// revoke it.
func mints(t *testing.T, config action.Config) {
	t.Helper()
	life := int64(300)
	box := sandboxtest.Start(t, sandbox.WithConfig(sandbox.Config{Providers: []sandbox.ProviderConfig{{
		Provider: sandbox.Provider{Name: cmp.Or(config.Credentials.Provider, "unused"), ProviderType: "Generic OpenID Connect", Audience: config.IDTokenAudience},
		Mappings: []sandbox.Mapping{{Name: "app-main", Priority: 1, TokenSpec: sandbox.TokenSpec{
			Username: "robot", Scope: "applied-permissions/user", Audience: "*@*", ExpiresIn: &life,
		}}},
	}}}))
	client := new(action.Client)
	config.URL = box.URL
	if config.Credentials.Provider == "" {
		creator, err := client.Mint(t.Context(), action.Config{
			URL: box.URL, Username: "robot", Scope: "applied-permissions/user", Credentials: action.Credentials{Token: action.NewSecret(box.AdminToken)},
		})
		if err != nil {
			t.Fatal(err)
		}
		config.Credentials.Token = creator.AccessToken
	}
	config.IDToken = func(ctx context.Context, audience string) (action.Secret, error) { return idToken(ctx, box, audience) }
	token, err := client.Mint(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if report := client.Revoke(t.Context(), token.State()); token.Username != "robot" || !token.Revocable || report.Outcome != action.Revoked {
		t.Errorf("user %s, revocable %t: %s", token.Username, token.Revocable, report)
	}
}

// idToken asks the sandbox's issuer, as the example's CI would be asked.
func idToken(ctx context.Context, box *sandboxtest.Sandbox, audience string) (action.Secret, error) {
	target := box.IDTokenRequestURL
	if audience != "" {
		target += "&audience=" + url.QueryEscape(audience)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return action.Secret{}, err
	}
	request.Header.Set("Authorization", "Bearer "+box.IDTokenRequestToken)
	response, err := box.Client().Do(request)
	if err != nil {
		return action.Secret{}, err
	}
	defer response.Body.Close()
	var answer struct{ Value string }
	err = json.NewDecoder(response.Body).Decode(&answer)
	return action.NewSecret(answer.Value), err
}
