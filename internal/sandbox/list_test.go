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
)

func TestGetToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		made := c.mint(`{"username":"robot","expires_in":43200,"description":"the job","refreshable":true}`)
		issuer := claims(t, made["access_token"].(string))["iss"].(string)
		issued := time.Now().Unix()
		want := fmt.Sprintf(`{"token_id":"%s","subject":"%s/users/robot","expiry":%d,"issued_at":%d,"issuer":"%s",
			"description":"the job","refreshable":true,"scope":"applied-permissions/user"}`,
			made["token_id"], issuer, issued+43200, issued, issuer)
		path := tokensAPI + "/" + made["token_id"].(string)
		c.do(http.MethodGet, path, c.admin()).wantJSON(t, 200, want)
		c.do(http.MethodGet, path, bearer(made["access_token"].(string))).wantJSON(t, 200, want)
		c.do(http.MethodGet, tokensAPI+"/me", bearer(made["access_token"].(string))).wantJSON(t, 200, want)
		c.do(http.MethodGet, path, bearer(c.token(`{"username":"other"}`))).wantJSON(t, 403, accessErrors("FORBIDDEN", "Forbidden"))
		c.do(http.MethodGet, tokensAPI+"/nothing", c.admin()).wantJSON(t, 404, accessErrors("NOT_FOUND", "Token not found"))
		c.do(http.MethodGet, path).want(t, 401)
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		ids := map[string]string{}
		for i, request := range []string{
			`{"username":"robot","description":"job 1","expires_in":50000}`,
			`{"username":"alice","description":"job 2 [a*b]","expires_in":40000,"refreshable":true}`,
			`{"username":"robot","description":"Job 3","expires_in":60000}`,
			`{"username":"robot","description":"job 4, too short to be stored","expires_in":60}`,
			`{"username":"robot","description":"job 5, kept","expires_in":60,"force_revocable":true}`,
		} {
			time.Sleep(time.Second)
			ids[c.mint(request)["token_id"].(string)] = fmt.Sprint(i + 1)
		}
		robot := bearer(c.token(`{"username":"robot","expires_in":300}`))
		byID := slices.Sorted(func(yield func(string) bool) {
			for id, name := range ids {
				if name != "4" && !yield(id) {
					return
				}
			}
		})
		var sortedByID []string
		for _, id := range byID {
			sortedByID = append(sortedByID, ids[id])
		}
		tests := map[string]struct {
			query string
			auth  edit
			want  string // the administrator's own token is ""
		}{
			"all, the oldest first":    {"", c.admin(), ",1,2,3,5"},
			"own only":                 {"", robot, "1,3,5"},
			"description":              {"?description=job+1", c.admin(), "1"},
			"prefix":                   {"?description=job*", c.admin(), "1,2,5"},
			"a star inside is a star":  {"?description=j*b+1", c.admin(), "none"},
			"a star inside, found":     {"?description=job+2+%5Ba*b%5D", c.admin(), "2"},
			"a star inside, wild end":  {"?description=job+2+%5Ba*b*", c.admin(), "2"},
			"username in any case":     {"?username=ALICE", c.admin(), "2"},
			"another's, by a user":     {"?username=alice", robot, "none"},
			"refreshable":              {"?refreshable=true", c.admin(), "2"},
			"not refreshable":          {"?refreshable=false&username=robot", c.admin(), "1,3,5"},
			"id":                       {"?token_id=" + byID[0], c.admin(), ids[byID[0]]},
			"by expiry":                {"?order_by=expiry&username=robot", c.admin(), "5,1,3"},
			"by expiry, the last head": {"?order_by=expiry&descending_order=true&username=robot", c.admin(), "3,1,5"},
			"by owner":                 {"?order_by=owner&description=job*", c.admin(), "2,1,5"},
			"by subject":               {"?order_by=subject&description=job*", c.admin(), "2,1,5"},
			"by id":                    {"?order_by=token_id&description=*", c.admin(), ""},
			"created":                  {"?order_by=created&descending_order=true&username=robot", c.admin(), "5,3,1"},
		}
		for name, tt := range tests {
			got := c.do(http.MethodGet, tokensAPI+tt.query, tt.auth)
			got.want(t, 200)
			names := []string{}
			for _, one := range got.object(t)["tokens"].([]any) {
				names = append(names, ids[one.(map[string]any)["token_id"].(string)])
			}
			want := strings.Split(tt.want, ",")
			switch {
			case tt.want == "none":
				want = []string{}
			case name == "by id":
				names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
				want = sortedByID
			}
			if !reflect.DeepEqual(names, want) {
				t.Errorf("%s: got %v, want %v", name, names, want)
			}
		}
		c.do(http.MethodGet, tokensAPI+"?order_by=colour", c.admin()).want(t, 400)
		c.do(http.MethodGet, tokensAPI, basic("admin", "password")).want(t, 401)
	})
}

func TestListIsForUsers(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.do(http.MethodGet, tokensAPI, bearer(mappedToken(t, c))).wantJSON(t, 403, accessErrors("FORBIDDEN", "Forbidden"))
}
