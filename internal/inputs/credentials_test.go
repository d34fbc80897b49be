package inputs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
)

// TestLoad_Credentials says whose credentials are used, and what the log says of them.
func TestLoad_Credentials(t *testing.T) {
	t.Parallel()
	token := action.NewSecret(secret)
	tests := map[string]struct {
		variables map[string]string
		want      action.Credentials
		notes     []string
	}{
		"a provider before JFrog's token": {
			map[string]string{"INPUT_OIDC-PROVIDER-NAME": " github ", "INPUT_ACCESS-TOKEN": "", "FROGMINT_OIDC_PROVIDER_NAME": "nobody", "JF_ACCESS_TOKEN": "other"},
			action.Credentials{Provider: "github", Origin: `OIDC provider "github" (input oidc-provider-name)`},
			[]string{"not used, since these credentials come first: FROGMINT_OIDC_PROVIDER_NAME, JF_ACCESS_TOKEN"},
		},
		"a token": {
			map[string]string{"INPUT_ACCESS-TOKEN": secret + "\n"}, action.Credentials{Token: token, Origin: "access token (input access-token)"}, nil,
		},
		"JFrog's token with a user beside it": {
			map[string]string{"JF_ACCESS_TOKEN": secret, "JF_USER": "bob"}, action.Credentials{Token: token, Origin: "access token (JF_ACCESS_TOKEN)"},
			[]string{"not used, since these credentials come first: JF_USER"},
		},
		"user and password": {
			map[string]string{"JF_USER": "Bob", "JF_PASSWORD": " " + secret + "\n"},
			action.Credentials{User: "Bob", Password: action.NewSecret(" " + secret), Origin: `user "Bob" with password (JF_PASSWORD)`}, nil,
		},
		"a user of another place is not theirs": {
			map[string]string{"INPUT_USER": "alice", "FROGMINT_USER": "bob", "FROGMINT_PASSWORD": secret, "JF_PASSWORD": "other"},
			action.Credentials{User: "bob", Password: token, Origin: `user "bob" with password (FROGMINT_PASSWORD)`},
			[]string{"not used, since these credentials come first: input user, JF_PASSWORD"},
		},
		"what is not used may be broken": {
			map[string]string{"INPUT_OIDC-PROVIDER-NAME": "github", "JF_ACCESS_TOKEN": "a b", "JF_USER": "a\nb"},
			action.Credentials{Provider: "github", Origin: `OIDC provider "github" (input oidc-provider-name)`},
			[]string{"not used, since these credentials come first: JF_ACCESS_TOKEN, JF_USER"},
		},
		"two kinds where none is used": {
			map[string]string{"INPUT_ACCESS-TOKEN": secret, "JF_ACCESS_TOKEN": "x", "JF_USER": "u", "JF_PASSWORD": "p"},
			action.Credentials{Token: token, Origin: "access token (input access-token)"},
			[]string{"not used, since these credentials come first: JF_ACCESS_TOKEN, JF_PASSWORD, JF_USER"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.variables["INPUT_URL"] = "https://acme.example"
			got := mustLoad(t, test.variables)
			if diff := cmp.Diff(test.want, got.Config.Credentials, comparing...); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(append([]string{"credentials: " + test.want.Origin}, test.notes...), got.Notes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoad_RefusesCredentials(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		variables  map[string]string
		error, fix string
	}{
		"none":                  {nil, "credentials: there are none", "set oidc-provider-name to exchange"},
		"two kinds of inputs":   {map[string]string{"INPUT_OIDC-PROVIDER-NAME": "x", "INPUT_ACCESS-TOKEN": secret}, "input oidc-provider-name: input access-token is set too, and both name the creator's credentials", "keep one of them"},
		"two kinds of JFrog's":  {map[string]string{"JF_ACCESS_TOKEN": secret, "JF_USER": "bob", "JF_PASSWORD": secret}, "JF_ACCESS_TOKEN: JF_PASSWORD is set too", "keep one of them"},
		"a server and a token":  {map[string]string{"FROGMINT_SERVER_ID": "x", "FROGMINT_ACCESS_TOKEN": secret}, "FROGMINT_ACCESS_TOKEN: FROGMINT_SERVER_ID is set too", "keep one of them"},
		"user without password": {map[string]string{"JF_USER": "bob", "JF_PASSWORD": " \t "}, `JF_USER: user "bob" has no password`, "set password in the same place"},
		"password without user": {map[string]string{"INPUT_PASSWORD": secret, "JF_USER": "bob"}, "input password: there is no user beside it", "in the same place"},
		"never, without any":    {map[string]string{"INPUT_MINT": "never"}, "credentials: there are none", "user and password"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{"INPUT_URL": "https://acme.example"}
			for name, value := range test.variables {
				variables[name] = value
			}
			_, err := load(t, variables)
			wantProblem(t, err, test.error, test.fix)
		})
	}
}

// TestLoad_CredentialsStayAtHome: those of one place go to the platform that this place names, and to no other.
func TestLoad_CredentialsStayAtHome(t *testing.T) {
	t.Parallel()
	const home, away = "https://home.example", "https://away.example"
	const belongs = " (https://home.example) and would be sent to "
	tests := map[string]struct {
		flags, variables map[string]string
		error            string // empty where they go
	}{
		"JFrog's token to an input's url": {nil, map[string]string{"JF_URL": home, "JF_ACCESS_TOKEN": secret, "INPUT_URL": away},
			"JF_ACCESS_TOKEN: it belongs to JF_URL" + belongs + "input url (https://away.example)"},
		"JFrog's token to a variable's url": {nil, map[string]string{"JF_URL": home, "JF_ACCESS_TOKEN": secret, "FROGMINT_URL": away},
			"JF_ACCESS_TOKEN: it belongs to JF_URL" + belongs + "FROGMINT_URL"},
		"JFrog's password to a flag's url": {map[string]string{"url": away}, map[string]string{"JF_URL": home, "JF_USER": "bob", "JF_PASSWORD": secret},
			"JF_PASSWORD: it belongs to JF_URL" + belongs + "--url (https://away.example)"},
		"a variable's token to a flag's url": {map[string]string{"url": away}, map[string]string{"FROGMINT_URL": home, "FROGMINT_ACCESS_TOKEN": secret},
			"FROGMINT_ACCESS_TOKEN: it belongs to FROGMINT_URL" + belongs + "--url"},
		"an input's token to a flag's url": {map[string]string{"url": away}, map[string]string{"INPUT_URL": home, "INPUT_ACCESS-TOKEN": secret},
			"input access-token: it belongs to input url" + belongs + "--url"},
		"an ID token to a flag's url": {map[string]string{"url": away}, map[string]string{"INPUT_URL": home, "INPUT_OIDC-PROVIDER-NAME": "x"},
			"input oidc-provider-name: it belongs to input url" + belongs + "--url"},
		"another scheme": {map[string]string{"url": "http://127.0.0.1"}, map[string]string{"JF_URL": "https://127.0.0.1", "JF_ACCESS_TOKEN": secret}, "JF_ACCESS_TOKEN: it belongs"},
		"another port":   {map[string]string{"url": home + ":8443"}, map[string]string{"JF_URL": home, "JF_ACCESS_TOKEN": secret}, "JF_ACCESS_TOKEN: it belongs"},
		"another path":   {map[string]string{"url": home + "/b"}, map[string]string{"JF_URL": home + "/a", "JF_ACCESS_TOKEN": secret}, "JF_ACCESS_TOKEN: it belongs"},
		"a url that can't be read": {map[string]string{"url": home}, map[string]string{"JF_URL": "https://u:" + secret + "@home.example", "JF_ACCESS_TOKEN": secret},
			"JF_ACCESS_TOKEN: it belongs to JF_URL (not a URL)"},

		"the same in other letters":      {map[string]string{"url": "HTTPS://Home.Example:443/"}, map[string]string{"JF_URL": home, "JF_ACCESS_TOKEN": secret}, ""},
		"the same without TLS":           {map[string]string{"url": "http://localhost:80"}, map[string]string{"JF_URL": "http://LOCALHOST/", "JF_ACCESS_TOKEN": secret}, ""},
		"a token without a url":          {map[string]string{"url": away}, map[string]string{"JF_ACCESS_TOKEN": secret}, ""},
		"a flag's token to JFrog's url":  {map[string]string{"access-token": secret}, map[string]string{"JF_URL": home, "JF_ACCESS_TOKEN": "x"}, ""},
		"the lower url is not for these": {map[string]string{"access-token": secret, "url": away}, map[string]string{"JF_URL": home}, ""},

		"Artifactory of a lower place": {map[string]string{"access-token": secret, "url": home}, map[string]string{"FROGMINT_ARTIFACTORY_URL": away},
			"FROGMINT_ARTIFACTORY_URL: it is another host than https://home.example, to which the credentials belong"},
		"Artifactory of a lower place, same host": {map[string]string{"access-token": secret, "url": home}, map[string]string{"FROGMINT_ARTIFACTORY_URL": home + "/rt"}, ""},
		"Artifactory of a higher place":           {map[string]string{"artifactory-url": away}, map[string]string{"JF_URL": home, "JF_ACCESS_TOKEN": secret}, ""},
		"Artifactory beside the url":              {map[string]string{"access-token": secret}, map[string]string{"FROGMINT_ARTIFACTORY_URL": away, "FROGMINT_URL": home}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := inputs.Load(t.Context(), inputs.CommandSources(test.flags, environment(test.variables)))
			if test.error != "" {
				wantProblem(t, err, test.error, "in the same place")
				return
			}
			if err != nil || !strings.HasPrefix(got.Notes[0], "credentials: ") {
				t.Errorf("%v, %v", got.Notes, err)
			}
		})
	}
}

// TestActionSources_CredentialsStayAtHome is the workflow whose runner has variables for another platform.
func TestActionSources_CredentialsStayAtHome(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"JF_URL": "https://a.example", "JF_ACCESS_TOKEN": secret, "INPUT_URL": "https://b.example"}
	_, err := inputs.Load(t.Context(), inputs.ActionSources(environment(variables)))
	wantProblem(t, err, "JF_ACCESS_TOKEN: it belongs to JF_URL (https://a.example) and would be sent to input url (https://b.example)", "same place")
	delete(variables, "INPUT_URL")
	if got, err := inputs.Load(t.Context(), inputs.ActionSources(environment(variables))); err != nil || got.Config.URL != "https://a.example" {
		t.Errorf("%+v, %v", got, err)
	}
}
