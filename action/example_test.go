package action_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// log prints warnings and keeps quiet otherwise.
type log struct{}

func (log) Info(string)      {}
func (log) Warn(line string) { fmt.Println("warning:", line) }

// A token is made for a group, used, and taken back.
func Example() {
	box, stop := platform()
	defer stop()
	inputs := map[string]string{
		"url": box.BaseURL(), "access-token": box.AdminToken(), "groups": "CI", "expiry": "10m",
	}
	nothing := func(string) (string, bool) { return "", false }
	ctx := context.Background()
	config, _, err := action.Load(ctx, action.Layers(inputs, nothing), nothing)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	env := action.Env{
		HTTP: client, Now: time.Now, Agent: "example",
		Job: action.Job{System: "example", Run: "1"}, Log: log{},
	}
	token, err := action.Mint(ctx, config, env)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.Scope, seconds(token.ExpiresIn), token.Revocable)
	fmt.Println("printed by mistake:", token.AccessToken)
	report := action.Revoke(ctx, token.Held(config, env), env)
	fmt.Println(report)
	// Output:
	// applied-permissions/groups:CI 600 true
	// printed by mistake: REDACTED
	// revoked
}

// Everything that is wrong with the inputs is said at once.
func ExampleLoad() {
	inputs := map[string]string{"url": "http://jfrog.example", "oidc-provider-name": "github", "expiry": "-1"}
	nothing := func(string) (string, bool) { return "", false }
	_, _, err := action.Load(context.Background(), action.Layers(inputs, nothing), nothing)
	fmt.Println(err)
	// Output:
	// --url: http to "jfrog.example", which isn't this machine, would show the credentials to the network
	// --expiry: "-1" is negative
}

func seconds(n *int64) int64 { return *n }

// platform serves an embedded JFrog.
func platform() (*sandbox.Server, func()) {
	box, err := sandbox.New()
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(box)
	box.SetBaseURL(server.URL)
	return box, server.Close
}
