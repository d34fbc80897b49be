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
	read, matched := 0, 0
	for range 50_000 {
		source := pick([]string{"a", "b", "/", "é", ".", ".*", ".+", "a?", "[ab]", "[^/]*", "[a-c]+", "(", ")", `\.`, "(.*)", "*", "^", "[", "{2}", `\d`, "-", "]"}, 8)
		e, ok := readExpression(source)
		known, err := regexp.Compile("^(?:" + source + ")$")
		if !ok {
			continue
		}
		read++
		if err != nil {
			t.Fatalf("%q is read here, and elsewhere: %v", source, err)
		}
		for range 5 {
			text := pick([]string{"a", "b", "c", "/", "é", ".", "-", "\n", "]"}, 7)
			got, want := e.match(text), known.FindStringSubmatch(text)
			if !slices.Equal(got, want) {
				t.Fatalf("%q in %q: %q, package regexp: %q", source, text, got, want)
			}
			if got != nil {
				matched++
			}
		}
	}
	if read < 1000 || matched < 1000 {
		t.Errorf("only %d were read, and %d matched", read, matched)
	}
}

// TestExpression_TakesNoLongTime: an engine that tries all ways would not come back.
func TestExpression_TakesNoLongTime(t *testing.T) {
	t.Parallel()
	e, ok := readExpression(strings.Repeat("(.*)", 9) + "x")
	if !ok || e.match(strings.Repeat("a", 3000)) != nil {
		t.Errorf("read %t, or matched", ok)
	}
}
