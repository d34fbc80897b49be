package action_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/redact"
)

// savedState is a state with everything in it.
func savedState() action.State {
	inClear := func(text string) redact.Clear { return redact.Clear{Secret: action.NewSecret(text)} }
	return action.State{
		Version: 2, URL: "https://acme.jfrog.io", ArtifactoryURL: "https://art.acme.com", AccessToken: inClear("a.b.c"), RefreshToken: inClear("refresh"), TokenID: "id",
		Username: "bob", ExpiresAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Revocable: true, Legacy: true, Exchanged: true, CreatorToken: inClear("creator"), CreatorUser: "admin",
		CreatorPass: inClear("pass"), FailOnRevoke: true, JobSummary: true, TimeoutSeconds: 60, Proxy: "http://u:p@proxy:3128", RootsPEM: "roots", ClientCertPEM: "cert",
		ClientKeyPEM: inClear("key"), CertFile: "/cert", CertDir: "/certs", Login: "login", LikelyRoot: "cm9vdA==",
	}
}

// A certificate that only saves time never makes a state too large.
func TestState_LeavesTheLikelyRootOut(t *testing.T) {
	t.Parallel()
	state := savedState()
	state.LikelyRoot = strings.Repeat("x", 120<<10)
	text, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	state.LikelyRoot = ""
	if got, err := action.DecodeState(text); err != nil || got != state {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Linux starts no program with a variable of 128 KiB, and the state comes back as one.
func TestState_FitsIntoAVariable(t *testing.T) {
	t.Parallel()
	for size, fits := range map[int]bool{0: true, 96 << 10: true, 119 << 10: true, 120 << 10: false} {
		state := savedState()
		state.RootsPEM = strings.Repeat("x", size)
		text, err := state.Encode()
		if got := err == nil; got != fits || got != (text != nil) || len(text) > 120<<10 || bytes.ContainsAny(text, "\r\n") {
			t.Errorf("CA certificates of %d bytes: %d bytes of state, %v", size, len(text), err)
		}
		if err != nil {
			continue
		}
		if got, err := action.DecodeState(text); err != nil || got != state {
			t.Errorf("CA certificates of %d bytes: %v", size, err)
		}
	}
}

func TestDecodeState_RefusesWhatMintWouldNotWrite(t *testing.T) {
	t.Parallel()
	text, err := savedState().Encode()
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, value any) string {
		var fields map[string]any
		_ = json.Unmarshal(text, &fields)
		fields[name] = value
		changed, _ := json.Marshal(fields)
		return string(changed)
	}
	if _, err := action.DecodeState([]byte(with("revocable", true))); err != nil {
		t.Fatal(err)
	}
	for name, state := range map[string]string{
		"nothing": "", "null": "null", "a list": "[]", "no object": `"x"`, "cut off": string(text[:100]), "two": string(text) + string(text), "a brace more": string(text) + "}",
		"a field more": with("extra", 1), "version 1": with("version", 1), "version 3": with("version", 3), "no url": with("url", ""), "a file": with("url", "file:///etc"),
		"a password in the url": with("url", "https://secret:secret@acme.jfrog.io"), "a query": with("url", "https://acme.jfrog.io?x"),
		"another Artifactory": with("artifactory_url", "x"), "no token": with("token", ""), "a long token": with("token", strings.Repeat("x", 65<<10)),
		"a negative timeout": with("timeout_seconds", -1), "two hours": with("timeout_seconds", 7200), "no proxy": with("proxy", "http://[secret"), "text for a flag": with("legacy", "true"),
		"a long state": with("roots", strings.Repeat("x", 120<<10)),
	} {
		got, err := action.DecodeState([]byte(state))
		if err == nil || got != (action.State{}) || strings.Contains(err.Error(), "secret") || !strings.HasPrefix(err.Error(), "reading the saved state: ") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// FuzzDecodeState: what a post step takes for a state is written again as it was, and what it refuses isn't repeated.
func FuzzDecodeState(f *testing.F) {
	full, err := savedState().Encode()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(full), "", "{}", "[]", "null", `{"version":1}`, `{"version":2,"url":"https://acme.jfrog.io","token":"secret-token","timeout_seconds":60}`,
		`{"version":2,"url":"https://acme.jfrog.io/a?b#c","token":"t","timeout_seconds":1,"expires_at":"9999-12-31T23:59:59Z","roots":"-","proxy":"::"}`,
		`{"version":2,"url":"http://u:p@h","token":"t","timeout_seconds":3600,"legacy":true,"creator_user":"u","creator_password":"p"}`,
		`{"version":3,"url":"https://h","token":"t","timeout_seconds":60}`, `{"version":2,"url":"file:///x","token":"t","timeout_seconds":60} {}`,
		`{"version":2,"url":"https://h","token":"t","timeout_seconds":60,"expires_at":"2026-01-01T00:00:00.5+01:00"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		state, err := action.DecodeState([]byte(text))
		if err != nil {
			var wire struct{ Token string }
			if json.Unmarshal([]byte(text), &wire) == nil && len(wire.Token) > 12 && strings.Contains(err.Error(), wire.Token) {
				t.Errorf("the error repeats the token: %v", err)
			}
			if state != (action.State{}) {
				t.Errorf("%v, and yet %+v", err, state)
			}
			return
		}
		if state.AccessToken.IsZero() || state.URL == "" || state.Timeout() < 0 {
			t.Fatalf("taken: %+v", state)
		}
		again, err := state.Encode()
		if err != nil {
			if len(text) > 20<<10 { // what JSON escapes grows
				return
			}
			t.Fatalf("%q: %v", text, err)
		}
		if strings.ContainsAny(string(again), "\r\n") {
			t.Fatalf("%q", again)
		}
		back, err := action.DecodeState(again)
		if err != nil || !back.ExpiresAt.Equal(state.ExpiresAt) {
			t.Fatalf("%+v became %+v, %v", state, back, err)
		}
		back.ExpiresAt = state.ExpiresAt // equal, perhaps in the words of another zone
		if back != state {
			t.Fatalf("%+v became %+v", state, back)
		}
	})
}
