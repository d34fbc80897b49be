package cli

import (
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
)

func fullToken() action.Token {
	return action.Token{
		AccessToken: action.NewSecret("access"), ReferenceToken: action.NewSecret("reference"), RefreshToken: action.NewSecret("refresh"),
		ID: "id", Username: "ci", Scope: "applied-permissions/groups:CI", ExpiresIn: time.Hour, ExpiresAt: time.Unix(3600, 0).UTC(), URL: "https://acme.jfrog.io",
	}
}

func TestTemplate_FillsOutputsIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		value  string
		secret bool
	}{
		"access-token":                     {"access", true},
		"username":                         {"ci", false},
		"Bearer {access-token}":            {"Bearer access", true},
		"{username}:{reference-token}":     {"ci:reference", true},
		"{url}/api/{username}/{username}":  {"https://acme.jfrog.io/api/ci/ci", false},
		`{"user":"{username}","x":{}} {A}`: {`{"user":"ci","x":{}} {A}`, false},
		"{{username}}":                     {"{ci}", false},
	} {
		template, err := parseTemplate(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if value, secret, missing := template.fill(fullToken()); value != want.value || secret != want.secret || missing != "" {
			t.Errorf("%s: got %q, secret %v, missing %q", text, value, secret, missing)
		}
	}
}

func TestTemplate_RefusesWhatNamesNoOutput(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "token", "Bearer", "{acces-token}", "{access-token} {token}", "{}", "{Access-Token}", "{access-token"} {
		if template, err := parseTemplate(text); err == nil {
			t.Errorf("%q: got %+v", text, template)
		}
	}
}

func TestTemplate_KnowsEveryOutput(t *testing.T) {
	t.Parallel()
	outputs, names := fullToken().Outputs(), outputNames()
	if len(outputs) != len(names) {
		t.Fatalf("%d outputs, %d names", len(outputs), len(names))
	}
	for i, output := range outputs {
		if output.Name != names[i] {
			t.Errorf("output %s is called %s", output.Name, names[i])
		}
	}
}

func TestTemplate_TellsWhatTheTokenLacks(t *testing.T) {
	t.Parallel()
	template, err := parseTemplate("{expires-in} of {access-token}")
	if err != nil {
		t.Fatal(err)
	}
	endless := fullToken()
	endless.ExpiresIn = 0
	if value, secret, missing := template.fill(endless); value != "" || secret || missing != "expires-in" {
		t.Errorf("got %q, secret %v, missing %q", value, secret, missing)
	}
	for text, want := range map[string]string{"reference-token": "reference", "{refresh-token}!": "refreshable", "access-token": ""} {
		template, err := parseTemplate(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, input := template.lacks(action.Config{}); input != want {
			t.Errorf("%s: asked for with %q, want %q", text, input, want)
		}
		if output, _ := template.lacks(action.Config{Reference: true, Refreshable: true}); output != "" {
			t.Errorf("%s: %s is missing although it was asked for", text, output)
		}
	}
}
