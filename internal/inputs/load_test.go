package inputs_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
)

type configError = action.ConfigError

// comparing lets cmp compare what was loaded.
var comparing = []cmp.Option{
	cmp.Comparer(func(a, b action.Secret) bool { return a == b }),
	cmpopts.IgnoreFields(action.Config{}, "IDToken"),
}

func TestLoad_Defaults(t *testing.T) {
	t.Parallel()
	want := inputs.Inputs{
		Config: action.Config{
			URL: "https://acme.example", Credentials: action.Credentials{Provider: "github", Origin: `OIDC provider "github" (input oidc-provider-name)`},
			API: action.APIAuto, Mint: action.MintAuto, Timeout: time.Minute,
		},
		JobSummary: true, Diagnose: true, Notes: []string{`credentials: OIDC provider "github" (input oidc-provider-name)`},
	}
	got := mustLoad(t, with())
	if diff := cmp.Diff(want, got, comparing...); diff != "" {
		t.Error(diff)
	}
	if got.Config.IDToken != nil {
		t.Error("an ID token although none was pushed")
	}
}

// TestLoad_EachInput sets one input beside the usual ones and says what it changes.
func TestLoad_EachInput(t *testing.T) {
	t.Parallel()
	type change = func(*inputs.Inputs)
	yes, no := true, false
	tests := map[string]struct {
		value string
		want  change
	}{
		"url":                   {"https://Other.example/jfrog//", func(i *inputs.Inputs) { i.Config.URL = "https://other.example/jfrog" }},
		"oidc-audience":         {"jfrog github", func(i *inputs.Inputs) { i.Config.IDTokenAudience = "jfrog github" }},
		"oidc-provider-type":    {"GenericOidc", func(i *inputs.Inputs) { i.Config.ProviderType = "GenericOidc" }},
		"identity-mapping-name": {"deploy", func(i *inputs.Inputs) { i.Config.IdentityMapping = "deploy" }},
		"username":              {"CI-Bot", func(i *inputs.Inputs) { i.Config.Username = "ci-bot" }},
		"groups":                {"CI,\"a,b\"\n readers ", func(i *inputs.Inputs) { i.Config.Groups = []string{"CI", "a,b", "readers"} }},
		"scope":                 {"system:metrics:r", func(i *inputs.Inputs) { i.Config.Scope = "system:metrics:r" }},
		"grant-admin":           {"tRUE", func(i *inputs.Inputs) { i.Config.GrantAdmin = true }},
		"project":               {"proj", func(i *inputs.Inputs) { i.Config.Project = "proj" }},
		"expiry":                {"2h", func(i *inputs.Inputs) { i.Config.Expiry = 2 * time.Hour }},
		"refreshable":           {"1", func(i *inputs.Inputs) { i.Config.Refreshable = true }},
		"reference":             {"true", func(i *inputs.Inputs) { i.Config.Reference = true }},
		"description":           {"nightly: 50 %", func(i *inputs.Inputs) { i.Config.Description = "nightly: 50 %" }},
		"audience":              {"jfrt@* jfac@*", func(i *inputs.Inputs) { i.Config.Audience = "jfrt@* jfac@*" }},
		"api":                   {"access", func(i *inputs.Inputs) { i.Config.API = action.APIAccess }},
		"mint":                  {"always", func(i *inputs.Inputs) { i.Config.Mint = action.MintAlways }},
		"force-revocable":       {"true", func(i *inputs.Inputs) { i.Config.ForceRevocable = &yes }},
		"force-revocable ":      {"false", func(i *inputs.Inputs) { i.Config.ForceRevocable = &no }},
		"allow-broader-scope":   {"true", func(i *inputs.Inputs) { i.Config.AllowBroaderScope = true }},
		"revoke":                {"false", func(i *inputs.Inputs) { i.Config.NoRevoke = true }},
		"on-revoke-failure":     {"fail", func(i *inputs.Inputs) { i.Config.FailOnRevoke = true }},
		"export-env":            {"true", func(i *inputs.Inputs) { i.ExportEnv = true }},
		"job-summary":           {"false", func(i *inputs.Inputs) { i.JobSummary = false }},
		"allow-http":            {"true", func(i *inputs.Inputs) { i.Config.AllowHTTP = true }},
		"timeout":               {"90", func(i *inputs.Inputs) { i.Config.Timeout = 90 * time.Second }},
		"application-key":       {"web-shop", func(i *inputs.Inputs) { i.Config.ApplicationKey = "web-shop" }},
		"artifactory-url":       {"https://rt.example/", func(i *inputs.Inputs) { i.Config.ArtifactoryURL = "https://rt.example" }},
		"login":                 {"docker,\nnpm=npm-virtual", func(i *inputs.Inputs) { i.Login = "docker,\nnpm=npm-virtual" }},
		"diagnose":              {"false", func(i *inputs.Inputs) { i.Diagnose = false }},
	}
	elsewhere := "oidc-provider-name id-token-env id-token-file access-token user password server-id ca-cert client-cert client-key" // tests of their own
	for _, input := range inputs.List() {
		if _, ok := tests[input.Name]; !ok && !strings.Contains(elsewhere, input.Name) {
			t.Errorf("%s has no test", input.Name)
		}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := mustLoad(t, with())
			test.want(&want)
			got := mustLoad(t, with(inputs.Input{Name: strings.TrimSpace(name)}.ActionVariable(), test.value))
			if diff := cmp.Diff(want, got, comparing...); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLoad_FillsEveryField: an input that is decoded and not handed on would be ignored in silence.
func TestLoad_FillsEveryField(t *testing.T) {
	t.Parallel()
	cert, key := newPair(t)
	variables := map[string]string{"INPUT_USER": "bob", "INPUT_PASSWORD": secret, "INPUT_CA-CERT": cert, "INPUT_CLIENT-CERT": cert, "INPUT_CLIENT-KEY": key}
	for name, value := range map[string]string{
		"url": "https://acme.example", "artifactory-url": "https://rt.example", "allow-http": "true", "username": "x", "groups": "CI", "grant-admin": "true",
		"project": "p", "expiry": "60", "refreshable": "true", "reference": "true", "description": "d", "audience": "a", "force-revocable": "true",
		"allow-broader-scope": "true", "revoke": "false", "on-revoke-failure": "fail", "export-env": "true", "login": "docker",
	} {
		variables[inputs.Input{Name: name}.ActionVariable()] = value
	}
	got := mustLoad(t, variables)
	config := reflect.ValueOf(got.Config)
	for field, value := range config.Fields() {
		other := slices.Contains(strings.Fields("Scope IDToken IDTokenAudience ProviderType IdentityMapping ApplicationKey"), field.Name) // not beside these
		if value.IsZero() != other {
			t.Errorf("%s is %v", field.Name, value)
		}
	}
	if text := fmt.Sprintf("%+v %v", got.Config.Credentials, got.Notes); strings.Contains(text, secret) {
		t.Error(text)
	}
}

// TestLoad_Refuses holds every problem to its words: the input as the user wrote it, what is wrong, what to write.
func TestLoad_Refuses(t *testing.T) {
	t.Parallel()
	const provider = "INPUT_OIDC-PROVIDER-NAME"
	token := func(pairs ...string) map[string]string {
		return with(append([]string{provider, "", "INPUT_ACCESS-TOKEN", secret}, pairs...)...)
	}
	tests := map[string]struct {
		variables  map[string]string
		error, fix string
	}{
		"no url":                {with("INPUT_URL", ""), "input url: it is not set", "as url or JF_URL"},
		"http to another host":  {with("INPUT_URL", "http://jfrog.example"), "input url: http to a host that isn't this machine", "set allow-http to true"},
		"url with a password":   {with("INPUT_URL", "https://bob:"+secret+"@jfrog.example"), "input url: it holds a user name or password", "base URL"},
		"url with a bad port":   {with("INPUT_URL", "https://bob:"+secret), "input url: it is not a URL", "base URL"},
		"url of Artifactory":    {with("INPUT_URL", "https://jfrog.example/artifactory/"), `input url: its path "/artifactory" is that of one service`, "https://acme.jfrog.io"},
		"url of Access":         {with("INPUT_URL", "https://jfrog.example/a/access"), `input url: its path "/a/access" is that of one service`, "base URL"},
		"url of the UI":         {with("INPUT_URL", "https://jfrog.example/ui"), `input url: its path "/ui" is that of one service`, "base URL"},
		"url by ftp":            {with("INPUT_URL", "ftp://jfrog.example"), "input url: its scheme is neither https nor http", "base URL"},
		"url without a scheme":  {with("INPUT_URL", "jfrog.example"), "input url: it is not a URL", "base URL"},
		"artifactory by http":   {with("INPUT_ARTIFACTORY-URL", "http://rt.example"), "input artifactory-url: http to a host", "use https"},
		"artifactory by name":   {with("INPUT_ARTIFACTORY-URL", "rt.example"), "input artifactory-url: it is not a URL", "URL of Artifactory itself"},
		"groups with scope":     {with("INPUT_GROUPS", "CI", "INPUT_SCOPE", "applied-permissions/user"), "input scope: groups is set too", "write all of it into scope"},
		"admin with scope":      {with("INPUT_GRANT-ADMIN", "true", "INPUT_SCOPE", "applied-permissions/user"), "input scope: grant-admin is set too", "scope"},
		"long scope":            {with("INPUT_SCOPE", strings.Repeat("x", 501)), "input scope: 501 bytes, more than the 500 that JFrog takes", "ask for less"},
		"open quote in scope":   {with("INPUT_SCOPE", `applied-permissions/groups:"a`), "input scope: a quote that isn't closed", "write it as JFrog does"},
		"scope of no group":     {with("INPUT_SCOPE", `applied-permissions/groups:"",`), "input scope: \"applied-permissions/groups:\\\"\\\",\" grants nothing", "as JFrog does"},
		"scope on two lines":    {with("INPUT_SCOPE", "a\nb"), "input scope: it holds a control character", "write it as JFrog does"},
		"too many groups":       {with("INPUT_GROUPS", strings.Repeat("group-of-ten,", 50)), "input groups: their scope has 676 bytes, more than the 500", "ask for fewer groups"},
		"admin and many groups": {with("INPUT_GROUPS", strings.Repeat("x", 470), "INPUT_GRANT-ADMIN", "true"), "input groups: their scope has", "fewer"},
		"negative expiry":       {with("INPUT_EXPIRY", "-1"), `input expiry: "-1" is not a whole number of seconds from 0 to a hundred years`, "write seconds (600), or a duration (45m, 2h), 0 for"},
		"expiry in words":       {with("INPUT_EXPIRY", "1 fortnight"), `input expiry: invalid duration "1 fortnight"`, "or platform"},
		"expiry far away":       {with("INPUT_EXPIRY", "3153600001"), `input expiry: "3153600001" is not`, "seconds"},
		"expiry past 64 bits":   {with("INPUT_EXPIRY", strings.Repeat("9", 40)), "input expiry: invalid duration", "seconds"},
		"half a second":         {with("INPUT_EXPIRY", "1.5s"), `input expiry: "1.5s" is not a whole number of seconds`, "seconds"},
		"timeout too long":      {with("INPUT_TIMEOUT", "2h"), `input timeout: "2h" is not a whole number of seconds between 1s and 1h`, "45m"},
		"timeout of nothing":    {with("INPUT_TIMEOUT", "0"), `input timeout: "0" is not`, "45m"},
		"timeout that wraps":    {with("INPUT_TIMEOUT", "18446744074"), `input timeout: "18446744074" is not`, "45m"}, // times 10^9 it is 290 ms in 64 bits
		"long description":      {with("INPUT_DESCRIPTION", strings.Repeat("ü", 1025)), "input description: 1025 characters, more than the 1024 that JFrog takes", "shorten it"},
		"long provider":         {with(provider, strings.Repeat("p", 5000)), "input oidc-provider-name: 5000 characters, more than the 255", "shorten it"},
		"long project":          {with("JF_PROJECT", strings.Repeat("p", 33)), "JF_PROJECT: 33 characters, more than the 32", "shorten it"},
		"two lines":             {with("INPUT_USERNAME", "a\nb"), `input username: "a\nb" holds a line break`, "on one line"},
		"not UTF-8":             {with("INPUT_USERNAME", "a\xff"), "input username: it is not UTF-8 text", "UTF-8"},
		"no boolean":            {with("INPUT_REFRESHABLE", "yes"), `input refreshable: "yes" is neither true nor false`, "write true or false"},
		"no mint mode":          {with("INPUT_MINT", "sometimes"), `input mint: "sometimes" is none of auto, always, never`, "write one of them"},
		"no provider type":      {with("INPUT_OIDC-PROVIDER-TYPE", "github"), `input oidc-provider-type: "github" is none of GitHub, Azure, GenericOidc`, "in these letters"},
		"no api":                {with("FROGMINT_API", "new"), `FROGMINT_API: "new" is none of auto, access, legacy`, "one of them"},
		"no failure word":       {with("INPUT_ON-REVOKE-FAILURE", "ignore"), `input on-revoke-failure: "ignore" is none of warn, fail`, "one of them"},
		"two ID tokens":         {with("INPUT_ID-TOKEN-ENV", "A", "INPUT_ID-TOKEN-FILE", "b"), "input id-token-env: id-token-file is set too", "name one place"},
		"ID token as a name":    {with("INPUT_ID-TOKEN-ENV", "eyJ."+secret), "input id-token-env: it is not the name of a variable", "the variable's name"},
		"never, and a user":     {with("INPUT_MINT", "never", "INPUT_USERNAME", "x"), "input username: only a minted token can have it, and mint is never", "set mint to auto"},
		"never, and refresh":    {with("INPUT_MINT", "never", "INPUT_REFRESHABLE", "true"), "input refreshable: only a minted token can have it", "set mint to auto"},
		"never, and audience":   {with("INPUT_MINT", "never", "INPUT_AUDIENCE", "x"), "input audience: only a minted token can have it", "set mint to auto"},
		"never, described":      {with("INPUT_MINT", "never", "INPUT_DESCRIPTION", "x"), "input description: only a minted token can have it", "set mint to auto"},
		"never mint at all":     {token("INPUT_MINT", "never"), "input mint: without oidc-provider-name only a mint makes a token, and it is never", "set oidc-provider-name"},
		"audience, no provider": {token("INPUT_OIDC-AUDIENCE", "x"), "input oidc-audience: it has no effect with access token (input access-token)", "set oidc-provider-name beside it"},
		"type, no provider":     {token("INPUT_OIDC-PROVIDER-TYPE", "Azure"), "input oidc-provider-type: it has no effect", "beside it"},
		"mapping, no provider":  {token("INPUT_IDENTITY-MAPPING-NAME", "x"), "input identity-mapping-name: it has no effect", "beside it"},
		"variable, no provider": {token("INPUT_ID-TOKEN-ENV", "X"), "input id-token-env: it has no effect", "beside it"},
		"file, no provider":     {token("INPUT_ID-TOKEN-FILE", "x"), "input id-token-file: it has no effect", "beside it"},
		"key, no provider":      {token("INPUT_APPLICATION-KEY", "x"), "input application-key: it has no effect", "beside it"},
		"legacy provider":       {with("INPUT_API", "legacy"), "input oidc-provider-name: the legacy API doesn't have it, and api is legacy", "set api to auto"},
		"legacy reference":      {token("INPUT_API", "legacy", "INPUT_REFERENCE", "true"), "input reference: the legacy API", "set api to auto"},
		"legacy project":        {token("INPUT_API", "legacy", "JF_PROJECT", "p"), "JF_PROJECT: the legacy API", "set api to auto"},
		"legacy description":    {token("INPUT_API", "legacy", "INPUT_DESCRIPTION", "d"), "input description: the legacy API", "set api to auto"},
		"legacy admin":          {token("INPUT_API", "legacy", "INPUT_GRANT-ADMIN", "1"), "input grant-admin: the legacy API", "set api to auto"},
		"legacy force":          {token("INPUT_API", "legacy", "INPUT_FORCE-REVOCABLE", "true"), "input force-revocable: the legacy API", "set api to auto"},
		"legacy scope":          {token("INPUT_API", "legacy", "INPUT_SCOPE", "applied-permissions/user"), "input scope: the legacy API", "set api to auto"},
		"token in quotes":       {token("INPUT_ACCESS-TOKEN", `"`+secret+`"`), "input access-token: it holds a character that no token has", "paste the token whole"},
		"token on two lines":    {token("INPUT_ACCESS-TOKEN", secret+"\n"+secret), "input access-token: it holds a character that no token has", "without quotes"},
		"token with a space":    {token("INPUT_ACCESS-TOKEN", secret+" "+secret), "input access-token: it holds a character that no token has", "whole"},
		"long variable":         {with("INPUT_ID-TOKEN-ENV", strings.Repeat("X", 256)), "input id-token-env: it is not the name of a variable", "name"},
		"token with an umlaut":  {token("INPUT_ACCESS-TOKEN", secret+"ü"), "input access-token: it holds a character that no token has", "whole"},
		"certificate alone":     {with("INPUT_CLIENT-CERT", cert(t)), "input client-cert: client-key is not set", "together"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := load(t, test.variables)
			wantProblem(t, err, test.error, test.fix)
			if !reflect.DeepEqual(got, inputs.Inputs{}) {
				t.Error("a result beside the error")
			}
		})
	}
}

func TestLoad_TakesTheLongest(t *testing.T) {
	t.Parallel()
	description, project := strings.Repeat("ü", 1024), strings.Repeat("p", 32)
	config := mustLoad(t, with("INPUT_DESCRIPTION", description, "INPUT_PROJECT", project, "INPUT_GROUPS", strings.Repeat("g", 473), "INPUT_TIMEOUT", "1h")).Config
	if config.Description != description || config.Project != project || len(config.Groups) != 1 || config.Timeout != time.Hour {
		t.Errorf("%+v", config)
	}
}

func cert(t *testing.T) string {
	cert, _ := newPair(t)
	return cert
}

// TestLoad_NothingUsable: text in which nothing stands is never taken for "not asked", which would mean everything.
func TestLoad_NothingUsable(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"groups", "scope", "username", "project", "description", "audience", "oidc-audience", "identity-mapping-name", "application-key", "login", "expiry",
		"url", "artifactory-url", "oidc-provider-name", "ca-cert", "id-token-env", "timeout", "api", "mint", "revoke", "oidc-provider-type", "on-revoke-failure",
	} {
		for _, text := range []string{",", `""`, "''", " , ,\n", "[]", `[""]`, `","`, ";", "\u200b", "[ , ]", `'"'`} {
			_, err := load(t, with(inputs.Input{Name: name}.ActionVariable(), text))
			if found := problems(t, err); len(found) == 0 || found[0].Field != "input "+name {
				t.Errorf("%s: %q: %v", name, text, err)
			}
		}
	}
	for _, text := range []string{",", `""`, "''"} {
		for _, name := range []string{"access-token", "server-id"} {
			_, err := load(t, with("INPUT_OIDC-PROVIDER-NAME", "", inputs.Input{Name: name}.ActionVariable(), text))
			if found := problems(t, err); len(found) == 0 || found[0].Field != "input "+name {
				t.Errorf("%s: %q: %v", name, text, err)
			}
		}
	}
}

