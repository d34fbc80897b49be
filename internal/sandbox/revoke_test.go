package sandbox_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

func TestThresholds(t *testing.T) {
	t.Parallel()
	defaults := sandbox.TokenConfig{}
	tests := map[string]struct {
		config            sandbox.TokenConfig
		request           string
		revocable, stored bool
	}{
		"below both":              {defaults, `"expires_in":10799`, false, false},
		"stored":                  {defaults, `"expires_in":10800`, false, true},
		"still not revocable":     {defaults, `"expires_in":21599`, false, true},
		"revocable":               {defaults, `"expires_in":21600`, true, true},
		"forced":                  {defaults, `"expires_in":60,"force_revocable":true`, true, true},
		"never expires":           {defaults, `"expires_in":0`, true, true},
		"refreshable":             {defaults, `"expires_in":60,"refreshable":true`, false, true},
		"reference":               {defaults, `"expires_in":60,"include_reference_token":true`, false, true},
		"all revocable":           {sandbox.TokenConfig{RevocableExpiryThreshold: new(int64(0))}, `"expires_in":60`, true, false},
		"none that expires":       {sandbox.TokenConfig{RevocableExpiryThreshold: new(int64(-1))}, `"expires_in":31536000`, false, true},
		"none, but without end":   {sandbox.TokenConfig{RevocableExpiryThreshold: new(int64(-1))}, `"expires_in":0`, true, true},
		"none, but forced":        {sandbox.TokenConfig{RevocableExpiryThreshold: new(int64(-1))}, `"expires_in":60,"force_revocable":true`, true, true},
		"all stored":              {sandbox.TokenConfig{PersistentExpiryThreshold: new(int64(0))}, `"expires_in":60`, false, true},
		"forced, yet not stored":  {sandbox.TokenConfig{ForceRevocableStored: new(false)}, `"expires_in":60,"force_revocable":true`, true, false},
		"the default is long":     {defaults, `"username":"x"`, true, true},
		"the default can be less": {sandbox.TokenConfig{DefaultExpiry: new(int64(60))}, `"username":"x"`, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, sandbox.WithConfig(sandbox.Config{Token: tt.config}))
			made := c.mint("{" + tt.request + "}")
			live := c.box.Server.LiveTokens()
			if len(live) != 1 || live[0].Revocable != tt.revocable || live[0].Stored != tt.stored {
				t.Errorf("live %+v, want revocable %t, stored %t", live, tt.revocable, tt.stored)
			}
			auth := bearer(made["access_token"].(string))
			shown := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[tt.stored]
			c.do(http.MethodGet, tokensAPI+"/me", auth).want(t, shown)
			c.do(http.MethodGet, tokensAPI+"/"+made["token_id"].(string), c.admin()).want(t, shown)
			revoked := map[bool]int{true: http.StatusOK, false: http.StatusBadRequest}[tt.revocable]
			if !tt.stored && !tt.revocable {
				revoked = http.StatusNoContent
			}
			c.do(http.MethodDelete, tokensAPI+"/me", auth).want(t, revoked)
		})
	}
}

// What isn't stored counts as revoked, or is refused: it goes on working either way.
func TestRevokeUnstored(t *testing.T) {
	t.Parallel()
	for status, config := range map[int]sandbox.TokenConfig{
		204: {}, 400: {UnstoredRevocation: new(400)}, 404: {UnstoredRevocation: new(404)},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			c := start(t, sandbox.WithConfig(sandbox.Config{Token: config}))
			made := c.mint(`{"expires_in":300,"username":"robot"}`)
			own := bearer(made["access_token"].(string))
			for _, got := range []answer{
				c.do(http.MethodDelete, tokensAPI+"/me", own), c.do(http.MethodDelete, tokensAPI+"/"+made["token_id"].(string), c.admin()),
				c.do(http.MethodDelete, tokensAPI+"/revoke", c.admin(), jsonBody(fmt.Sprintf(`{"token":"%s"}`, made["access_token"]))),
			} {
				got.want(t, status)
				if status == 400 && got.object(t)["errors"].([]any)[0].(map[string]any)["message"] != "Token not revocable" ||
					status == 404 && got.object(t)["errors"].([]any)[0].(map[string]any)["message"] != "Token not found" {
					t.Errorf("got %s", got.text)
				}
			}
			c.do(http.MethodGet, versionAt, own).want(t, 200)
			c.do(http.MethodDelete, tokensAPI+"/me", bearer(c.token(`{"expires_in":300,"force_revocable":true}`))).want(t, 200)
		})
	}
	stubborn := start(t, faults(t, "not-revocable"))
	stubborn.do(http.MethodDelete, tokensAPI+"/me", bearer(stubborn.token(`{"expires_in":300}`))).want(t, 400)
}

