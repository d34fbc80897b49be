package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

func TestIDToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		if !strings.Contains(c.box.IDTokenRequestURL, "?") {
			t.Errorf("the request URL has no query: %s", c.box.IDTokenRequestURL)
		}
		held := claims(t, c.idToken("me"))
		now := float64(time.Now().Unix())
		for name, want := range map[string]any{
			"aud": "me", "iss": c.base + "/oidc-issuer", "iat": now, "nbf": now - 600, "exp": now + 300,
			"sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "repository": "octo-org/octo-repo",
			"repository_owner": "octo-org", "actor": "octocat", "run_id": "9001", "ref": "refs/heads/main",
			"job_workflow_ref": "octo-org/octo-repo/.github/workflows/ci.yml@refs/heads/main",
		} {
			if held[name] != want {
				t.Errorf("claim %s is %v, want %v", name, held[name], want)
			}
		}
		if aud := claims(t, c.idToken(""))["aud"]; aud != "https://github.com/octo-org" {
			t.Errorf("default audience %v", aud)
		}
		c.do(http.MethodGet, c.box.IDTokenRequestURL).want(t, 401)
		c.do(http.MethodGet, c.box.IDTokenRequestURL, bearer("wrong")).want(t, 401)
	})
}

func TestClaims(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithClaims(map[string]string{
		"repository": "me/mine", "environment": "production", "exp": "1000", "custom": "x",
	}))
	held := claims(t, c.idToken(""))
	for name, want := range map[string]any{
		"repository": "me/mine", "repository_owner": "me", "sub": "repo:me/mine:environment:production",
		"aud": "https://github.com/me", "exp": 1000.0, "custom": "x", "environment": "production",
	} {
		if held[name] != want {
			t.Errorf("claim %s is %v, want %v", name, held[name], want)
		}
	}
	fixed := start(t, sandbox.WithClaims(map[string]string{"aud": "fixed", "sub": "me"}))
	if held := claims(t, fixed.idToken("asked")); held["aud"] != "fixed" || held["sub"] != "me" {
		t.Errorf("claims %v", held)
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	c := start(t)
	tests := map[string]struct{ username, scope, sub, expires string }{
		"github":        {"ci-bot", "applied-permissions/groups:CI", "/users/ci-bot", "300"},
		"github-user":   {"robot", "applied-permissions/user", "/users/robot", "300"},
		"github-broker": {"token-broker", "applied-permissions/admin", "/users/token-broker", "60"},
	}
	for provider, tt := range tests {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			got := c.with(t).exchange(provider)
			object := got.object(t)
			token, _ := object["access_token"].(string)
			delete(object, "access_token")
			expires, _ := strconv.ParseFloat(tt.expires, 64)
			want := map[string]any{
				"token_type": "Bearer", "expires_in": expires, "username": tt.username, "scope": tt.scope,
				"issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
			}
			if got.status != 200 || !reflect.DeepEqual(object, want) {
				t.Fatalf("got %s, want %v", got.text, want)
			}
			held := claims(t, token)
			if !strings.HasSuffix(held["sub"].(string), tt.sub) || held["scp"] != tt.scope || held["ext"] != nil {
				t.Errorf("claims %v", held)
			}
			// Neither stored nor revocable: a mapping can't ask for more.
			c.with(t).do(http.MethodGet, tokensAPI+"/me", bearer(token)).want(t, 404)
			c.with(t).do(http.MethodDelete, tokensAPI+"/me", bearer(token)).want(t, 204)
			c.with(t).do(http.MethodGet, versionAt, bearer(token)).want(t, 200)
		})
	}
}

func TestExchangeOfSetupJFrogCLI(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.exchange("github", "gh_job_id", "j", "gh_run_id", "1", "gh_repo", "o/r", "gh_revision", "a", "gh_branch", "b",
		"application_key", "k", "project_key", "p", "issuer_url", "x").want(t, 200)
	c.exchange("github", "gh_other", "x").want(t, 400)
	for kind, status := range map[string]int{"GenericOidc": 200, "Generic OpenID Connect": 200, "Azure": 200, "": 200, "GitLab": 400} {
		c.exchange("github", "provider_type", kind).want(t, status)
	}
	withReference := strings.TrimSuffix(exchangeBody(c.idToken(""), "github"), "}") + `,"include_reference_token":true}`
	got := c.do(http.MethodPost, oidcAPI+"/token", jsonBody(withReference))
	got.want(t, 200)
	c.do(http.MethodGet, versionAt, bearer(got.object(t)["reference_token"].(string))).want(t, 200)
}

