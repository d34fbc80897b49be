package inputs_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/redact"
)

// newToken makes an access token as JFrog does; nobody checks its signature here.
func newToken(t *testing.T) action.Secret {
	t.Helper()
	claims := jwt.MapClaims{"jti": "id-1", "sub": "jfac@01/users/team/bot", "exp": 4102444800, "ext": `{"revocable":"true"}`}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	return action.NewSecret(text)
}

func loadState(t *testing.T, variables map[string]string, token action.Secret) (action.State, error) {
	t.Helper()
	return inputs.LoadState(t.Context(), inputs.CommandSources(nil, environment(variables)), token)
}

func TestLoadState_ReadsItsInputs(t *testing.T) {
	t.Parallel()
	cert, key := newPair(t)
	token := newToken(t)
	got, err := loadState(t, map[string]string{
		"JF_URL": "http://acme.example/", "FROGMINT_ARTIFACTORY_URL": "https://rt.example", "INPUT_CA-CERT": cert, "INPUT_CLIENT-CERT": cert, "INPUT_CLIENT-KEY": key,
		"FROGMINT_ALLOW_HTTP": "true", "FROGMINT_TIMEOUT": "2m", "FROGMINT_ON_REVOKE_FAILURE": "warn",
	}, token)
	want := action.State{
		URL: "http://acme.example", ArtifactoryURL: "https://rt.example", AccessToken: redact.Clear{Secret: token}, TokenID: "id-1", Username: "team/bot",
		ExpiresAt: time.Unix(4102444800, 0).UTC(), Revocable: true, TimeoutSeconds: 120, RootsPEM: cert, ClientCertPEM: cert, ClientKeyPEM: redact.Clear{Secret: action.NewSecret(key)},
	}
	if diff := cmp.Diff(want, got, comparing...); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestLoadState_FailsUnlessToldToWarn(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{"": true, "warn": false, "fail": true} {
		state, err := loadState(t, map[string]string{"JF_URL": "https://a.example", "FROGMINT_ON_REVOKE_FAILURE": word}, newToken(t))
		if err != nil || state.FailOnRevoke != want || state.TimeoutSeconds != 60 {
			t.Errorf("%q: %+v, %v", word, state, err)
		}
	}
}

// TestLoadState_ReadsNothingElse: credentials and other inputs, usable or not, have no part in it.
func TestLoadState_ReadsNothingElse(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"JF_URL": "https://a.example"}
	for _, input := range inputs.List() {
		if !slices.Contains(inputs.RevokeInputs(), input.Name) {
			variables[input.ActionVariable()] = `"`
		}
	}
	if len(variables) != 1+len(inputs.List())-len(inputs.RevokeInputs()) {
		t.Errorf("%v", variables)
	}
	if _, err := loadState(t, variables, newToken(t)); err != nil {
		t.Error(err)
	}
}

func TestLoadState_ReadsReferenceToken(t *testing.T) {
	t.Parallel()
	reference := action.NewSecret(base64.StdEncoding.EncodeToString([]byte("reftkn:01:0000000000:" + strings.Repeat("x", 27))))
	state, err := loadState(t, map[string]string{"JF_URL": "https://a.example"}, reference)
	if err != nil || state.AccessToken.Secret != reference || state.TokenID != "" || !state.ExpiresAt.IsZero() {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestLoadState_Refuses(t *testing.T) {
	t.Parallel()
	cert, _ := newPair(t)
	token := newToken(t)
	tests := map[string]struct {
		variables  map[string]string
		token      action.Secret
		error, fix string
	}{
		"no url":          {nil, token, "input url: it is not set", "JF_URL"},
		"http":            {map[string]string{"JF_URL": "http://a.example"}, token, "JF_URL: http to a host", "allow-http"},
		"no token":        {map[string]string{"JF_URL": "https://a.example"}, action.Secret{}, "token: it is neither an access token nor a reference token", "one token"},
		"another secret":  {map[string]string{"JF_URL": "https://a.example"}, action.NewSecret(secret), "token: it is neither an access token nor a reference token", "without quotes"},
		"no word":         {map[string]string{"JF_URL": "https://a.example", "FROGMINT_ON_REVOKE_FAILURE": "no"}, token, `FROGMINT_ON_REVOKE_FAILURE: "no" is none of`, "one of them"},
		"no key":          {map[string]string{"JF_URL": "https://a.example", "INPUT_CLIENT-CERT": cert}, token, "input client-cert: client-key is not set", "together"},
		"its Artifactory": {map[string]string{"INPUT_URL": "https://a.example", "FROGMINT_ARTIFACTORY_URL": "https://b.example"}, token, "FROGMINT_ARTIFACTORY_URL: it is another host than https://a.example", "remove it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, err := loadState(t, test.variables, test.token)
			wantProblem(t, err, test.error, test.fix)
			if state != (action.State{}) {
				t.Error("a state beside the error")
			}
		})
	}
	_, err := loadState(t, map[string]string{"FROGMINT_TIMEOUT": "x"}, action.Secret{})
	var fields []string
	for _, problem := range problems(t, err) {
		fields = append(fields, problem.Field)
	}
	if diff := cmp.Diff([]string{"input url", "FROGMINT_TIMEOUT", "token"}, fields); diff != "" {
		t.Error(diff)
	}
}