func TestNotRevocable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		token := c.token(`{"expires_in":12000}`)
		issued := time.Now().UnixMilli()
		detail := fmt.Sprintf("Token not revocable. Token expirationTimeMillis: %d, issuedAtMillis: %d, "+
			"revocableExpiryThresholdMillis: 21600000", issued+12_000_000, issued)
		c.do(http.MethodDelete, tokensAPI+"/me", bearer(token)).wantJSON(t, http.StatusBadRequest,
			`{"errors":[{"code":"BAD_REQUEST","message":"Token not revocable","detail":"`+detail+`"}]}`)
		// Released before the list of errors, JFrog answered flat.
		old := startInBubble(t, sandbox.WithVersion("7.49.0"))
		made := old.mint(`{"expires_in":12000,"force_revocable":true}`)
		old.do(http.MethodDelete, tokensAPI+"/"+made["token_id"].(string), old.admin()).wantJSON(t, http.StatusBadRequest,
			`{"code":"BAD_REQUEST","message":"Token not revocable","detail":"`+detail+`"}`)
	})
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	c := start(t)
	user := c.token(`{"username":"robot"}`)
	own, others := c.mint(`{"username":"robot"}`), c.mint(`{"username":"other"}`)
	byID := func(made map[string]any) string { return tokensAPI + "/" + made["token_id"].(string) }
	for _, step := range []struct {
		name   string
		path   string
		auth   edit
		status int
	}{
		{"a stranger's", byID(others), bearer(user), 403},
		{"unknown, by a user", tokensAPI + "/nothing", bearer(user), 403},
		{"unknown, by an administrator", tokensAPI + "/nothing", c.admin(), 204},
		{"his own", byID(own), bearer(user), 200},
		{"his own again", byID(own), bearer(user), 204},
		{"anyone's, by an administrator", byID(others), c.admin(), 200},
		{"itself", tokensAPI + "/me", bearer(user), 200},
		{"itself again", tokensAPI + "/me", bearer(user), 401},
		{"no id", tokensAPI + "/", c.admin(), 405},
	} {
		got := c.do(http.MethodDelete, step.path, step.auth)
		if got.status != step.status {
			t.Errorf("%s: %d, want %d: %s", step.name, got.status, step.status, got.text)
		}
	}
	c.do(http.MethodDelete, tokensAPI+"/", c.admin()).
		wantJSON(t, 405, accessErrors("METHOD_NOT_ALLOWED", "HTTP 405 Method Not Allowed"))
	c.do(http.MethodGet, tokensAPI+"/me", bearer(user)).
		wantJSON(t, 401, accessErrors("UNAUTHORIZED", "Invalid token, revoked"))
	c.do(http.MethodGet, versionAt, bearer(user)).
		wantJSON(t, 401, artifactoryErrors(401, "Token failed verification: revoked"))
	c.do(http.MethodGet, "/artifactory/api/system/ping", bearer(user)).want(t, 200)
	if live := c.box.Server.LiveTokens(); len(live) != 0 {
		t.Errorf("live %v", live)
	}
}

func TestRevokeByValue(t *testing.T) {
	t.Parallel()
	c, other := start(t), start(t)
	made := c.mint(`{"username":"robot","include_reference_token":true}`)
	second := c.mint(`{"username":"robot","include_reference_token":true}`)
	value := func(token any) edit { return jsonBody(fmt.Sprintf(`{"token":"%s"}`, token)) }
	const path = tokensAPI + "/revoke"
	c.do(http.MethodDelete, path, bearer(made["access_token"].(string)), value("x")).want(t, 403)
	c.do(http.MethodDelete, path, c.admin(), jsonBody(`{"token":"x","more":1}`)).want(t, 400)
	c.do(http.MethodDelete, path, c.admin(), jsonBody(`{}`)).want(t, 400)
	c.do(http.MethodDelete, path, c.admin(), value(other.box.AdminToken)).want(t, 400)
	c.do(http.MethodDelete, path, c.admin(), value("nothing")).want(t, 204)
	c.do(http.MethodDelete, path, c.admin(), value(made["access_token"])).
		wantJSON(t, 200, fmt.Sprintf(`{"revoked-token-id":"%s"}`, made["token_id"]))
	c.do(http.MethodDelete, path, c.admin(), value(made["access_token"])).want(t, 204)
	c.do(http.MethodDelete, path, c.admin(), value(second["reference_token"])).
		wantJSON(t, 200, fmt.Sprintf(`{"revoked-token-id":"%s"}`, second["token_id"]))
	short := c.mint(`{"expires_in":12000}`)
	c.do(http.MethodDelete, path, c.admin(), value(short["access_token"])).want(t, 400)
	lasting := c.mint(`{"username":"robot","refreshable":true}`)
	c.do(http.MethodDelete, path, c.admin(), value(lasting["refresh_token"])).want(t, 204)
	c.do(http.MethodGet, versionAt, bearer(lasting["access_token"].(string))).want(t, 200)
	// Before 7.68 "revoke" is the id of no token.
	old := start(t, sandbox.WithVersion("7.67.0"))
	old.do(http.MethodDelete, path, old.admin(), value(old.token(`{}`))).want(t, 204)
	if live := old.box.Server.LiveTokens(); len(live) != 1 {
		t.Errorf("live %v", live)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		made := c.mint(`{"username":"robot","scope":"applied-permissions/groups:CI","expires_in":600,"refreshable":true,
			"description":"d","force_revocable":true}`)
		access := made["access_token"].(string)
		body := fmt.Sprintf(`{"grant_type":"refresh_token","refresh_token":"%s","access_token":"%s"}`, made["refresh_token"], access)
		c.do(http.MethodPost, tokensAPI, jsonBody(`{"grant_type":"refresh_token","refresh_token":"x"}`)).want(t, 401)
		c.do(http.MethodPost, tokensAPI, bearer(access), jsonBody(`{"grant_type":"refresh_token","refresh_token":"x"}`)).
			wantJSON(t, 404, accessErrors("NOT_FOUND", "Token matching the provided refresh token was not found."))
		c.do(http.MethodPost, tokensAPI, bearer(c.token(`{"username":"other"}`)), jsonBody(body)).want(t, 403)
		time.Sleep(time.Hour)
		got := c.do(http.MethodPost, tokensAPI, jsonBody(body)) // expired, but within the grace
		got.want(t, 200)
		fresh := got.object(t)
		if fresh["scope"] != made["scope"] || fresh["expires_in"] != 600.0 || fresh["refresh_token"] == made["refresh_token"] {
			t.Errorf("got %s", got.text)
		}
		if held := claims(t, fresh["access_token"].(string)); held["ext"] != `{"revocable":"true"}` {
			t.Errorf("claims %v", held)
		}
		c.do(http.MethodPost, tokensAPI, jsonBody(body)).want(t, 404)
		c.do(http.MethodGet, versionAt, bearer(access)).want(t, 401)
		if live := c.box.Server.LiveTokens(); len(live) != 2 {
			t.Errorf("live %v", live)
		}
		time.Sleep(25 * time.Hour)
		late := fmt.Sprintf(`{"grant_type":"refresh_token","refresh_token":"%s","access_token":"%s"}`,
			fresh["refresh_token"], fresh["access_token"])
		c.do(http.MethodPost, tokensAPI, jsonBody(late)).want(t, 404)
	})
}

func TestRefreshRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		version string
		config  sandbox.TokenConfig
		wait    time.Duration
		status  int
	}{
		"no refreshing yet":   {"7.37.8", sandbox.TokenConfig{}, 0, 400},
		"before expiry":       {"7.37.9", sandbox.TokenConfig{}, time.Minute, 200},
		"no grace yet":        {"7.59.4", sandbox.TokenConfig{}, time.Hour, 404},
		"grace":               {"7.59.5", sandbox.TokenConfig{}, time.Hour, 200},
		"a shorter grace":     {"7.59.5", sandbox.TokenConfig{RefreshExpiry: new(int64(60))}, time.Hour, 404},
		"refreshing disabled": {"7.59.5", sandbox.TokenConfig{AllowRefreshable: new(false)}, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := startInBubble(t, sandbox.WithVersion(tt.version), sandbox.WithConfig(sandbox.Config{Token: tt.config}))
				request := `{"username":"robot","expires_in":600,"refreshable":true}`
				made := c.mint(request)
				if tt.status == 0 {
					if made["refresh_token"] != nil || c.do(http.MethodGet, versionAt, bearer(made["access_token"].(string))).status != 200 {
						t.Errorf("made %v", made)
					}
					return
				}
				time.Sleep(tt.wait)
				c.do(http.MethodPost, tokensAPI, bearer(made["access_token"].(string)), jsonBody(fmt.Sprintf(
					`{"grant_type":"refresh_token","refresh_token":"%s"}`, made["refresh_token"]))).want(t, tt.status)
			})
		})
	}
}

// What may not be is refused before the old token is touched, and the new one lives no longer than a minted one might.
func TestRefreshedLife(t *testing.T) {
	t.Parallel()
	c := start(t, sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{
		DefaultExpiry: new(int64(600)), MaxExpiry: new(int64(3600)),
	}}))
	made := c.mint(`{"username":"robot","expires_in":600,"refreshable":true}`)
	access := bearer(made["access_token"].(string))
	refresh := func(auth edit, more string) answer {
		return c.do(http.MethodPost, tokensAPI, auth, jsonBody(fmt.Sprintf(
			`{"grant_type":"refresh_token","refresh_token":"%s"%s}`, made["refresh_token"], more)))
	}
	legacy := c.do(http.MethodPost, legacyAPI, basic("robot", "password"), form()).object(t)["access_token"].(string)
	refresh(bearer(legacy), ``).wantJSON(t, 401, accessErrors("UNAUTHORIZED", "Invalid token, audience"))
	for more, status := range map[string]int{
		`,"expires_in":-1`: 400, `,"expires_in":9223372036854775807`: 400, `,"expires_in":3601`: 403, `,"expires_in":0`: 403,
	} {
		refresh(access, more).want(t, status)
	}
	c.do(http.MethodGet, versionAt, access).want(t, 200)
	if fresh := refresh(access, `,"expires_in":3600`).object(t); fresh["expires_in"] != 3600.0 {
		t.Errorf("got %v", fresh)
	}
	c.do(http.MethodGet, versionAt, access).want(t, 401)
}