// A value in an error is cut where it has more than 200 bytes.
func TestLoad_CutsLongValues(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]string{200: strings.Repeat(";", 200) + `"`, 201: strings.Repeat(";", 197) + `..."`} {
		_, err := load(t, with("INPUT_GROUPS", strings.Repeat(";", size)))
		if found := problems(t, err); len(found) != 1 || found[0].Reason != `"`+want+" holds nothing that can be used" {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// TestLoad_SaysEveryProblemInOrder: all at once, in the order of the list, and always the same.
func TestLoad_SaysEveryProblemInOrder(t *testing.T) {
	t.Parallel()
	variables := map[string]string{
		"INPUT_MINT": "never", "INPUT_ID-TOKEN-FILE": "x", "INPUT_OIDC-AUDIENCE": "x", "INPUT_APPLICATION-KEY": "x", "INPUT_ACCESS-TOKEN": secret,
		"INPUT_API": "legacy", "INPUT_REFERENCE": "true", "INPUT_PROJECT": "x", "INPUT_DESCRIPTION": "a\nb", "INPUT_GRANT-ADMIN": "true",
		"FROGMINT_EXPIRY": "soon", "FROGMINT_TIMEOUT": "later", "INPUT_LOGIN": ",", "INPUT_CLIENT-KEY": secret, "INPUT_CA-CERT": secret,
	}
	want := []string{
		"input url", "input oidc-audience", "input id-token-file", "input grant-admin", "input project", "FROGMINT_EXPIRY", "input reference",
		"input description", "input description", "input mint", "input ca-cert", "FROGMINT_TIMEOUT", "input application-key", "input client-key", "input client-key", "input login",
	}
	for range 20 {
		_, err := load(t, variables)
		var got []string
		for _, problem := range problems(t, err) {
			got = append(got, problem.Field)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if strings.Contains(err.Error(), secret) {
			t.Fatal(err)
		}
	}
}

// TestLoad_RepeatsNoSecret puts a secret where it doesn't belong.
func TestLoad_RepeatsNoSecret(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"url", "artifactory-url", "id-token-env", "access-token", "password", "ca-cert", "client-cert", "client-key"} {
		for _, text := range []string{secret, secret + "\n" + secret, "https://u:" + secret + "@h/\x7f", "https://u:" + secret + "@h", "-----BEGIN " + secret, " " + secret + "\x00"} {
			variables := with("INPUT_OIDC-PROVIDER-NAME", "", inputs.Input{Name: name}.ActionVariable(), text)
			got, err := load(t, variables)
			if text := fmt.Sprintf("%v %+v", err, got); strings.Contains(text, secret) {
				t.Errorf("%s: %s", name, text)
			}
			_, err = inputs.LoadState(t.Context(), inputs.CommandSources(nil, environment(variables)), action.NewSecret(text))
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestLoad_EndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(fmt.Errorf("interrupted"))
	_, err := inputs.Load(ctx, inputs.CommandSources(nil, environment(with("INPUT_CA-CERT", writeFile(t, "ca.pem", cert(t))))))
	if err != nil && !strings.Contains(err.Error(), "interrupted") {
		t.Error(err)
	}
}
