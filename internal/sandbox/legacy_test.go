package sandbox_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

// legacyToken mints by the legacy API as the administrator.
func (c *client) legacyToken(pairs ...string) map[string]any {
	c.tb.Helper()
	got := c.do(http.MethodPost, legacyAPI, basic("admin", "password"), form(pairs...))
	got.want(c.tb, 200)
	return got.object(c.tb)
}

// The request as JFrog's article prints it, for a user that doesn't exist.
func TestLegacyMint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		got := c.do(http.MethodPost, legacyAPI, basic("admin", "password"),
			body("application/x-www-form-urlencoded", "username=jenkins&scope=member-of-groups:CI"))
		got.want(t, 200)
		object := got.object(t)
		token, _ := object["access_token"].(string)
		delete(object, "access_token")
		want := map[string]any{"scope": "member-of-groups:CI api:*", "expires_in": 3600.0, "token_type": "Bearer"}
		if !reflect.DeepEqual(object, want) {
			t.Errorf("got %v, want %v", object, want)
		}
		held := claims(t, token)
		service, _ := held["iss"].(string)
		if !strings.HasPrefix(service, "jfrt@") || held["sub"] != service+"/users/jenkins" || held["aud"] != service ||
			held["scp"] != "member-of-groups:CI api:*" || held["exp"] != float64(time.Now().Unix()+3600) || held["jti"] == "" {
			t.Errorf("claims %v", held)
		}
		// The token works with Artifactory and not with Access.
		c.do(http.MethodPut, "/artifactory/libs-local/a", bearer(token), body("text/plain", "x")).want(t, 201)
		c.do(http.MethodGet, tokensAPI+"/me", bearer(token)).want(t, 401)
		c.do(http.MethodPost, tokensAPI, bearer(token), jsonBody(`{}`)).want(t, 401)
		everywhere := c.legacyToken("username", "jenkins", "scope", "member-of-groups:CI", "audience", "*@*")
		c.do(http.MethodGet, tokensAPI+"/me", bearer(everywhere["access_token"].(string))).want(t, 401)
	})
}

func TestLegacyScopes(t *testing.T) {
	t.Parallel()
	c := start(t)
	service := claims(t, c.legacyToken("scope", "api:*")["access_token"].(string))["iss"].(string)
	narrowed := bearer(c.token(`{"username":"admin","scope":"applied-permissions/groups:readers"}`))
	tests := map[string]struct {
		auth   edit
		form   []string
		status int
		scope  string
	}{
		"own name, no scope":        {basic("admin", "password"), nil, 200, "api:* member-of-groups:*"},
		"an existing user":          {basic("admin", "password"), []string{"username", "robot"}, 200, "api:* member-of-groups:*"},
		"a user that isn't there":   {basic("admin", "password"), []string{"username", "x"}, 400, ""},
		"only api for that":         {basic("admin", "password"), []string{"username", "x", "scope", "api:*"}, 400, ""},
		"two groups":                {basic("admin", "password"), []string{"username", "x", "scope", `member-of-groups:CI,"readers"`}, 200, `api:* member-of-groups:CI,"readers"`},
		"api asked for":             {basic("admin", "password"), []string{"username", "x", "scope", "api:* member-of-groups:CI"}, 200, "api:* member-of-groups:CI"},
		"administration":            {basic("admin", "password"), []string{"username", "robot", "scope", service + ":admin"}, 200, "api:* " + service + ":admin"},
		"only that for nobody":      {basic("admin", "password"), []string{"username", "x", "scope", service + ":admin"}, 400, ""},
		"that and groups":           {basic("admin", "password"), []string{"username", "x", "scope", "member-of-groups:CI jfrt@*:admin"}, 200, "api:* jfrt@*:admin member-of-groups:CI"},
		"another's administration":  {basic("admin", "password"), []string{"username", "x", "scope", "jfrt@other:admin"}, 400, ""},
		"Access's scope":            {basic("admin", "password"), []string{"username", "x", "scope", "applied-permissions/groups:CI"}, 400, ""},
		"no such group":             {basic("admin", "password"), []string{"username", "x", "scope", "member-of-groups:nope"}, 200, "api:* member-of-groups:nope"},
		"never expires":             {basic("admin", "password"), []string{"expires_in", "0"}, 200, "api:* member-of-groups:*"},
		"not a number":              {basic("admin", "password"), []string{"expires_in", "soon"}, 400, ""},
		"negative":                  {basic("admin", "password"), []string{"expires_in", "-1"}, 400, ""},
		"a user for himself":        {basic("robot", "password"), []string{"username", "robot"}, 200, "api:* member-of-groups:*"},
		"a user for himself, less":  {basic("robot", "password"), []string{"expires_in", "60", "scope", "member-of-groups:* api:*"}, 200, "api:* member-of-groups:*"},
		"a user for longer":         {basic("robot", "password"), []string{"expires_in", "3601"}, 403, ""},
		"a user without end":        {basic("robot", "password"), []string{"expires_in", "0"}, 403, ""},
		"a user for another":        {basic("robot", "password"), []string{"username", "admin"}, 403, ""},
		"a user for a group":        {basic("robot", "password"), []string{"scope", "member-of-groups:CI"}, 403, ""},
		"a narrowed token widened":  {narrowed, []string{"scope", "member-of-groups:*"}, 403, ""},
		"a narrowed token, no more": {narrowed, nil, 403, ""},
		"wrong password":            {basic("robot", "wrong"), nil, 401, ""},
		"by token":                  {c.admin(), nil, 200, "api:* member-of-groups:*"},
		"unknown grant":             {c.admin(), []string{"grant_type", "password"}, 400, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.with(t).do(http.MethodPost, legacyAPI, tt.auth, form(tt.form...))
			got.want(t, tt.status)
			if tt.status != 200 {
				return
			}
			words := strings.Fields(got.object(t)["scope"].(string))
			slices.Sort(words)
			if scope := strings.Join(words, " "); scope != tt.scope {
				t.Errorf("scope %q, want %q", scope, tt.scope)
			}
		})
	}
	c.do(http.MethodPost, legacyAPI, c.admin(), jsonBody(`{}`)).want(t, 415)
	// What can't be done with a request is said in OAuth's form, who may not do it in Artifactory's.
	for scope, want := range map[string]string{
		"applied-permissions/admin": `{"error":"invalid_scope","error_description":"Invalid scope: scope token \"admin\" belongs to the other API"}`,
		"api:*":                     `{"error":"invalid_scope","error_description":"The member-of-groups scope is mandatory for a user that does not exist: x"}`,
	} {
		c.do(http.MethodPost, legacyAPI, c.admin(), form("username", "x", "scope", scope)).wantJSON(t, 400, want)
	}
	c.do(http.MethodPost, legacyAPI, c.admin(), form("expires_in", "soon")).wantJSON(t, 400,
		`{"error":"invalid_request","error_description":"Invalid value for expires_in: soon"}`)
	c.do(http.MethodPost, legacyAPI, c.admin(), form("grant_type", "password")).wantJSON(t, 400,
		`{"error":"unsupported_grant_type","error_description":"Unsupported grant_type: password"}`)
	c.do(http.MethodPost, legacyAPI, basic("robot", "password"), form("username", "admin")).wantJSON(t, 403, artifactoryErrors(403, "Forbidden"))
	c.do(http.MethodPost, legacyAPI, form()).wantJSON(t, 401, artifactoryErrors(401, "Authentication is required"))
}

