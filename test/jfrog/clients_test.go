// Package jfrog_test runs JFrog's own Go client and the code behind jf against the sandbox, and reads with frogmint what
// jf writes, and has jf read what frogmint writes. It is a module of its own because JFrog's clients bring some hundred modules along.
package jfrog_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/artifactory/utils"
	"github.com/jfrog/jfrog-cli-core/v2/general/token"
	"github.com/jfrog/jfrog-cli-core/v2/utils/config"
	access "github.com/jfrog/jfrog-client-go/access/services"
	"github.com/jfrog/jfrog-client-go/artifactory/services"
	"github.com/jfrog/jfrog-client-go/auth"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func server(box *sandboxtest.Sandbox) *config.ServerDetails {
	return &config.ServerDetails{
		ServerId: "box", Url: box.URL + "/", ArtifactoryUrl: box.URL + "/artifactory/", AccessUrl: box.URL + "/access/", AccessToken: box.AdminToken,
	}
}

func status(t *testing.T, box *sandboxtest.Sandbox, token string) int {
	t.Helper()
	return sandboxtest.Use(t, http.MethodGet, box.URL+"/artifactory/api/system/version", token)
}

// TestAccessTokenCreate runs the command behind jf access-token-create.
func TestAccessTokenCreate(t *testing.T) {
	box := sandboxtest.Start(t)
	expiry := uint(3600)
	command := token.NewAccessTokenCreateCommand().SetServerDetails(server(box)).SetUsername("CI-User").SetGroups(`CI,deployers`).
		SetExpiry(&expiry).SetRefreshable(true).SetDescription("hello").SetAudience("jfrt@* jfac@*").SetIncludeReferenceToken(true)
	if err := command.Run(); err != nil {
		t.Fatal(err)
	}
	content, err := command.Response()
	if err != nil {
		t.Fatal(err)
	}
	var got auth.CreateTokenResponseData
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	if got.TokenId == "" || got.ReferenceToken == "" || got.RefreshToken == "" || got.ExpiresIn == nil || *got.ExpiresIn != 3600 {
		t.Errorf("answer: %+v", got)
	}
	if user := auth.ExtractUsernameFromAccessToken(got.AccessToken); user != "ci-user" {
		t.Errorf("jf reads user %q from the token", user)
	}
	for name, value := range map[string]string{"access": got.AccessToken, "reference": got.ReferenceToken} {
		if code := status(t, box, value); code != http.StatusOK {
			t.Errorf("the %s token gets %d", name, code)
		}
	}
}

// TestRefreshAndRefusal has JFrog's client refresh a token and be refused.
func TestRefreshAndRefusal(t *testing.T) {
	box := sandboxtest.Start(t)
	manager, err := utils.CreateAccessServiceManager(server(box), false)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	first, err := manager.CreateAccessToken(access.CreateTokenParams{CommonTokenParams: auth.CommonTokenParams{Refreshable: &yes}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := manager.RefreshAccessToken(access.CreateTokenParams{CommonTokenParams: auth.CommonTokenParams{
		RefreshToken: first.RefreshToken, AccessToken: first.AccessToken,
	}})
	if err != nil || second.AccessToken == first.AccessToken || status(t, box, second.AccessToken) != http.StatusOK {
		t.Errorf("refresh: %v", err)
	}
	_, err = manager.CreateAccessToken(access.CreateTokenParams{CommonTokenParams: auth.CommonTokenParams{Scope: "applied-permissions/nothing"}})
	if err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("an unknown scope: %v", err)
	}
}

// TestExchange has JFrog's client trade an ID token of the sandbox's issuer.
func TestExchange(t *testing.T) {
	box := sandboxtest.Start(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, box.IDTokenRequestURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "bearer "+box.IDTokenRequestToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var idToken struct{ Value string }
	if err := json.NewDecoder(response.Body).Decode(&idToken); err != nil {
		t.Fatal(err)
	}
	details := server(box)
	details.AccessToken = ""
	manager, err := utils.CreateAccessServiceManager(details, false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := manager.ExchangeOidcToken(access.CreateOidcTokenParams{
		GrantType: "urn:ietf:params:oauth:grant-type:token-exchange", SubjectTokenType: "urn:ietf:params:oauth:token-type:id_token",
		OidcTokenID: idToken.Value, ProviderName: "github", ProviderType: "GitHub", JobId: "j", RunId: "1",
	})
	if err != nil || got.Username != "ci-bot" || status(t, box, got.AccessToken) != http.StatusOK {
		t.Errorf("exchange: %v, %+v", err, got.Username)
	}
	_, err = manager.ExchangeOidcToken(access.CreateOidcTokenParams{OidcTokenID: idToken.Value, ProviderName: "nobody"})
	if err == nil {
		t.Error("an unknown provider was taken")
	}
}

// TestLegacyAPI has JFrog's client create, list and revoke by the legacy API.
func TestLegacyAPI(t *testing.T) {
	box := sandboxtest.Start(t)
	manager, err := utils.CreateServiceManager(server(box), 0, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	created, err := manager.CreateToken(services.CreateTokenParams{Username: "jenkins", Scope: "member-of-groups:CI", ExpiresIn: 3600})
	if err != nil || !strings.Contains(created.Scope, "member-of-groups:CI") || status(t, box, created.AccessToken) != http.StatusOK {
		t.Fatalf("create: %v, %+v", err, created.Scope)
	}
	if _, err := manager.GetTokens(); err != nil {
		t.Errorf("list: %v", err)
	}
	said, err := manager.RevokeToken(services.RevokeTokenParams{Token: created.AccessToken})
	if err != nil || !strings.Contains(said, "Token revoked") || status(t, box, created.AccessToken) != http.StatusUnauthorized {
		t.Errorf("revoke: %q, %v", said, err)
	}
}
