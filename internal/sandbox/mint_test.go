package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox"
)

func TestMintAnswer(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{Projects: []sandbox.ProjectConfig{{Key: "proj"}}}))
	tests := map[string]struct {
		request string
		members []string // in the order of the answer
		scope   string
		expires any
	}{
		"what jf sends at least": {
			`{"refreshable":false,"include_reference_token":false}`,
			[]string{"token_id", "access_token", "expires_in", "scope", "token_type"}, "applied-permissions/user", 31536000.0,
		},
		"what Terraform sends": {
			`{"grant_type":"client_credentials","scope":"applied-permissions/admin","expires_in":0,"project_key":""}`,
			[]string{"token_id", "access_token", "scope", "token_type"}, "applied-permissions/admin", nil,
		},
		"all that jf can send": {
			`{"scope":"applied-permissions/groups:CI,\"readers\" applied-permissions/admin","expires_in":3600,"refreshable":true,
			  "audience":"jfrt@* jfac@*","include_reference_token":true,"username":"ciuser","project_key":"proj","description":"hello"}`,
			[]string{"token_id", "access_token", "refresh_token", "expires_in", "scope", "token_type", "reference_token"},
			`applied-permissions/groups:CI,"readers" applied-permissions/admin`, 3600.0,
		},
		"refreshable as text": {
			`{"refreshable":"true","include_reference_token":"false"}`,
			[]string{"token_id", "access_token", "refresh_token", "expires_in", "scope", "token_type"}, "applied-permissions/user", 31536000.0,
		},
		"nulls": {
			`{"username":null,"scope":null,"expires_in":null,"audience":null}`,
			[]string{"token_id", "access_token", "expires_in", "scope", "token_type"}, "applied-permissions/user", 31536000.0,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := c.with(t)
			got := c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(tt.request))
			got.want(t, http.StatusOK)
			if members := memberOrder(t, got.text); !slices.Equal(members, tt.members) {
				t.Errorf("members %v, want %v", members, tt.members)
			}
			object := got.object(t)
			if object["scope"] != tt.scope || object["expires_in"] != tt.expires || object["token_type"] != "Bearer" {
				t.Errorf("got %s", got.text)
			}
			if id := claims(t, object["access_token"].(string))["jti"]; id != object["token_id"] {
				t.Errorf("token_id %v, jti %v", object["token_id"], id)
			}
		})
	}
}

func memberOrder(t *testing.T, text string) []string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	var names []string
	for key := false; ; key = !key {
		token, err := dec.Token()
		if err != nil {
			return names
		}
		if _, isDelim := token.(json.Delim); isDelim {
			key = true
			continue
		}
		if !key {
			names = append(names, token.(string))
		}
	}
}

func TestMintRefused(t *testing.T) {
	t.Parallel()
	c := start(t)
	long := func(n int) string { return strings.Repeat("x", n) }
	tests := map[string]struct {
		request string
		status  int
		body    string
	}{
		"unknown member":          {`{"forcerevocable":true}`, 400, ""},
		"member in another case":  {`{"Expires_In":60}`, 400, accessErrors("BAD_REQUEST", `Invalid request body: unknown field "Expires_In"`)},
		"member in other letters": {`{"\u017fcope":"applied-permissions/admin"}`, 400, ""},
		"null":                    {`null`, 400, accessErrors("BAD_REQUEST", "Invalid request body: not a JSON object")},
		"a list":                  {`[]`, 400, ""},
		"not JSON":                {`{`, 400, ""},
		"refreshable as a word":   {`{"refreshable":"yes"}`, 400, ""},
		"two values":              {`{} {}`, 400, ""},
		"negative expiry":         {`{"expires_in":-1}`, 400, accessErrors("BAD_REQUEST", "expires_in is out of range")},
		"absurd expiry":           {`{"expires_in":9000000000000000000}`, 400, ""},
		"expiry as text":          {`{"expires_in":"3600"}`, 400, ""},
		"fraction of expiry":      {`{"expires_in":1.5}`, 400, ""},
		"username of 256":         {`{"username":"` + long(256) + `"}`, 400, ""},
		"scope of 501":            {`{"scope":"applied-permissions/groups:` + long(501-27) + `"}`, 400, accessErrors("BAD_REQUEST", "scope exceeds 500 characters")},
		"description":             {`{"description":"` + long(1025) + `"}`, 400, ""},
		"audience":                {`{"audience":"` + strings.Repeat("jfrt@* ", 37) + `"}`, 400, ""},
		"unknown service":         {`{"audience":"xxxx@*"}`, 400, accessErrors("BAD_REQUEST", "Invalid audience: xxxx@*")},
		"unknown scope":           {`{"scope":"applied-permissions/root"}`, 400, ""},
		"the legacy API's scope":  {`{"scope":"member-of-groups:CI"}`, 400, ""},
		"unclosed quote":          {`{"scope":"applied-permissions/groups:\"CI"}`, 400, ""},
		"unknown project":         {`{"project_key":"nope"}`, 400, ""},
		"unknown grant":           {`{"grant_type":"password"}`, 400, accessErrors("BAD_REQUEST", "Unsupported grant_type: password")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := c.with(t)
			got := c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(tt.request))
			got.want(t, tt.status)
			if tt.body != "" {
				got.wantJSON(t, tt.status, tt.body)
			}
		})
	}
	t.Cleanup(func() {
		if live := c.box.Server.LiveTokens(); len(live) != 0 {
			t.Errorf("refused requests left %v", live)
		}
	})
}

