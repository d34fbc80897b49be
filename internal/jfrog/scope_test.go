package jfrog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/jfrog"
)

func TestParseScope(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"":                         nil,
		"applied-permissions/user": {"applied-permissions/user"},
		"applied-permissions/admin applied-permissions/groups:b,a": {
			"applied-permissions/admin", "applied-permissions/groups:a", "applied-permissions/groups:b"},
		`applied-permissions/groups:"group_1","group 2","group,3"`: {
			"applied-permissions/groups:group 2", "applied-permissions/groups:group,3", "applied-permissions/groups:group_1"},
		"member-of-groups:CI api:*":         {"applied-permissions/groups:CI"},
		"a:b":                               {"a:b"},
		"  applied-permissions/user  x  x ": {"applied-permissions/user", "x"},
		`applied-permissions/roles:proj:"Project Admin","Developer"`: {
			"applied-permissions/roles:proj:Developer", "applied-permissions/roles:proj:Project Admin"},
		"artifact:libs/path:r,w":             {"artifact:libs/path:r", "artifact:libs/path:w"},
		"system:metrics:r system:livelogs:r": {"system:livelogs:r", "system:metrics:r"},
		"jfrt@01abc:admin":                   {"jfrt@01abc:admin"},
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			scope, err := jfrog.ParseScope(text)
			if err != nil {
				t.Fatal(err)
			}
			// The legacy API's api:* comes with every token and gives nothing.
			if diff := cmp.Diff(want, scope.Beyond(jfrog.Scope{})); diff != "" {
				t.Error(diff)
			}
			if scope.Empty() != (text == "") {
				t.Errorf("empty: %t", scope.Empty())
			}
		})
	}
	for _, text := range []string{
		`applied-permissions/groups:"a`, "applied-permissions/groups:a\x00b", `applied-permissions/groups:"a"b`, `applied-permissions/groups:a"b`,
		`applied-permissions/groups:"a\"b"`, "applied-permissions/user\n", "applied-permissions/user\tapplied-permissions/admin", `artifact:libs:"r`, `x"`,
	} {
		if scope, err := jfrog.ParseScope(text); err == nil || !scope.Empty() {
			t.Errorf("ParseScope(%q) = %v, %v; want an error and nothing", text, scope, err)
		}
	}
}

func TestBeyond(t *testing.T) {
	t.Parallel()
	tests := []struct {
		granted, asked string
		surplus        []string
	}{
		{"applied-permissions/groups:a,b", `applied-permissions/groups:"b","a"`, nil},
		{"applied-permissions/groups:a applied-permissions/groups:b", "applied-permissions/groups:a,b", nil},
		{"applied-permissions/groups:a", "applied-permissions/groups:a,b", nil},
		{"applied-permissions/groups:a,c", "applied-permissions/groups:a,b", []string{"applied-permissions/groups:c"}},
		{"applied-permissions/admin", "applied-permissions/groups:a", []string{"applied-permissions/admin"}},
		{"applied-permissions/groups:a", "applied-permissions/admin", nil},
		{"applied-permissions/user", "applied-permissions/groups:a", []string{"applied-permissions/user"}},
		{"member-of-groups:CI api:*", "member-of-groups:CI", nil},
		{"member-of-groups:CI,x api:*", "member-of-groups:*", nil},
		{"artifact:libs:w", "artifact:libs:*", nil},
		{"artifact:libs:*", "artifact:libs:r", []string{"artifact:libs:*"}},
		{"artifact:other:r", "artifact:libs:*", []string{"artifact:other:r"}},
		{"applied-permissions/groups:a", "", []string{"applied-permissions/groups:a"}},
		{"applied-permissions/roles:p:Developer", "applied-permissions/roles:q:Developer", []string{"applied-permissions/roles:p:Developer"}},
		{"jfrt@01abc:admin", "member-of-groups:*", []string{"jfrt@01abc:admin"}},
		{"x", "*", []string{"x"}},
		{":x", ":*", []string{":x"}},
		{"x:y", "x:* y:z", nil},
	}
	for _, test := range tests {
		granted, err := jfrog.ParseScope(test.granted)
		if err != nil {
			t.Fatal(err)
		}
		asked, err := jfrog.ParseScope(test.asked)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.surplus, granted.Beyond(asked)); diff != "" {
			t.Errorf("%q beyond %q: %s", test.granted, test.asked, diff)
		}
	}
}

// JFrog's groups, projects and repositories differ by case: a token for one is none for the other.
func TestScope_IsCaseSensitive(t *testing.T) {
	t.Parallel()
	for asked, granted := range map[string]string{
		"applied-permissions/groups:CI": "applied-permissions/groups:ci", "artifact:libs/a:r": "artifact:Libs/a:r", "artifact:libs:*": "artifact:LIBS:r",
		"applied-permissions/roles:proj:Developer": "applied-permissions/roles:PROJ:Developer", "applied-permissions/Admin": "applied-permissions/admin",
	} {
		want, err := jfrog.ParseScope(asked)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jfrog.ParseScope(granted)
		if err != nil || got.Equal(want) || len(got.Beyond(want)) != 1 {
			t.Errorf("%s was asked, and %s beyond it is %q, %v", asked, granted, got.Beyond(want), err)
		}
	}
}

