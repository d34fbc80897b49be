package mapping

import (
	"errors"
	"fmt"
	"strings"
)

// expand applies a username_pattern or groups_pattern, "{{claim}}" or "BEFORE{{claim}}BEHIND | RESULT". What stands before
// the bar is a regular expression in which {{claim}} is any text; it has to match the whole claim. In the result $0 is the
// claim and $1 to $9 what a pair of parentheses took. A list, or a text with commas, gives one name for each entry. The
// error says why JFrog would refuse the request, a claim that isn't there or doesn't match, or that frogmint can't read the
// pattern or finds it too long, which says nothing of JFrog.
func expand(pattern string, claims map[string]any) ([]string, error) {
	source, result, hasResult := strings.Cut(pattern, "|")
	if !hasResult {
		result = "$0"
	}
	source, result = strings.TrimSpace(source), strings.TrimSpace(result)
	before, rest, opened := strings.Cut(source, "{{")
	claim, behind, closed := strings.Cut(rest, "}}")
	if !opened || !closed || strings.Contains(behind, "{{") {
		return nil, errors.New("it doesn't name exactly one claim as {{claim}}")
	}
	expression, err := readExpression(before, behind)
	if err != nil {
		return nil, err
	}
	claim = strings.TrimSpace(claim)
	texts := entries(claims[claim])
	if len(texts) == 0 {
		return nil, fmt.Errorf("the ID token has no claim %s", shown(claim))
	}
	if err := expression.affordable(texts); err != nil {
		return nil, err
	}
	var names []string
	for _, text := range texts {
		found := expression.match(text)
		if found == nil {
			return nil, fmt.Errorf("claim %s doesn't match it", shown(claim))
		}
		names = append(names, substitute(result, found))
	}
	return names, nil
}

// entries are the texts of a list, or those between the commas of a single text.
func entries(value any) []string {
	values := texts(value)
	if _, list := value.([]any); !list && len(values) == 1 {
		return strings.Split(values[0], ",")
	}
	return values
}

// substitute writes what the parentheses found in place of $0 to $9.
func substitute(result string, found []string) string {
	var b strings.Builder
	for i := 0; i < len(result); i++ {
		if result[i] != '$' || i+1 == len(result) || result[i+1] < '0' || result[i+1] > '9' {
			b.WriteByte(result[i])
			continue
		}
		i++
		if group := int(result[i] - '0'); group < len(found) {
			b.WriteString(found[group])
		}
	}
	return b.String()
}