// A group's name is the group's: two spaces in it stay two.
func TestSpacesInGroupNames(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{Groups: []sandbox.GroupConfig{{Name: "a  b"}, {Name: "x api:* y"}}}))
	if scope := c.legacyToken("username", "x", "scope", `member-of-groups:"a  b","x api:* y"  api:*`)["scope"]; scope !=
		`member-of-groups:"a  b","x api:* y" api:*` {
		t.Errorf("legacy API: %q", scope)
	}
	if scope := c.mint(`{"scope":" applied-permissions/groups:\"a  b\" "}`)["scope"]; scope != `applied-permissions/groups:"a  b"` {
		t.Errorf("Access API: %q", scope)
	}
}

func TestLegacyRevoke(t *testing.T) {
	t.Parallel()
	c, other := start(t), start(t)
	admin := basic("admin", "password")
	made := c.legacyToken("username", "x", "scope", "member-of-groups:CI", "refreshable", "true")
	token := made["access_token"].(string)
	byID := claims(t, c.legacyToken("username", "x", "scope", "member-of-groups:CI")["access_token"].(string))["jti"].(string)
	refreshable := c.legacyToken("username", "x", "scope", "member-of-groups:CI", "refreshable", "true")["refresh_token"].(string)
	for _, step := range []struct {
		name   string
		auth   edit
		form   []string
		status int
		text   string
	}{
		{"by the token itself", bearer(token), []string{"token", token}, 403, ""},
		{"nothing", admin, nil, 400, ""},
		{"by value", admin, []string{"token", token}, 200, "Token revoked"},
		{"again", admin, []string{"token", token}, 200, "Token not found"},
		{"by id", admin, []string{"token_id", byID}, 200, "Token revoked"},
		{"an unknown id", admin, []string{"token_id", "nothing"}, 200, "Token not found"},
		{"by refresh token", admin, []string{"token", refreshable}, 200, "Token revoked"},
		{"another installation's", admin, []string{"token", other.box.AdminToken}, 400, ""},
		{"garbage", admin, []string{"token", "garbage"}, 200, "Token not found"},
	} {
		got := c.do(http.MethodPost, legacyAPI+"/revoke", step.auth, form(step.form...))
		if got.status != step.status || step.text != "" && got.text != step.text {
			t.Errorf("%s: %d %q, want %d %q", step.name, got.status, got.text, step.status, step.text)
		}
	}
	c.do(http.MethodGet, versionAt, bearer(token)).
		wantJSON(t, 401, artifactoryErrors(401, "Token failed verification: revoked"))
	if live := c.box.Server.LiveTokens(); len(live) != 0 {
		t.Errorf("live %v", live)
	}
}