func TestMintLimitsHold(t *testing.T) {
	t.Parallel()
	c := start(t)
	long := func(n int) string { return strings.Repeat("x", n) }
	for name, request := range map[string]string{
		"username of 255":      `{"username":"` + long(255) + `"}`,
		"description of 1024":  `{"description":"` + strings.Repeat("ä", 1024) + `"}`,
		"expiry of 10^12":      `{"expires_in":1000000000000}`,
		"unknown group":        `{"scope":"applied-permissions/groups:nobody"}`,
		"three scopes at once": `{"scope":"applied-permissions/groups:CI system:metrics:r artifact:libs-local/a:r,w"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.with(t).mint(request)
		})
	}
}

func TestMintWho(t *testing.T) {
	t.Parallel()
	c := start(t)
	user := c.token(`{"username":"Robot","expires_in":3600}`)
	inGroups := c.token(`{"username":"ci-bot","scope":"applied-permissions/groups:CI","expires_in":300}`)
	transient := c.token(`{"username":"nobody","expires_in":300}`)
	more := c.token(`{"username":"robot","scope":"applied-permissions/user system:metrics:r"}`)
	mapped := mappedToken(t, c)
	forbidden := accessErrors("FORBIDDEN", "Forbidden")
	tests := map[string]struct {
		token, request string
		status         int
		body           string
	}{
		"for himself":                        {user, `{}`, 200, ""},
		"for himself by name, any case":      {user, `{"username":"ROBOT","scope":"applied-permissions/user"}`, 200, ""},
		"for another":                        {user, `{"username":"admin"}`, 403, forbidden},
		"for a group of his":                 {user, `{"scope":"applied-permissions/groups:readers"}`, 403, forbidden},
		"as admin":                           {user, `{"scope":"applied-permissions/admin"}`, 403, forbidden},
		"a group's token for its own name":   {inGroups, `{}`, 403, forbidden},
		"a group's token for its own groups": {inGroups, `{"scope":"applied-permissions/groups:CI"}`, 403, forbidden},
		"a transient user for himself":       {transient, `{}`, 200, ""},
		"a part of what he has":              {more, `{}`, 200, ""},
		"all that he has":                    {more, `{"scope":"applied-permissions/user system:metrics:r"}`, 403, forbidden},
		"a mapping without a user":           {mapped, `{}`, 400, accessErrors("BAD_REQUEST", "Invalid formatted name: plain/no-user")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.with(t).do(http.MethodPost, tokensAPI, bearer(tt.token), jsonBody(tt.request))
			got.want(t, tt.status)
			if tt.body != "" {
				got.wantJSON(t, tt.status, tt.body)
			}
		})
	}
}

// A name is all that stands behind /users/, and a full subject is a subject already.
func TestSubjects(t *testing.T) {
	t.Parallel()
	c := start(t)
	issuer := claims(t, c.box.AdminToken)["iss"].(string)
	for username, want := range map[string]struct{ subject, name string }{
		"Team-A/deploy-bot":                  {issuer + "/users/team-a/deploy-bot", "team-a/deploy-bot"},
		issuer + "/users/team-a/deploy-bot":  {issuer + "/users/team-a/deploy-bot", "team-a/deploy-bot"},
		issuer + "/users/provider/a-mapping": {issuer + "/users/provider/a-mapping", "provider/a-mapping"},
	} {
		token := c.token(`{"username":"` + username + `","scope":"applied-permissions/groups:CI"}`)
		if sub := claims(t, token)["sub"]; sub != want.subject {
			t.Errorf("%s: subject %s, want %s", username, sub, want.subject)
		}
		c.do(http.MethodGet, versionAt, basic(want.name, token)).want(t, 200)
		c.do(http.MethodGet, versionAt, basic("deploy-bot", token)).want(t, 401)
	}
}

// An administrator by a mapping without a user can mint when he names one.
func TestMintByMappedAdministrator(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{
		Groups: []sandbox.GroupConfig{{Name: "bosses", Admin: true}},
		Providers: []sandbox.ProviderConfig{{Provider: sandbox.Provider{Name: "own", ProviderType: "GitHub"}, Mappings: []sandbox.Mapping{
			{Name: "m", TokenSpec: sandbox.TokenSpec{Scope: "applied-permissions/groups:bosses"}},
		}}},
	}))
	boss := bearer(c.exchange("own").object(t)["access_token"].(string))
	c.do(http.MethodPost, tokensAPI, boss, jsonBody(`{}`)).wantJSON(t, 400, accessErrors("BAD_REQUEST", "Invalid formatted name: own/m"))
	c.do(http.MethodPost, tokensAPI, boss, jsonBody(`{"username":"robot"}`)).want(t, 200)
}

// mappedToken exchanges through a mapping of groups without a user.
func mappedToken(t *testing.T, c *client) string {
	t.Helper()
	c.do(http.MethodPost, oidcAPI, c.admin(), jsonBody(`{"name":"plain","issuer_url":"`+c.base+`/oidc-issuer",
		"provider_type":"Generic OpenID Connect"}`)).want(t, http.StatusCreated)
	c.do(http.MethodPost, oidcAPI+"/plain/identity_mappings", c.admin(), jsonBody(`{"name":"no-user","priority":1,"claims":{},
		"token_spec":{"scope":"applied-permissions/groups:readers","expires_in":120}}`)).want(t, http.StatusCreated)
	got := c.exchange("plain")
	got.want(t, http.StatusOK)
	object := got.object(t)
	if object["username"] != "plain/no-user" || object["expires_in"] != 120.0 {
		t.Errorf("got %s", got.text)
	}
	return object["access_token"].(string)
}

func TestMintByForm(t *testing.T) {
	t.Parallel()
	c := start(t)
	got := c.do(http.MethodPost, tokensAPI, c.admin(), form(
		"username", "Jenkins", "scope", "applied-permissions/groups:CI", "expires_in", "600", "force_revocable", "true"))
	got.want(t, http.StatusOK)
	object := got.object(t)
	held := claims(t, object["access_token"].(string))
	if !strings.HasSuffix(held["sub"].(string), "/users/jenkins") {
		t.Errorf("sub %v", held["sub"])
	}
	if _, forced := held["ext"]; forced {
		t.Error("force_revocable was taken from a form, where JFrog ignores it")
	}
	c.do(http.MethodPost, tokensAPI, c.admin(), form("expires_in", "soon")).want(t, http.StatusBadRequest)
	c.do(http.MethodPost, tokensAPI, c.admin(), body("text/xml", "<x/>")).want(t, http.StatusUnsupportedMediaType)
}

func TestMintUnauthenticated(t *testing.T) {
	t.Parallel()
	c := start(t)
	tests := map[string]struct {
		auth edit
		body string
	}{
		"nobody":       {header("X-None", "1"), accessErrors("UNAUTHORIZED", "HTTP 401 Unauthorized")},
		"password":     {basic("admin", "password"), accessErrors("UNAUTHORIZED", "HTTP 401 Unauthorized")},
		"garbage":      {bearer("garbage"), accessErrors("UNAUTHORIZED", "Invalid token, parse")},
		"a reference":  {bearer("cmVmdGtuOjAxOjAwMDAwMDAwMDA6eHh4"), accessErrors("UNAUTHORIZED", "Invalid token, unknown")},
		"API key head": {header("X-JFrog-Art-Api", c.box.AdminToken), accessErrors("UNAUTHORIZED", "HTTP 401 Unauthorized")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.with(t).do(http.MethodPost, tokensAPI, tt.auth, jsonBody(`{"unknown":"is not told"}`))
			got.wantJSON(t, http.StatusUnauthorized, tt.body)
		})
	}
}

func TestMintWithPassword(t *testing.T) {
	t.Parallel()
	on := sandbox.Config{Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: new(true)}}
	for _, tt := range []struct {
		version string
		auth    edit
		request string
		status  int
	}{
		{"7.63.2", basic("robot", "password"), `{}`, 200},
		{"7.63.2", basic("admin", "password"), `{"username":"x","scope":"applied-permissions/groups:CI"}`, 200},
		{"7.63.2", basic("robot", "password"), `{"scope":"applied-permissions/groups:readers"}`, 403},
		{"7.63.2", basic("robot", "wrong"), `{}`, 401},
		{"7.63.1", basic("robot", "password"), `{}`, 401},
	} {
		t.Run(tt.version+" "+tt.request, func(t *testing.T) {
			t.Parallel()
			c := start(t, sandbox.WithConfig(on), sandbox.WithVersion(tt.version))
			c.do(http.MethodPost, tokensAPI, tt.auth, jsonBody(tt.request)).want(t, tt.status)
		})
	}
}

func TestMaxExpiry(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{
		DefaultExpiry: new(int64(600)), MaxExpiry: new(int64(3600)),
	}}))
	user := c.token(`{"username":"robot"}`)
	for request, status := range map[string]int{
		`{}`: 200, `{"expires_in":3600}`: 200, `{"expires_in":3601}`: 403, `{"expires_in":0}`: 403,
	} {
		got := c.do(http.MethodPost, tokensAPI, bearer(user), jsonBody(request))
		got.want(t, status)
		if request == `{}` && got.object(t)["expires_in"] != 600.0 {
			t.Errorf("default-expiry isn't used: %s", got.text)
		}
		c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(request)).want(t, http.StatusOK)
	}
}

func TestProjectAdmin(t *testing.T) {
	t.Parallel()
	config := sandbox.WithConfig(sandbox.Config{
		Users:    []sandbox.UserConfig{{Name: "lead", Password: "password"}},
		Projects: []sandbox.ProjectConfig{{Key: "proj", Members: map[string][]string{"lead": {"Project Admin"}}}, {Key: "other"}},
	})
	for _, version := range []string{"7.84.2", "7.84.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := start(t, config, sandbox.WithVersion(version))
			roleToken := c.token(`{"username":"boss","scope":"applied-permissions/roles:proj:\"Project Admin\",\"Developer\""}`)
			member := c.token(`{"username":"lead"}`)
			allowed := map[string]int{"7.84.2": 403, "7.84.3": 200}[version]
			for request, status := range map[string]int{
				`{"scope":"applied-permissions/roles:proj:Developer,Contributor"}`:                            allowed,
				`{"scope":"applied-permissions/roles:other:Developer"}`:                                       403,
				`{"username":"other","scope":"applied-permissions/roles:proj:Developer"}`:                     403,
				`{"scope":"applied-permissions/roles:proj:Developer applied-permissions/groups:CI"}`:          403,
				`{"scope":"applied-permissions/roles:proj:Developer applied-permissions/roles:other:Viewer"}`: 403,
			} {
				c.do(http.MethodPost, tokensAPI, bearer(roleToken), jsonBody(request)).want(t, status)
				c.do(http.MethodPost, tokensAPI, bearer(member), jsonBody(request)).want(t, status)
			}
		})
	}
}