func TestScope_Equal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"applied-permissions/groups:b,a", `applied-permissions/groups:"a" applied-permissions/groups:b`, true}, {"member-of-groups:a api:*", "applied-permissions/groups:a", true},
		{"applied-permissions/groups:a", "applied-permissions/groups:a,b", false}, {"applied-permissions/groups:a,b", "applied-permissions/groups:a", false}, {"", "", true},
		{"", "applied-permissions/user", false},
	} {
		a, errA := jfrog.ParseScope(test.a)
		b, errB := jfrog.ParseScope(test.b)
		if errA != nil || errB != nil || a.Equal(b) != test.want {
			t.Errorf("%q and %q: want %t, %v, %v", test.a, test.b, test.want, errA, errB)
		}
	}
}

// TestScope_IsAdmin: what a mapping of either API gives to an administrator must be known as that.
func TestScope_IsAdmin(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"applied-permissions/admin": true, "applied-permissions/user applied-permissions/admin": true, "jfrt@01abc:admin": true, "api:* jfrt@01abc:admin": true,
		"jfac@01abc:admin": true, "jfrt@*:admin": true, "*@*:admin": true,
		"": false, "applied-permissions/user": false, "applied-permissions/groups:admin": false, "applied-permissions/roles:proj:admin": false, "member-of-groups:admin": false,
		"artifact:a@b/admin:r": false, "jfrt@01abc:user": false, "applied-permissions/groups:admins@acme": false, `applied-permissions/groups:"x@y:admin"`: false,
	} {
		scope, err := jfrog.ParseScope(text)
		if err != nil || scope.IsAdmin() != want {
			t.Errorf("%q: want %t, %v", text, want, err)
		}
	}
}

func TestScope_IsUser(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"applied-permissions/user": true, "applied-permissions/user applied-permissions/user": true,
		"": false, "applied-permissions/user applied-permissions/groups:a": false, "applied-permissions/admin": false,
	} {
		if scope, err := jfrog.ParseScope(text); err != nil || scope.IsUser() != want {
			t.Errorf("%q: want %t, %v", text, want, err)
		}
	}
}

func TestGroupScope(t *testing.T) {
	t.Parallel()
	groups := []string{"CI", "group 2", "group,3"}
	if got, want := jfrog.GroupScope(groups), `applied-permissions/groups:CI,"group 2","group,3"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := jfrog.LegacyGroupScope(groups), `member-of-groups:CI,"group 2","group,3"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNamesRoundTrip(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 64 {
		many = append(many, fmt.Sprintf("g%d", i))
	}
	for _, names := range [][]string{{"CI"}, {"a b"}, {"a,b"}, {" a "}, {`a\b`}, {"a b", "a,b", "plain"}, {"é ü"}, many} {
		got, err := jfrog.ParseNames(jfrog.FormatNames(names))
		if err != nil || !slices.Equal(got, names) {
			t.Errorf("%q came back as %q, %v (%s)", names, got, err, jfrog.FormatNames(names))
		}
	}
	if got, want := jfrog.FormatNames([]string{"group_1", "group 2", "group,3"}), `group_1,"group 2","group,3"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseNames(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"CI,deployers":           {"CI", "deployers"},
		" CI ,\n deployers \r\n": {"CI", "deployers"},
		"a b\nc":                 {"a b", "c"},
		`"a,b", "c"`:             {"a,b", "c"},
		`" a ",b `:               {" a ", "b"},
		`a\b`:                    {`a\b`},
		",,\n,":                  nil,
		`""`:                     nil,
	}
	for text, want := range tests {
		got, err := jfrog.ParseNames(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseNames(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`"a`, "\"a\nb\"", `"a"b`, "a\x00", "a\tb", `a"b`, `a"`, `"""x"""`, `"\"x\""`, `"a\"b"`, `a, "b`, `'a"b'`} {
		if got, err := jfrog.ParseNames(text); err == nil || got != nil {
			t.Errorf("ParseNames(%q) = %q, %v; want an error and nothing", text, got, err)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{"CI", "a b", "a,b", `"x"`, `a\`, "a\nb", "", " x "} {
		f.Add(seed, "other")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.TrimSpace(a), strings.TrimSpace(b)
		if a == "" || b == "" || strings.ContainsFunc(a+b, unicode.IsControl) {
			t.Skip()
		}
		if strings.Contains(a+b, `"`) {
			if got, err := jfrog.ParseNames(a + "," + b); err == nil && strings.Contains(strings.Join(got, ""), `"`) {
				t.Errorf("%q, %q became %q", a, b, got)
			}
			return
		}
		got, err := jfrog.ParseNames(jfrog.FormatNames([]string{a, b}))
		if err != nil || !slices.Equal(got, []string{a, b}) {
			t.Errorf("%q, %q came back as %q, %v", a, b, got, err)
		}
	})
}

func FuzzScope(f *testing.F) {
	for _, seed := range []string{"applied-permissions/user", `applied-permissions/groups:"a b",c`, "member-of-groups:* api:*",
		"applied-permissions/roles:p:r", "artifact:a:r,w", `"`, "a:b:c", `x:"\""`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		scope, err := jfrog.ParseScope(text)
		if err != nil {
			if !scope.Empty() {
				t.Errorf("ParseScope(%q) failed and returned %v", text, scope)
			}
			return
		}
		if !scope.Equal(scope) || len(scope.Beyond(scope)) > 0 {
			t.Errorf("scope %q isn't equal to itself", text)
		}
		if twice, err := jfrog.ParseScope(text + " " + text); err != nil || !twice.Equal(scope) {
			t.Errorf("scope %q said twice isn't the same: %v", text, err)
		}
	})
}