// JFrog's documentation of the threshold speaks of all tokens; with that, the legacy API refuses as it was observed to.
func TestLegacyThreshold(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{LegacyRevocableExpiryThreshold: new(int64(21600))}}))
	token := c.legacyToken("username", "x", "scope", "member-of-groups:CI")["access_token"].(string)
	want := artifactoryErrors(500, "HTTP response status 400:Failed on executing /api/v1/oauth/token/revoke, with response: "+
		"{\n  \"code\" : \"BAD_REQUEST\",\n  \"message\" : \"Token not revocable\"\n}")
	c.do(http.MethodPost, legacyAPI+"/revoke", c.admin(), form("token", token)).wantJSON(t, 500, want)
	long := c.legacyToken("username", "x", "scope", "member-of-groups:CI", "expires_in", "21600")["access_token"].(string)
	c.do(http.MethodPost, legacyAPI+"/revoke", c.admin(), form("token", long)).want(t, 200)
}

func TestLegacyRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		made := c.legacyToken("username", "x", "scope", "member-of-groups:CI", "refreshable", "true")
		old := made["access_token"].(string)
		pairs := []string{"grant_type", "refresh_token", "refresh_token", made["refresh_token"].(string), "access_token", old}
		c.do(http.MethodPost, legacyAPI, form("grant_type", "refresh_token", "refresh_token", "x", "access_token", old)).want(t, 404)
		c.do(http.MethodPost, legacyAPI, form("grant_type", "refresh_token", "refresh_token", pairs[3])).want(t, 401)
		time.Sleep(time.Minute)
		got := c.do(http.MethodPost, legacyAPI, form(pairs...))
		got.want(t, 200)
		fresh := got.object(t)
		if fresh["scope"] != made["scope"] || fresh["refresh_token"] == made["refresh_token"] || fresh["expires_in"] != 3600.0 {
			t.Errorf("got %s", got.text)
		}
		c.do(http.MethodGet, versionAt, bearer(old)).want(t, 401)
		c.do(http.MethodGet, versionAt, bearer(fresh["access_token"].(string))).want(t, 200)
		// The Access API doesn't know the legacy one's refresh tokens.
		c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(fmt.Sprintf(
			`{"grant_type":"refresh_token","refresh_token":"%s"}`, fresh["refresh_token"]))).want(t, 404)
	})
}

func TestLegacyList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		time.Sleep(time.Second)
		issued := time.Now().Unix()
		made := c.legacyToken("username", "x", "scope", "member-of-groups:CI", "expires_in", "20000")
		c.legacyToken("username", "x", "scope", "member-of-groups:CI") // too short to be stored
		held := claims(t, made["access_token"].(string))
		got := c.do(http.MethodGet, legacyAPI, basic("admin", "password"))
		got.want(t, 200)
		list := got.object(t)["tokens"].([]any)
		want := map[string]any{
			"issuer": held["iss"], "subject": held["sub"], "expiry": float64(issued + 20000), "refreshable": false,
			"token_id": held["jti"], "issued_at": float64(issued),
		}
		if len(list) != 2 || !reflect.DeepEqual(list[1], want) {
			t.Errorf("got %v, want the administrator's and %v", list, want)
		}
		c.do(http.MethodGet, legacyAPI, basic("robot", "password")).want(t, 403)
	})
}

func TestLegacyRefreshedLife(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.do(http.MethodPost, legacyAPI, basic("robot", "password"), form("refreshable", "true")).object(t)
	refresh := func(shown string, more ...string) answer {
		pairs := []string{"grant_type", "refresh_token", "refresh_token", made["refresh_token"].(string), "access_token", shown}
		return c.do(http.MethodPost, legacyAPI, form(append(pairs, more...)...))
	}
	old := made["access_token"].(string)
	refresh(c.token(`{"username":"robot"}`)).want(t, 401)
	for life, status := range map[string]int{"3601": 403, "0": 403, "-1": 400, "9223372036854775807": 403, "soon": 400} {
		refresh(old, "expires_in", life).want(t, status)
	}
	c.do(http.MethodGet, versionAt, bearer(old)).want(t, 200)
	refresh(old, "expires_in", "60").want(t, 200)
	c.do(http.MethodGet, versionAt, bearer(old)).want(t, 401)
}
