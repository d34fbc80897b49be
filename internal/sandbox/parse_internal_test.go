package sandbox

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseScope(t *testing.T) {
	t.Parallel()
	sixtyFour := strings.TrimSuffix(strings.Repeat("g,", 64), ",")
	for scope, want := range map[string][]scopeItem{
		"":                            nil,
		" applied-permissions/user  ": {{kind: scopeUser}},
		"applied-permissions/admin":   {{kind: scopeAdmin}},
		`applied-permissions/groups:group_1,"group 2","group,3"`:     {{kind: scopeGroups, names: []string{"group_1", "group 2", "group,3"}}},
		`applied-permissions/groups:"a\b"`:                           {{kind: scopeGroups, names: []string{`a\b`}}},
		"applied-permissions/groups:" + sixtyFour:                    {{kind: scopeGroups, names: []string{"g"}}},
		`applied-permissions/roles:proj:"Project Admin","Developer"`: {{kind: scopeRoles, target: "proj", names: []string{"Project Admin", "Developer"}}},
		"system:info/storage:r":                                      {{kind: scopeSystem, target: "info/storage"}},
		"system:identities:r,w":                                      {{kind: scopeSystem, target: "identities"}},
		"artifact:libs-local/a/b:r,w":                                {{kind: scopeArtifact, target: "libs-local/a/b", actions: "r,w"}},
		"artifact:libs:a":                                            {{kind: scopeArtifact, target: "libs", actions: "a"}},
		"artifact:libs:*":                                            {{kind: scopeArtifact, target: "libs", actions: "rwdamxs"}},
		"member-of-groups:a,b api:*":                                 {{kind: scopeGroups, names: []string{"a", "b"}, legacy: true}, {kind: scopeAPI, legacy: true}},
		"jfrt@01abc:admin":                                           {{kind: scopeAdmin, target: "jfrt@01abc", legacy: true}},
		`applied-permissions/groups:"a b" applied-permissions/user system:metrics:r`: {{kind: scopeGroups, names: []string{"a b"}}, {kind: scopeUser}, {kind: scopeSystem, target: "metrics"}},
	} {
		got, err := parseScope(scope)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v\nwant %+v", scope, got, err, want)
		}
	}
	for _, scope := range []string{
		"applied-permissions/groups:", "applied-permissions/groups:a,,b", `applied-permissions/groups:""`, `applied-permissions/groups:"a`, `applied-permissions/groups:"\"x\""`, `applied-permissions/groups:"""y"""`, `applied-permissions/groups:a"b,c`,
		"applied-permissions/roles:Developer", "applied-permissions/roles::x", "artifact:libs", "artifact:libs:", "artifact:libs:q",
		"system:", "system:bogus:zz", "system:metrics", "system:metrics:", "system:metrics:zz", "system:metrics:r:r", "system:/metrics:r", "api:", "nonsense", "applied-permissions/groups", "x:admin",
	} {
		if got, err := parseScope(scope); err == nil {
			t.Errorf("%q: got %+v", scope, got)
		}
	}
}

func FuzzParseScope(f *testing.F) {
	for _, seed := range []string{`applied-permissions/groups:"a b","""x"""`, "member-of-groups:* api:*", "artifact:a/b:r,w", `"`, `:"\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, scope string) {
		items, err := parseScope(scope)
		if err != nil {
			return
		}
		for _, p := range items {
			for _, name := range p.names {
				if name == "" {
					t.Errorf("%q: an empty name", scope)
				}
			}
		}
	})
}

func FuzzParseAQL(f *testing.F) {
	for _, seed := range []string{
		`items.find({"path":{"$ne":"."},"$or":[{"$and":[{"repo":"r","name":{"$match":"*"}}]}]}).include("name","property").limit(1)`,
		`items.find({"@a":{"$nmatch":"b"}}) .sort({"$asc":["name"]})`, "items.", "items.find(", "items.find({}).limit(-1)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, query string) {
		q, err := parseAQL(query)
		if err != nil {
			return
		}
		item := (&artifact{repo: "r", path: "a/b", properties: map[string][]string{"a": {"b"}}}).aqlItem()
		if fits, err := item.satisfies(q.find); err == nil && fits {
			q.reduce([]aqlItem{item})
		}
	})
}

func TestVersionOrder(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]version{"7.111.0": 7_111_000, "7.49": 7_049_000, "7": 7_000_000, "7.38.10": 7_038_010} {
		if got, err := parseVersion(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	if text := forceRevocableSince.String(); text != "7.50.3" {
		t.Errorf("got %s", text)
	}
}

func TestTokenStoreForgets(t *testing.T) {
	t.Parallel()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for range sweepEvery {
		s.tokens.add(s.newToken(tokenSpec{lifetime: 60, refreshable: true}, now.AddDate(0, 0, -3)), now)
	}
	if n := len(s.tokens.byID) + len(s.tokens.byRefresh); n > 4 {
		t.Errorf("%d long dead tokens are kept", n)
	}
}
