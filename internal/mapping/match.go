package mapping

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// Match reports whether every claim of the mapping matches, by the rules of the newest release. A mapping without claims
// matches every job of its provider.
func (m Mapping) Match(claims map[string]any) bool { return m.matches(claims, false) }

// matches is Match, plain for a release in which lists match nothing and a * is a character.
func (m Mapping) matches(claims map[string]any, plain bool) bool {
	for name, want := range m.Claims {
		if !fits(want, claims[name], plain) {
			return false
		}
	}
	return true
}

func isPlain(release string) bool { return jfrog.Older(release, listsAndStars) }

// fits compares one claim. Of a list on either side one entry has to fit; null fits nothing.
func fits(want, got any, plain bool) bool {
	if pattern, ok := want.(string); ok {
		if text, ok := got.(string); ok { // nearly always, and without a list made for it
			return pattern == text || !plain && glob(pattern, text)
		}
	}
	if _, list := want.([]any); list && plain {
		return false
	}
	wanted, have := texts(want), texts(got)
	return slices.ContainsFunc(wanted, func(pattern string) bool {
		return slices.ContainsFunc(have, func(text string) bool { return pattern == text || !plain && glob(pattern, text) })
	})
}

// glob reports whether the pattern matches all of the text: * stands for any characters, also for none, / and :.
func glob(pattern, text string) bool {
	if !strings.Contains(pattern, "*") {
		return pattern == text
	}
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return true
}

// texts are the values of a claim as text, lists flattened, so that 74 equals "74". An object is its JSON.
func texts(value any) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []string:
		return v
	case json.Number:
		return []string{v.String()}
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, texts(one)...)
		}
		return all
	case map[string]any:
		text, _ := json.Marshal(v)
		return []string{string(text)}
	}
	return []string{fmt.Sprint(value)}
}
