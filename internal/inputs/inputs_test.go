package inputs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/inputs"
)

// TestList_IsTheDocumentedTable holds the order, the defaults and the JFrog variables of the documentation.
func TestList_IsTheDocumentedTable(t *testing.T) {
	t.Parallel()
	want := strings.Split(strings.TrimSpace(`
url JF_URL required
oidc-provider-name
oidc-audience =the CI's own
oidc-provider-type =by CI
identity-mapping-name
id-token-env
id-token-file
access-token JF_ACCESS_TOKEN secret
user JF_USER
password JF_PASSWORD secret
server-id
username =the creator's
groups
scope
grant-admin =false flag
project JF_PROJECT
expiry =1h
refreshable =false flag
reference =false flag
description
audience
api =auto
mint =auto
force-revocable =true flag
allow-broader-scope =false flag
revoke =true flag
on-revoke-failure =warn
export-env =false flag
job-summary =true flag
ca-cert
allow-http =false flag
timeout =60s
application-key
client-cert
client-key secret
artifactory-url
login
diagnose =true flag`), "\n")
	var got []string
	for _, input := range inputs.List() {
		line := input.Name
		for _, part := range []struct {
			is   bool
			text string
		}{{input.JFrog != "", input.JFrog}, {input.Default != "", "=" + input.Default}, {input.Required, "required"}, {input.Secret, "secret"}, {input.Flag, "flag"}} {
			if part.is {
				line += " " + part.text
			}
		}
		got = append(got, line)
		if input.Help == "" {
			t.Errorf("%s has no help", input.Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInput_NamesItsVariables(t *testing.T) {
	t.Parallel()
	input := inputs.Input{Name: "oidc-provider-name"}
	if input.Variable() != "FROGMINT_OIDC_PROVIDER_NAME" || input.ActionVariable() != "INPUT_OIDC-PROVIDER-NAME" {
		t.Errorf("%s, %s", input.Variable(), input.ActionVariable())
	}
}

// place is one way to set an input.
type place struct {
	name   string
	set    func(flags, variables map[string]string, input inputs.Input, value string) bool
	nameOf func(inputs.Input) string
}

// places are all of them, the one that wins first.
func places() []place {
	variable := func(name func(inputs.Input) string) func(flags, variables map[string]string, input inputs.Input, value string) bool {
		return func(_, variables map[string]string, input inputs.Input, value string) bool {
			if name(input) != "" {
				variables[name(input)] = value
			}
			return name(input) != ""
		}
	}
	jfrog := func(i inputs.Input) string { return i.JFrog }
	flag := func(flags, _ map[string]string, input inputs.Input, value string) bool {
		flags[input.Name] = value
		return true
	}
	return []place{
		{"flag", flag, func(i inputs.Input) string { return "--" + i.Name }},
		{"input", variable(inputs.Input.ActionVariable), func(i inputs.Input) string { return "input " + i.Name }},
		{"variable", variable(inputs.Input.Variable), inputs.Input.Variable},
		{"jfrog", variable(jfrog), jfrog},
	}
}

// TestSources_Precedence sets every input in every subset of the places, and asks which of them wins.
func TestSources_Precedence(t *testing.T) {
	t.Parallel()
	for _, input := range inputs.List() {
		for subset := range 1 << len(places()) {
			flags, variables := map[string]string{}, map[string]string{}
			command, inAction := "", ""
			for bit, place := range places() {
				if subset>>bit&1 == 0 || !place.set(flags, variables, input, " value of "+place.name+"\n") {
					continue
				}
				value := "value of " + place.name
				if input.Name == "password" {
					value = " " + value // a blank may be a part of it
				}
				if command == "" {
					command = value
				}
				if inAction == "" && (place.name == "input" || place.name == "jfrog") {
					inAction = value
				}
			}
			if got := inputs.CommandSources(flags, environment(variables)).Text(input.Name); got != command {
				t.Errorf("%s, places %04b: %q, want %q", input.Name, subset, got, command)
			}
			if got := inputs.ActionSources(environment(variables)).Text(input.Name); got != inAction {
				t.Errorf("%s in an action, places %04b: %q, want %q", input.Name, subset, got, inAction)
			}
		}
	}
}

// TestSources_BlankIsUnset: a place that holds nothing but white space doesn't win.
func TestSources_BlankIsUnset(t *testing.T) {
	t.Parallel()
	for _, input := range inputs.List() {
		variables := map[string]string{input.ActionVariable(): " \t\n", input.Variable(): "x"}
		if got := inputs.CommandSources(map[string]string{input.Name: ""}, environment(variables)).Text(input.Name); got != "x" {
			t.Errorf("%s: %q", input.Name, got)
		}
	}
}

// TestLoad_NamesInputsAsWritten gives each input a value that can't be used, in each place.
func TestLoad_NamesInputsAsWritten(t *testing.T) {
	t.Parallel()
	for _, input := range inputs.List() {
		if slices.Contains([]string{"password", "id-token-file"}, input.Name) {
			continue // any text will do, or it is read later
		}
		for _, place := range places() {
			flags, variables := map[string]string{}, map[string]string{}
			if !place.set(flags, variables, input, `"`) {
				continue
			}
			if input.Name == "user" {
				place.set(flags, variables, inputs.Input{Name: "password", JFrog: "JF_PASSWORD"}, "x")
			}
			_, err := inputs.Load(t.Context(), inputs.CommandSources(flags, environment(variables)))
			found := problems(t, err)
			at := slices.IndexFunc(found, func(p *configError) bool { return p.Field == place.nameOf(input) })
			if at < 0 {
				t.Errorf("%s in %s: %v", input.Name, place.name, err)
			}
		}
	}
}

func TestActionSources_IgnoreFrogmintVariables(t *testing.T) {
	t.Parallel()
	variables := with("JF_PROJECT", "proj")
	for _, input := range inputs.List() {
		variables[input.Variable()] = "x" // each of them would change the result, or fail
	}
	got, err := inputs.Load(t.Context(), inputs.ActionSources(environment(variables)))
	if err != nil {
		t.Fatal(err)
	}
	want, err := inputs.Load(t.Context(), inputs.ActionSources(environment(with("INPUT_PROJECT", "proj"))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, comparing...); diff != "" {
		t.Error(diff)
	}
}
