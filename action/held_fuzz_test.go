package action_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/action"
)

// FuzzDecodeHeld: what the post stage takes for a state is written again as it was, and what it refuses isn't repeated.
func FuzzDecodeHeld(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "[]", "null", `{"version":1}`, `{"version":1,"url":"https://acme.jfrog.io","token":"secret-token","timeout_seconds":60}`,
		`{"version":1,"url":"https://acme.jfrog.io/a?b#c","token":"t","timeout_seconds":1,"expires_at":"9999-12-31T23:59:59Z","roots":"-","proxy":"::"}`,
		`{"version":1,"url":"http://u:p@h","token":"t","timeout_seconds":3600,"legacy":true,"creator":{"user":"u","password":"p"}}`,
		`{"version":2,"url":"https://h","token":"t","timeout_seconds":60}`, `{"version":1,"url":"file:///x","token":"t","timeout_seconds":60} {}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, state string) {
		held, err := action.DecodeHeld([]byte(state))
		if err != nil {
			var wire struct{ Token string }
			if json.Unmarshal([]byte(state), &wire) == nil && len(wire.Token) > 12 && strings.Contains(err.Error(), wire.Token) {
				t.Errorf("the error repeats the token: %v", err)
			}
			return
		}
		if held.URL.Host == "" || held.Token.IsZero() || held.Timeout <= 0 {
			t.Fatalf("taken: %+v", held)
		}
		text, err := held.Encode()
		if err != nil || strings.ContainsAny(string(text), "\r\n") {
			t.Fatalf("%q, %v", text, err)
		}
		again, err := action.DecodeHeld(text)
		if err != nil || again.URL.String() != held.URL.String() || again.Timeout != held.Timeout {
			t.Fatalf("%+v became %+v, %v", held, again, err)
		}
		held.URL, again.URL = nil, nil
		if !held.Legacy {
			held.Creator = action.Creator{} // is written for the older API only
		}
		if !held.ExpiresAt.Equal(again.ExpiresAt) {
			t.Fatalf("%s became %s", held.ExpiresAt, again.ExpiresAt)
		}
		again.ExpiresAt = held.ExpiresAt // equal, perhaps in another zone's words
		if len(held.RootsPEM) == 0 {
			held.RootsPEM, again.RootsPEM = nil, nil
		}
		if !reflect.DeepEqual(held, again) {
			t.Fatalf("%+v became %+v", held, again)
		}
	})
}

// FuzzLoad: no text in any input ends the program, or puts the creator's token into what is said about it.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{"", " ", "true", "1h", "-1", "9223372036854775807", `CI,"a,b"`, "https://h", "http://u:p@h", "platform", "applied-permissions/user", "\x00", "\xff", "::error::x"} {
		f.Add(seed, seed)
	}
	inputs := action.Inputs()
	f.Fuzz(func(t *testing.T, one, two string) {
		const secret = "a-token-that-nobody-shows"
		for i, input := range inputs {
			flags := map[string]string{"url": "https://acme.jfrog.io", "access-token": secret}
			flags[input.Name], flags[inputs[(i+1)%len(inputs)].Name] = one, two
			lookup := func(string) (string, bool) { return "", false }
			config, notes, err := action.Load(context.Background(), action.Layers(flags, lookup), lookup)
			said := strings.Join(notes, "\n")
			if err != nil {
				said += err.Error()
			} else if config.URL == nil {
				t.Errorf("taken without a url: %v", flags)
			}
			if strings.Contains(said, secret) && !strings.Contains(one+two, secret) {
				t.Errorf("the token is said: %s", said)
			}
		}
	})
}
