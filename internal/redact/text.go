package redact

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text makes a string from outside safe to print on one line of a CI log: like Line, and commands (::name, ##[name],
// ##vso[, ##teamcity[) are broken up. GitHub's runner finds ##[ anywhere in a line, not only at its start.
func Text(s string, maxBytes int) string {
	if notPrintableASCII(s) < 0 && strings.Trim(s, " ") == s && !strings.Contains(s, "  ") && !strings.Contains(s, "::") && !strings.Contains(s, "##") {
		return cut(s, maxBytes) // as most are
	}
	s = strings.Join(strings.Fields(Line(s, len(s)+maxBytes)), " ")
	return cut(defuse(s), maxBytes)
}

// Line makes a value from outside fit for one line and changes nothing else: control, formatting and bidirectional
// characters become spaces, and more than maxBytes bytes are cut with an ellipsis. It is for values that will be compared
// or handed on; what is printed goes through Text.
func Line(s string, maxBytes int) string {
	if notPrintableASCII(s) < 0 {
		return cut(s, maxBytes)
	}
	return cut(strings.Map(printable, strings.ToValidUTF8(s, "\uFFFD")), maxBytes)
}

// defuse puts a space between two colons and between two hashes, with which every command of every CI begins.
func defuse(s string) string {
	if !strings.Contains(s, "::") && !strings.Contains(s, "##") {
		return s
	}
	var b strings.Builder
	last := rune(0)
	for _, r := range s {
		if r == last && (r == ':' || r == '#') {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// notPrintableASCII is where the first byte is that isn't a printable character of ASCII; -1 for none.
func notPrintableASCII(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return i
		}
	}
	return -1
}

func printable(r rune) rune {
	switch {
	case r >= ' ' && r <= '~':
		return r
	case r == '\u2028', r == '\u2029', unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
		return ' '
	}
	return r
}

func cut(s string, maxBytes int) string {
	const ellipsis = "…"
	if len(s) <= maxBytes {
		return s
	}
	end := max(maxBytes-len(ellipsis), 0)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// URL returns u without its user information, query values and fragment.
func URL(u *url.URL) string {
	if u == nil {
		return ""
	}
	shown := *u
	shown.User, shown.Fragment, shown.RawFragment = nil, "", ""
	if u.RawQuery != "" {
		query := u.Query()
		for key := range query {
			query[key] = []string{placeholder}
		}
		shown.RawQuery = query.Encode()
	}
	return shown.String()
}
