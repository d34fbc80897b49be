package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// A token is minted for a group, used, and revoked.
func Example() {
	platform, token := startPlatform()
	defer platform.Close()

	client := action.Client{Job: action.Job{System: "example", Run: "1"}}
	ctx := context.Background()
	minted, err := client.Mint(ctx, action.Config{
		URL:         platform.URL,
		Credentials: action.Credentials{Token: action.NewSecret(token)},
		Groups:      []string{"CI"},
		Expiry:      10 * time.Minute,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(minted.Scope, minted.ExpiresIn, minted.Revocable)
	fmt.Println("printed by mistake:", minted.AccessToken)

	fmt.Println(client.Revoke(ctx, minted.State()))
	// Output:
	// applied-permissions/groups:CI 10m0s true
	// printed by mistake: REDACTED
	// revoked
}

// The job's ID token is exchanged for a short administrator's token, and the job's own is minted from that. The way to get
// an ID token is the CI's; this is GitHub's.
func ExampleClient_Mint_exchange() {
	platform, _ := startPlatform()
	defer platform.Close()

	idToken := func(ctx context.Context, audience string) (action.Secret, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, platform.requestURL+"&audience="+audience, http.NoBody)
		if err != nil {
			return action.Secret{}, err
		}
		request.Header.Set("Authorization", "Bearer "+platform.requestToken)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return action.Secret{}, err
		}
		defer response.Body.Close()
		var answer struct{ Value action.Secret }
		err = json.NewDecoder(response.Body).Decode(&answer)
		return answer.Value, err
	}
	client := action.Client{Job: action.Job{System: "example", Run: "1"}}
	minted, err := client.Mint(context.Background(), action.Config{
		URL:             platform.URL,
		Credentials:     action.Credentials{Provider: "github-broker"},
		IDToken:         idToken,
		IDTokenAudience: "https://jfrog.example",
		Username:        "build-bot",
		Groups:          []string{"CI"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(minted.Username, minted.Scope, minted.ExpiresIn)
	// Output:
	// build-bot applied-permissions/groups:CI 1h0m0s
}

// What JFrog refused is an APIError.
func ExampleAPIError() {
	platform, _ := startPlatform()
	defer platform.Close()

	_, err := new(action.Client).Mint(context.Background(), action.Config{
		URL:         platform.URL,
		Credentials: action.Credentials{User: "robot", Password: action.NewSecret("password")},
		Groups:      []string{"CI"}, // which only an administrator may give
	})
	var refusal *action.APIError
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Status, refusal.Message)
		fmt.Println("hint:", refusal.Cause)
	}
	// Output:
	// 403 Forbidden
	// hint: the creator may not make this token: only an admin may choose groups, scope or another user, and max-expiry binds everyone else
}

// A later process revokes the token by what was saved, and needs nothing else.
func ExampleClient_Revoke() {
	platform, token := startPlatform()
	defer platform.Close()

	ctx := context.Background()
	minted, err := new(action.Client).Mint(ctx, action.Config{
		URL:         platform.URL,
		Credentials: action.Credentials{Token: action.NewSecret(token)},
		Groups:      []string{"CI"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	saved, err := minted.State().Encode() // holds the token: keep it where the token may be kept
	if err != nil {
		fmt.Println(err)
		return
	}

	state, err := action.DecodeState(saved)
	if err != nil {
		fmt.Println(err)
		return
	}
	report := new(action.Client).Revoke(ctx, state)
	fmt.Println(report, report.Dead())
	// Output:
	// revoked true
}

// examplePlatform is an embedded JFrog, and where a job of it asks for its ID token.
type examplePlatform struct {
	*httptest.Server
	requestURL, requestToken string
}

// startPlatform starts an embedded JFrog. The token is an administrator's.
func startPlatform() (examplePlatform, string) {
	box, err := sandbox.New(sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: new(true)}}))
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(box)
	box.SetBaseURL(server.URL)
	return examplePlatform{server, box.IDTokenRequestURL(), box.IDTokenRequestToken()}, box.AdminToken()
}