func TestExchangeRefused(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{Providers: []sandbox.ProviderConfig{
		{Provider: sandbox.Provider{Name: "strict", ProviderType: "GitHub", Audience: "only-this"}},
		{
			Provider: sandbox.Provider{Name: "org", ProviderType: "GitHub", Organization: "other-org"},
			Mappings: []sandbox.Mapping{{Name: "any", TokenSpec: sandbox.TokenSpec{Username: "u"}}},
		},
		{Provider: sandbox.Provider{Name: "nobody", ProviderType: "GitHub"}},
	}}))
	id := c.idToken("x")
	body := func(pairs ...string) string { return exchangeBody(id, "github", pairs...) }
	parts := strings.Split(id, ".")
	tests := map[string]struct {
		body   string
		status int
		want   string
	}{
		"no JSON":             {"x=y", 400, ""},
		"grant type":          {body("grant_type", "client_credentials"), 400, ""},
		"token type":          {body("subject_token_type", "jwt"), 400, ""},
		"no token":            {body("subject_token", ""), 400, ""},
		"no provider":         {body("provider_name", ""), 400, ""},
		"unknown provider":    {body("provider_name", "other"), 404, accessErrors("NOT_FOUND", "Provider other not found")},
		"wrong audience":      {body("provider_name", "strict"), 400, accessErrors("BAD_REQUEST", "Invalid audience")},
		"no mapping":          {body("provider_name", "nobody"), 403, accessErrors("FORBIDDEN", "Forbidden")},
		"not that mapping":    {body("identity_mapping_name", "other"), 403, accessErrors("FORBIDDEN", "Forbidden")},
		"other organization":  {body("provider_name", "org"), 403, accessErrors("FORBIDDEN", "Forbidden")},
		"not a JWT":           {body("subject_token", "x"), 401, ""},
		"no signature":        {body("subject_token", parts[0]+"."+parts[1]+"."), 401, ""},
		"another's signature": {body("subject_token", c.box.AdminToken), 401, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.with(t).do(http.MethodPost, oidcAPI+"/token", jsonBody(tt.body))
			got.want(t, tt.status)
			if tt.want != "" {
				got.wantJSON(t, tt.status, tt.want)
			}
		})
	}
}

func TestExchangeTimes(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]func(now time.Time) map[string]string{
		"expired":       func(now time.Time) map[string]string { return map[string]string{"exp": fmt.Sprint(now.Unix())} },
		"not yet":       func(now time.Time) map[string]string { return map[string]string{"nbf": fmt.Sprint(now.Unix() + 60)} },
		"not an expiry": func(time.Time) map[string]string { return map[string]string{"exp": "soon"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				startInBubble(t, sandbox.WithClaims(claims(time.Now()))).exchange("github").want(t, 401)
			})
		})
	}
}

func TestExchangeIssuer(t *testing.T) {
	t.Parallel()
	// An issuer that is none of the sandbox's: wrong in one way each.
	mux := http.NewServeMux()
	foreign := httptest.NewServer(mux)
	t.Cleanup(foreign.Close)
	document := func(issuer, keys string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "jwks_uri": keys})
		}
	}
	const well = "/.well-known/openid-configuration"
	mux.HandleFunc("/lies"+well, document(foreign.URL+"/other", foreign.URL+"/keys"))
	mux.HandleFunc("/nokeys"+well, document(foreign.URL+"/nokeys", foreign.URL+"/nothing"))
	mux.HandleFunc("/empty"+well, document(foreign.URL+"/empty", foreign.URL+"/keys"))
	mux.HandleFunc("/html"+well, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) })
	noKey := accessErrors("BAD_REQUEST", "Failed to get public key")
	tests := map[string]struct {
		issuer func(base string) string
		claims map[string]string
		status int
		body   string
	}{
		"trailing slash":          {func(base string) string { return base + "/oidc-issuer/" }, nil, 400, noKey},
		"trailing slash in token": {nil, map[string]string{"iss": "BASE/oidc-issuer/"}, 400, noKey},
		"another in token":        {nil, map[string]string{"iss": "https://token.example"}, 400, accessErrors("BAD_REQUEST", "Invalid issuer")},
		"nobody there":            {func(string) string { return "http://127.0.0.1:1" }, nil, 400, noKey},
		"no document":             {func(string) string { return foreign.URL + "/none" }, nil, 400, noKey},
		"HTML":                    {func(string) string { return foreign.URL + "/html" }, nil, 400, noKey},
		"another's document":      {func(string) string { return foreign.URL + "/lies" }, nil, 400, noKey},
		"no keys":                 {func(string) string { return foreign.URL + "/nokeys" }, nil, 400, noKey},
		"not its key":             {func(string) string { return foreign.URL + "/empty" }, nil, 401, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overriding := map[string]string{}
			c := start(t, sandbox.WithClaims(overriding))
			for claim, text := range tt.claims {
				overriding[claim] = strings.Replace(text, "BASE", c.base, 1)
			}
			if tt.issuer != nil {
				c.do(http.MethodPut, oidcAPI+"/github", c.admin(), jsonBody(fmt.Sprintf(
					`{"issuer_url":"%s","provider_type":"Generic OpenID Connect"}`, tt.issuer(c.base)))).want(t, 200)
			}
			got := c.exchange("github")
			got.want(t, tt.status)
			if tt.body != "" {
				got.wantJSON(t, tt.status, tt.body)
			}
		})
	}
}

