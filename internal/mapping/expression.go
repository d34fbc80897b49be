package mapping

import (
	"slices"
	"strings"
)

// expression is a regular expression as far as patterns need one: characters, classes, ?, * and +, and parentheses, which take
// what stands in them. Package regexp would add 3 % to the program.
type expression struct {
	steps  []step
	groups int
}

// step is a character, which may be missing or repeated, or where matches is nil a parenthesis.
type step struct {
	matches           func(rune) bool
	missing, repeated bool
	group             int // that begins, or ends where it is negative
}

// readExpression reports false for what it doesn't know.
func readExpression(text string) (e expression, ok bool) {
	var open []int
	for rest := []rune(text); len(rest) > 0; {
		one, size := step{}, 1
		switch rest[0] {
		case '(':
			e.groups++
			open, one.group = append(open, e.groups), e.groups
		case ')':
			if len(open) == 0 {
				return e, false
			}
			open, one.group = open[:len(open)-1], -open[len(open)-1]
		default:
			if one.matches, size = readClass(rest); size == 0 {
				return e, false
			}
			if len(rest) > size && strings.ContainsRune("?*+", rest[size]) {
				if rest[size] == '+' {
					e.steps = append(e.steps, one)
				}
				one.missing, one.repeated = true, rest[size] != '?'
				size++
			}
		}
		rest = rest[size:]
		if len(rest) > 0 && strings.ContainsRune("?*+{", rest[0]) {
			return e, false // of a whole group, of another kind, or counted
		}
		e.steps = append(e.steps, one)
	}
	return e, len(open) == 0
}

// readClass reads what one character may be; size is 0 for what it doesn't know.
func readClass(text []rune) (matches func(rune) bool, size int) {
	switch r := text[0]; {
	case r == '.':
		return func(r rune) bool { return r != '\n' }, 1
	case r == '[':
		return readSet(text)
	case r == '\\' && len(text) > 1 && !isWordRune(text[1]):
		escaped := text[1]
		return func(r rune) bool { return r == escaped }, 2
	case strings.ContainsRune(`\?*+{^$|`, r):
		return nil, 0
	default:
		return func(other rune) bool { return other == r }, 1
	}
}

// readSet reads characters and ranges between brackets, without escapes and named classes.
func readSet(text []rune) (matches func(rune) bool, size int) {
	end := slices.Index(text, ']')
	if end < 2 || strings.ContainsAny(string(text[2:end]), `[\^&`) || strings.ContainsRune(`[\&]`, text[1]) {
		return nil, 0
	}
	set, ranges := text[1:end], []rune(nil) // pairs: from, to
	not := set[0] == '^'
	if not {
		set = set[1:]
	}
	for len(set) > 0 {
		from, to, width := set[0], set[0], 1
		if len(set) > 2 && set[1] == '-' {
			to, width = set[2], 3
		}
		if from > to {
			return nil, 0
		}
		ranges, set = append(ranges, from, to), set[width:]
	}
	if len(ranges) == 0 {
		return nil, 0
	}
	return func(r rune) bool {
		for i := 0; i < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return !not
			}
		}
		return not
	}, end + 1
}

func isWordRune(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r > '~'
}

// match returns the text and what each pair of parentheses took, or nil where the expression doesn't match all of it. As with
// other engines each step takes as much as it can.
func (e expression) match(text string) []string {
	m := matcher{expression: e, text: []rune(text), failed: map[[2]int]bool{}, begins: make([]int, e.groups+1), ends: make([]int, e.groups+1)}
	if !m.from(0, 0) {
		return nil
	}
	found := []string{text}
	for group := 1; group <= e.groups; group++ {
		found = append(found, string(m.text[m.begins[group]:m.ends[group]]))
	}
	return found
}

type matcher struct {
	expression
	text         []rune
	failed       map[[2]int]bool // steps and places from which there is no match, so that none is tried twice
	begins, ends []int
}

// from matches the steps from one on with the text from a place on.
func (m *matcher) from(at, place int) bool {
	if at == len(m.steps) {
		return place == len(m.text)
	}
	key := [2]int{at, place}
	if m.failed[key] {
		return false
	}
	one := m.steps[at]
	if one.matches == nil {
		if one.group > 0 {
			m.begins[one.group] = place
		} else {
			m.ends[-one.group] = place
		}
		return m.from(at+1, place)
	}
	if place < len(m.text) && one.matches(m.text[place]) {
		next := at + 1
		if one.repeated {
			next = at
		}
		if m.from(next, place+1) {
			return true
		}
	}
	if one.missing && m.from(at+1, place) {
		return true
	}
	m.failed[key] = true
	return false
}
