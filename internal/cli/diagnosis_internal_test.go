package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/mapping"
)

// The first line names everything that an exchange sent beside the ID token, and nothing that it didn't.
func TestSentLines_NameWhatWasSent(t *testing.T) {
	t.Parallel()
	claims := map[string]any{"iss": "i"}
	const end = ", and an ID token with these claims:"
	for want, config := range map[string]action.Config{
		`what was sent: OIDC provider "p"` + end:                                                 {Credentials: action.Credentials{Provider: "p"}},
		`what was sent: OIDC provider "p", identity mapping "m" and no other` + end:              {Credentials: action.Credentials{Provider: "p"}, IdentityMapping: "m"},
		`what was sent: OIDC provider "p", project "x"` + end:                                    {Credentials: action.Credentials{Provider: "p"}, Project: "x"},
		`what was sent: OIDC provider "p", identity mapping "m" and no other, project "x"` + end: {Credentials: action.Credentials{Provider: "p"}, IdentityMapping: "m", Project: "x"},
	} {
		if got := sentLines(claims, mapping.Mapping{}, config, 10); !slices.Equal(got, []string{want, "  iss = i"}) {
			t.Errorf("got %q", got)
		}
	}
}

// What matters to a mapping stands first; what nobody should see, and what has no room, is named only.
func TestClaimLines_ShowWhatMatters(t *testing.T) {
	t.Parallel()
	claims := map[string]any{
		"sub": "s", "iss": "i", "aud": "a", "repository": "r", "ref": "f", "exp": float64(1e9), "run_id": "7", "jti": "hidden", "email": "hidden", "environment": "",
	}
	strict := mapping.Mapping{Claims: map[string]any{"repository": "r"}}
	all := claimLines(claims, strict, 20)
	want := []string{"  aud = a", "  iss = i", "  sub = s", "  repository = r", "  ref = f"}
	if len(all) < len(want) || !slices.Equal(all[:len(want)], want) || strings.Contains(strings.Join(all, "\n"), "hidden") {
		t.Errorf("got %q", all)
	}
	last := all[len(all)-1]
	if !strings.HasPrefix(last, "  and, not shown: ") || !strings.Contains(last, "jti") || !strings.Contains(last, "email") || strings.Contains(last, "environment") {
		t.Errorf("got %q", last)
	}
	for most := 2; most < 6; most++ {
		if got := claimLines(claims, strict, most); len(got) != most || !slices.Equal(got[:most-1], want[:most-1]) {
			t.Errorf("of %d: %q", most, got)
		}
	}
	if got := claimLines(map[string]any{"iss": "i"}, strict, 20); !slices.Equal(got, []string{"  iss = i"}) {
		t.Errorf("got %q", got)
	}
	for want, value := range map[string]any{"1700000000": float64(1_700_000_000), "0.5": 0.5, "a b": "a\nb", "true": true, "[a b]": []any{"a", "b"}} {
		if got := claimText(value); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What JFrog makes of a job is said in one line, or by the mapping that comes nearest.
func TestCompareLines_TellWhatJFrogTakes(t *testing.T) {
	t.Parallel()
	token := mapping.Token{Username: "u", Scope: "s", ExpiresIn: 60}
	for want, choice := range map[string]mapping.Choice{
		`identity mapping "m" matches: it gives user u, scope s, 60 s`:        {Mapping: "m", Token: token},
		`identity mapping "m" matches: it gives user u, scope s, 60 s; but p`: {Mapping: "m", Token: token, Problem: "p"},
		`identity mapping "m" gives no token, as far as can be told: p`:       {Mapping: "m", Problem: "p"},
		"the OIDC integration has no identity mapping":                        {},
	} {
		if got := compareLines(choice); !slices.Equal(got, []string{want}) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Another organization's integration is the first reason; then the mappings tell.
func TestWhyRefused_TellsTheCause(t *testing.T) {
	t.Parallel()
	ours := mapping.Provider{Name: "p", Type: "GitHub", Organization: "Acme"}
	job := func(owner string) mapping.Job {
		return mapping.Job{Provider: "p", Claims: map[string]any{"repository_owner": owner, "repository": "o/r"}}
	}
	with := func(change func(*mapping.Provider)) mapping.Provider { p := ours; change(&p); return p }
	differs := mapping.Mapping{Name: "m", Provider: "p", Claims: map[string]any{"repository": "o/other"}, TokenSpec: mapping.TokenSpec{Scope: "applied-permissions/groups:x"}}
	const organization = `the OIDC integration is for organization "Acme", and the job's repository belongs to "other"`
	for name, test := range map[string]struct {
		provider   mapping.Provider
		job        mapping.Job
		mappings   []mapping.Mapping
		cause, fix string
	}{
		"another organization":        {ours, job("other"), nil, organization, "name the integration of this organization"},
		"the same, other letters":     {ours, job("ACME"), nil, "the OIDC integration has no identity mapping", "create the mapping"},
		"no owner":                    {ours, job(""), nil, "the OIDC integration has no identity mapping", "create the mapping"},
		"no organization":             {with(func(p *mapping.Provider) { p.Organization = "" }), job("other"), nil, "the OIDC integration has no identity mapping", "create the mapping"},
		"another integration":         {with(func(p *mapping.Provider) { p.Name = "q" }), job("other"), nil, "the OIDC integration has no identity mapping", "create the mapping"},
		"another kind of integration": {with(func(p *mapping.Provider) { p.Type = "Azure" }), job("other"), nil, "the OIDC integration has no identity mapping", "create the mapping"},
		"Enterprise's":                {with(func(p *mapping.Provider) { p.Type = "GitHubEnterprise" }), job("other"), nil, organization, "name the integration"},
		"a claim differs":             {ours, job("acme"), []mapping.Mapping{differs}, `"m"`, "correct the mapping in JFrog, or create the one that is written below"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cause, fix := whyRefused(mapping.Choose(test.mappings, test.job), mapping.Set{Providers: []mapping.Provider{test.provider}, Mappings: test.mappings}, test.job)
			if !strings.Contains(cause, test.cause) || !strings.HasPrefix(fix, test.fix) {
				t.Errorf("%s; %s", cause, fix)
			}
		})
	}
	skipped := mapping.Job{Provider: "p", Mapping: "another", Claims: map[string]any{"repository": "o/other"}}
	if cause, fix := whyRefused(mapping.Choose([]mapping.Mapping{differs}, skipped), mapping.Set{}, skipped); !strings.HasPrefix(fix, "correct identity-mapping-name or project") {
		t.Errorf("%s; %s", cause, fix)
	}
	if cause, fix := whyRefused(mapping.Choice{Token: mapping.Token{Username: "u"}}, mapping.Set{}, mapping.Job{}); cause+fix != "" {
		t.Errorf("a token is given: %s; %s", cause, fix)
	}
}

// The mapping that is written for a job gives what its configuration asks for, under the name that the exchange sends.
func TestStrictFor_AsksForWhatTheJobDoes(t *testing.T) {
	t.Parallel()
	claims := map[string]any{"iss": "https://token.actions.githubusercontent.com", "sub": "repo:o/r:ref:refs/heads/main", "repository": "o/r"}
	config := action.Config{Username: "u", Scope: "applied-permissions/groups:x", Audience: "jfrt@*", Expiry: 90 * time.Second, Project: "x", IdentityMapping: "mine"}
	config.Credentials.Provider = "p"
	got, err := strictFor(claims, nil, config)
	if err != nil || got.Provider != "p" || got.Project != "x" || got.Name != "mine" ||
		got.TokenSpec != (mapping.TokenSpec{Username: "u", Scope: "applied-permissions/groups:x", Audience: "jfrt@*", ExpiresIn: 90}) {
		t.Errorf("%+v, %v", got, err)
	}
	config.IdentityMapping, config.Expiry = "", action.NeverExpires
	if got, err := strictFor(claims, nil, config); err != nil || got.Name != "o-r" || got.TokenSpec.ExpiresIn != 3600 {
		t.Errorf("%+v, %v", got, err)
	}
}

// cutAt is a text of x that is too long, and what is shown of it in so many bytes.
func cutAt(most int) (long, shown string) {
	return strings.Repeat("x", 400), strings.Repeat("x", most-len("…")) + "…"
}

// A name from JFrog or from a file takes a bounded part of a line.
func TestChoices_AreCut(t *testing.T) {
	t.Parallel()
	long, upTo200 := cutAt(200)
	_, upTo300 := cutAt(300)
	choice := mapping.Choice{Job: long, Mapping: long, Token: mapping.Token{Username: long, Scope: long, ExpiresIn: 60}}
	var b strings.Builder
	if err := writeChoices(&b, []mapping.Choice{choice}); err != nil || !strings.Contains(b.String(), "\n"+strings.Join([]string{upTo200, upTo200, upTo200, upTo300, "60"}, "  ")+"\n") {
		t.Errorf("got %s, %v", b.String(), err)
	}
	want := `identity mapping "` + upTo200 + `" matches: it gives user ` + upTo200 + ", scope " + upTo300 + ", 60 s"
	if got := compareLines(choice); !slices.Equal(got, []string{want}) {
		t.Errorf("got %q", got)
	}
	choice.Problem = long
	if got := compareLines(choice); !slices.Equal(got, []string{want + "; but " + upTo300}) {
		t.Errorf("got %q", got)
	}
	refused := mapping.Choice{Mapping: long, Problem: long}
	if got := compareLines(refused); !slices.Equal(got, []string{`identity mapping "` + upTo200 + `" gives no token, as far as can be told: ` + upTo300}) {
		t.Errorf("got %q", got)
	}
	if got := claimText(long); got != upTo300 {
		t.Errorf("got %q", got)
	}
	_, upTo80 := cutAt(80)
	_, upTo255 := cutAt(255)
	config := action.Config{IdentityMapping: long, Project: long, Credentials: action.Credentials{Provider: long}}
	head := `what was sent: OIDC provider "` + upTo255 + `", identity mapping "` + upTo255 + `" and no other, project "` + upTo80 + `", and an ID token with these claims:`
	if got := sentLines(map[string]any{long: "v", "a": strings.Repeat("y ", 99)}, mapping.Mapping{}, config, 10); len(got) != 2 || got[0] != head || got[1] != "  and, not shown: a, "+upTo80 {
		t.Errorf("got %q", got)
	}
}

// One job is told why it gets nothing; of several, each has its line.
func TestWriteChoices_TellsOneJobWhy(t *testing.T) {
	t.Parallel()
	none := mapping.Choice{Job: "j"}
	given := mapping.Choice{Job: "k", Mapping: "m", Token: mapping.Token{Username: "u", Scope: "s"}}
	unclear := given
	unclear.Problem = "p"
	for want, choices := range map[int][]mapping.Choice{3: {none}, 2: {given}, 4: {unclear, none, given}, 1: {}} {
		var b strings.Builder
		if err := writeChoices(&b, choices); err != nil || strings.Count(b.String(), "\n") != want {
			t.Errorf("%d choices: %q, %v", len(choices), b.String(), err)
		}
	}
	var b strings.Builder
	if err := writeChoices(&b, []mapping.Choice{unclear}); err != nil || !strings.HasSuffix(b.String(), "; but p\n") {
		t.Errorf("got %q, %v", b.String(), err)
	}
}