func TestExchangeOverTLS(t *testing.T) {
	t.Parallel()
	// The server reads its own issuer's keys over https, so it must trust its own CA certificate.
	box := startTLS(t)
	box.exchange("github").want(t, 200)
}

func TestMappings(t *testing.T) {
	t.Parallel()
	list := func(values ...any) []any { return values }
	claims := func(pairs ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	}
	tests := map[string]struct {
		version  string
		mappings []sandbox.Mapping
		more     []string
		winner   string // empty: Forbidden
	}{
		"no claims":            {"7.94.1", []sandbox.Mapping{{Name: "a"}}, nil, "a"},
		"lower number first":   {"7.94.1", []sandbox.Mapping{{Name: "b", Priority: 2}, {Name: "a", Priority: 1}}, nil, "a"},
		"first that fits":      {"7.94.1", []sandbox.Mapping{{Name: "a", Priority: 1, Claims: claims("actor", "x")}, {Name: "b", Priority: 2}}, nil, "b"},
		"all claims must":      {"7.94.1", []sandbox.Mapping{{Name: "a", Claims: claims("actor", "octocat", "ref", "x")}}, nil, ""},
		"two claims":           {"7.94.1", []sandbox.Mapping{{Name: "a", Claims: claims("actor", "octocat", "run_id", 9001.0)}}, nil, "a"},
		"missing claim":        {"7.94.1", []sandbox.Mapping{{Name: "a", Claims: claims("nope", "*")}}, nil, ""},
		"wildcard":             {"7.94.1", []sandbox.Mapping{{Name: "a", Claims: claims("ref", "refs/heads/*")}}, nil, "a"},
		"wildcards":            {"7.94.1", []sandbox.Mapping{{Name: "a", Claims: claims("sub", "repo:*/octo-repo:*")}}, nil, "a"},
		"wildcard, no match":   {"7.94.1", []sandbox.Mapping{{Name: "a", Claims: claims("ref", "refs/tags/*")}}, nil, ""},
		"dots are dots":        {"7.94.1", []sandbox.Mapping{{Name: "a", Claims: claims("ref", "refs.heads*")}}, nil, ""},
		"a list":               {"7.94.1", []sandbox.Mapping{{Name: "a", Claims: claims("actor", list("x", "octo*"))}}, nil, "a"},
		"no wildcard yet":      {"7.94.0", []sandbox.Mapping{{Name: "a", Claims: claims("ref", "refs/heads/*")}}, nil, ""},
		"no list yet":          {"7.94.0", []sandbox.Mapping{{Name: "a", Claims: claims("actor", list("octocat"))}}, nil, ""},
		"named":                {"7.94.1", []sandbox.Mapping{{Name: "a"}, {Name: "b"}}, []string{"identity_mapping_name", "b"}, "b"},
		"project's first":      {"7.94.1", []sandbox.Mapping{{Name: "a", Priority: 1}, {Name: "p", Priority: 9, ProjectKey: "proj"}}, []string{"project_key", "proj"}, "p"},
		"project's not before": {"7.93.0", []sandbox.Mapping{{Name: "a", Priority: 1}, {Name: "p", Priority: 9, ProjectKey: "proj"}}, []string{"project_key", "proj"}, "a"},
		"another project's":    {"7.94.1", []sandbox.Mapping{{Name: "p", ProjectKey: "proj"}}, []string{"project_key", "other"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, m := range tt.mappings {
				tt.mappings[i].TokenSpec = sandbox.TokenSpec{Username: m.Name, Scope: "applied-permissions/user"}
			}
			c := start(t, sandbox.WithVersion(tt.version), sandbox.WithConfig(sandbox.Config{Providers: []sandbox.ProviderConfig{
				{Provider: sandbox.Provider{Name: "own", ProviderType: "GitHub"}, Mappings: tt.mappings},
			}}))
			got := c.exchange("own", tt.more...)
			if tt.winner == "" {
				got.wantJSON(t, 403, accessErrors("FORBIDDEN", "Forbidden"))
				return
			}
			got.want(t, 200)
			if object := got.object(t); object["username"] != tt.winner || object["expires_in"] != 3600.0 {
				t.Errorf("got %s, want %s", got.text, tt.winner)
			}
		})
	}
}

