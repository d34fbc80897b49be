package mapping

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
)

const (
	maxPattern = 512 // bytes
	maxSteps   = 1000
	maxTries   = 1 << 18 // steps of an expression times places in the texts, each of which is tried once at most
)

// expression is a regular expression that package regexp/syntax reads, which is in the program anyway. The engines of package
// regexp aren't, and would add 45 kB.
type expression struct{ *syntax.Prog }

// readExpression reads an expression in which something is put between two texts: any text, which has to be a part of its own
// there, and not behind a backslash or in brackets.
func readExpression(before, behind string) (expression, error) {
	if len(before)+len(behind) > maxPattern {
		return expression{}, fmt.Errorf("it is longer than %d bytes (limit of a pattern)", maxPattern)
	}
	unread := errors.New("it holds a regular expression that can't be read here; JFrog may read it")
	if ambiguous(before + behind) {
		return expression{}, unread
	}
	tree, err := syntax.Parse(before+"(?:.*)"+behind, syntax.Perl)
	if err != nil {
		return expression{}, unread
	}
	group, err := syntax.Parse(before+"(.*)"+behind, syntax.Perl)
	if err != nil || group.MaxCap() != tree.MaxCap()+1 { // it was taken for characters
		return expression{}, unread
	}
	if steps(tree) > maxSteps {
		return expression{}, fmt.Errorf("it has more than %d steps (limit of a pattern)", maxSteps)
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return expression{}, unread
	}
	return expression{program}, nil
}

// steps is about how many an expression has when it is compiled, where a{9} is nine times a.
func steps(tree *syntax.Regexp) int {
	count := 1
	if tree.Op == syntax.OpLiteral {
		count = len(tree.Rune)
	}
	for _, sub := range tree.Sub {
		count += steps(sub)
	}
	if tree.Op == syntax.OpRepeat {
		count *= max(1, tree.Min, tree.Max)
	}
	return count
}

// ambiguous reports brackets that other engines, such as Java's, read otherwise: with brackets or && in them, or ] first.
func ambiguous(text string) bool {
	within := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case within && (c == '[' || strings.HasPrefix(text[i:], "&&")):
			return true
		case c == '[':
			within = true
			if strings.HasPrefix(strings.TrimPrefix(text[i+1:], "^"), "]") {
				return true
			}
		case c == ']':
			within = false
		}
	}
	return false
}

// affordable is an error where matching the texts could take too long.
func (e expression) affordable(texts []string) error {
	tries := 0
	for _, text := range texts {
		if tries += len(e.Inst) * (len(text) + 1); tries > maxTries {
			return fmt.Errorf("matching it could take more than %d tries (limit of a pattern)", maxTries)
		}
	}
	return nil
}

// match returns the text and what each pair of parentheses took, or nil where the expression doesn't match all of it.
func (e expression) match(text string) []string {
	m := matcher{expression: e, text: []rune(text), places: make([]int, e.NumCap)}
	m.tried = make([]bool, len(e.Inst)*(len(m.text)+1))
	if !m.from(uint32(e.Start), 0) { //nolint:gosec // an index
		return nil
	}
	found := []string{text}
	for i := 2; i < len(m.places); i += 2 {
		found = append(found, string(m.text[m.places[i]:m.places[i+1]]))
	}
	return found
}

// matcher goes back to the last choice, as package regexp does with small expressions: no step is tried twice at a place.
type matcher struct {
	expression
	text   []rune
	tried  []bool
	places []int // where the groups begin and end
}

// from matches the text from a place on, beginning with one step.
func (m *matcher) from(step uint32, place int) bool {
	for {
		key := int(step)*(len(m.text)+1) + place
		if m.tried[key] {
			return false
		}
		m.tried[key] = true
		one := &m.Inst[step]
		switch one.Op {
		case syntax.InstMatch:
			return place == len(m.text)
		case syntax.InstAlt, syntax.InstAltMatch:
			if m.from(one.Out, place) {
				return true
			}
			step = one.Arg
			continue
		case syntax.InstCapture:
			before := m.places[one.Arg]
			m.places[one.Arg] = place
			if m.from(one.Out, place) {
				return true
			}
			m.places[one.Arg] = before
			return false
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(one.Arg)&^syntax.EmptyOpContext(m.at(place-1), m.at(place)) != 0 { //nolint:gosec // a set of few bits
				return false
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if place == len(m.text) || !one.MatchRune(m.text[place]) {
				return false
			}
			place++
		case syntax.InstFail:
			return false
		case syntax.InstNop:
		}
		step = one.Out
	}
}

// at is the character at a place, or -1 where there is none.
func (m *matcher) at(place int) rune {
	if place < 0 || place == len(m.text) {
		return -1
	}
	return m.text[place]
}
