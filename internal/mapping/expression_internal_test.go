package mapping

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestExpression_AgreesWithRegexp holds random expressions against package regexp. What isn't read here may be read there.
func TestExpression_AgreesWithRegexp(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a failure must come again
	pick := func(parts []string, most int) string {
		var b strings.Builder
		for range random.IntN(most) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		return b.String()
	}
	parts := []string{
		"a", "b", "/", "é", ".", ".*", ".+", ".*?", "a?", "[ab]", "[^/]*", "[a-c]+", `[\-\]a]`, "(", ")", "(?:", "(a)?", "(?:a*)*", "(?i)A", `\.`, "(.*)", "*", "?",
		"^", "$", "[", "{2}", `\d`, `\w`, `\s`, `\b`, `\`, `\Q.\E`, "-", "]",
	}
	read, matched := 0, 0
	for range 50_000 {
		before, behind := pick(parts, 6), pick(parts, 4)
		e, err := readExpression(before, behind)
		if err != nil {
			continue
		}
		read++
		known, err := regexp.Compile(`\A(?:` + before + "(?:.*)" + behind + `)\z`)
		if err != nil {
			t.Fatalf("%q, %q is read here, and elsewhere: %v", before, behind, err)
		}
		for range 5 {
			text := pick([]string{"a", "b", "c", "/", "é", ".", "-", "\n", "]", "1", " "}, 9)
			got, want := e.match(text), known.FindStringSubmatch(text)
			if !slices.Equal(got, want) {
				t.Fatalf("%q, %q in %q: %q, package regexp: %q", before, behind, text, got, want)
			}
			if got != nil {
				matched++
			}
		}
	}
	if read < 5000 || matched < 5000 {
		t.Errorf("only %d were read, and %d matched", read, matched)
	}
}

func TestExpand_ReadsExpressions(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		`^repo:(.*){{sub}}$ | $1`:               "o/r-1",
		`repo:\w+/{{sub}}`:                      "repo:o/r-1",
		`(?:r){{sub}}`:                          "repo:o/r-1",
		`[A-Za-z0-9_\-]+{{sub}}`:                "repo:o/r-1",
		`[a-z&]+:({{sub}}) | $1`:                "o/r-1",
		`{{sub}}?`:                              "repo:o/r-1",
		`({{sub}})(?:-\d)? | $1`:                "repo:o/r-1",
		`([a-z]{4}):({{sub}})-\d | $1 $2`:       "repo o/r",
		`(?:[^\s/]+)/({{sub}}) | $1`:            "r-1",
		`\pL+:{{sub}}`:                          "repo:o/r-1",
		`\w{4}\x3a{{sub}}(x)? | $1.`:            ".",
		`([^:]*){{sub}} | ` + "$1" + `\{{sub}}`: `repo\{{sub}}`, // the result is no expression
	} {
		names, err := expand(pattern, map[string]any{"sub": "repo:o/r-1"})
		if err != nil || !slices.Equal(names, []string{want}) {
			t.Errorf("%s: %q, %v, want %q", pattern, names, err, want)
		}
	}
}

// TestExpand_TellsWhatItCannotRead: a backslash or a bracket would make characters of what is put in the claim's place.
func TestExpand_TellsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{
		`repo:\{{sub}}`, `repo:\\\{{sub}}`, `(\{{sub}}`, `(a)(\{{sub}}`, `[{{sub}}]`, `[^{{sub}}]*`, `([a\]{{sub}}])`, `\Q{{sub}}\E`, `(?{{sub}})`, `\p{{sub}}`,
		`(?=x){{sub}}`, `(?<!x){{sub}}`, `(a)\1{{sub}}`, `a++{{sub}}`, `{{sub}}**`, `({{sub}}`, `{{sub}})`, `{{sub}}[`, `{{sub}}\`, `{{sub}}a{1001}`,
		`[a[b]]{{sub}}`, `[[:alpha:]]{{sub}}`, `[a&&b]{{sub}}`, `[]a]{{sub}}`, `{{sub}}[^]a]`,
	} {
		_, err := expand(pattern, map[string]any{"sub": "repo:o/r"})
		if err == nil || !strings.Contains(err.Error(), "can't be read here; JFrog may read it") {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	if names, err := expand(`.*\\{{sub}}`, map[string]any{"sub": `a\b`}); err != nil || len(names) != 1 {
		t.Errorf("an escaped backslash: %q, %v", names, err)
	}
}

// TestExpand_TakesNoLongTime: what could take long isn't tried.
func TestExpand_TakesNoLongTime(t *testing.T) {
	t.Parallel()
	many := make([]any, 2000)
	for i := range many {
		many[i] = "a"
	}
	claims := map[string]any{"sub": strings.Repeat("a", 3000), "many": many}
	for pattern, want := range map[string]string{
		strings.Repeat(".*", 2000) + "{{sub}}x":              "longer than 512 bytes (limit of a pattern)",
		strings.Repeat(".*", 100) + "{{sub}}x":               "more than 262144 tries (limit of a pattern)",
		"(?:" + strings.Repeat("a?", 240) + "){1000}{{sub}}": "(limit of a pattern)",
		"(?:" + strings.Repeat("a", 240) + "){1000}{{sub}}":  "more than 1000 steps (limit of a pattern)",
		"((((a?){10}){10}){10}){10}{{sub}}":                  "can't be read here",
		strings.Repeat(".*", 100) + "{{many}}x":              "(limit of a pattern)",
		strings.Repeat("(.*)", 9) + "{{sub}}x":               "doesn't match",
		strings.Repeat("(?:a*)*", 7) + "{{sub}}x":            "doesn't match",
	} {
		if _, err := expand(pattern, claims); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", pattern, err, want)
		}
	}
}