func TestDynamicMapping(t *testing.T) {
	t.Parallel()
	override := map[string]string{"actor": "Joe@jfrog.com", "mail": "jfuserid30@jfrog.com", "teams": "CI,readers"}
	tests := map[string]struct {
		version         string
		spec            sandbox.TokenSpec
		status          int
		username, scope string
	}{
		"as it is":      {"7.95.0", sandbox.TokenSpec{UsernamePattern: "{{actor}}"}, 200, "joe@jfrog.com", "applied-permissions/user"},
		"something on":  {"7.95.0", sandbox.TokenSpec{UsernamePattern: "{{run_id}} | $0@jfrog.com"}, 200, "9001@jfrog.com", "applied-permissions/user"},
		"something off": {"7.95.0", sandbox.TokenSpec{UsernamePattern: "({{actor}})@jfrog.com|$1"}, 200, "joe", "applied-permissions/user"},
		"a check":       {"7.95.0", sandbox.TokenSpec{UsernamePattern: "jf{{mail}}jfrog.com|$0"}, 200, "jfuserid30@jfrog.com", "applied-permissions/user"},
		"a failed one":  {"7.95.0", sandbox.TokenSpec{UsernamePattern: "x{{mail}}|$0"}, 400, "", ""},
		"no such claim": {"7.95.0", sandbox.TokenSpec{UsernamePattern: "{{nope}}"}, 400, "", ""},
		"no claim":      {"7.95.0", sandbox.TokenSpec{UsernamePattern: "joe"}, 400, "", ""},
		"no expression": {"7.95.0", sandbox.TokenSpec{UsernamePattern: "({{actor}}"}, 400, "", ""},
		"groups":        {"7.95.0", sandbox.TokenSpec{Username: "u", GroupsPattern: "{{teams}}"}, 200, "u", `applied-permissions/groups:"CI","readers"`},
		"groups, more":  {"7.95.0", sandbox.TokenSpec{GroupsPattern: "{{teams}} | $0-x"}, 200, "own/m", `applied-permissions/groups:"CI-x","readers-x"`},
		"both":          {"7.95.0", sandbox.TokenSpec{UsernamePattern: "{{actor}}", GroupsPattern: "{{teams}}"}, 200, "joe@jfrog.com", `applied-permissions/groups:"CI","readers"`},
		"a slash":       {"7.95.0", sandbox.TokenSpec{UsernamePattern: "{{repository}}"}, 200, "octo-org/octo-repo", "applied-permissions/user"},
		"not yet known": {"7.94.1", sandbox.TokenSpec{Username: "u", UsernamePattern: "{{actor}}", GroupsPattern: "{{teams}}"}, 200, "u", "applied-permissions/user"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, sandbox.WithVersion(tt.version), sandbox.WithClaims(override), sandbox.WithConfig(sandbox.Config{
				Providers: []sandbox.ProviderConfig{{
					Provider: sandbox.Provider{Name: "own", ProviderType: "GitHub"},
					Mappings: []sandbox.Mapping{{Name: "m", TokenSpec: tt.spec}},
				}},
			}))
			got := c.exchange("own")
			got.want(t, tt.status)
			if tt.status != 200 {
				return
			}
			object := got.object(t)
			if object["username"] != tt.username || object["scope"] != tt.scope {
				t.Errorf("got %s", got.text)
			}
			if sub := claims(t, object["access_token"].(string))["sub"].(string); !strings.HasSuffix(sub, tt.username) {
				t.Errorf("subject %s", sub)
			}
		})
	}
}
