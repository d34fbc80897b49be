package redact

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text makes a string from outside safe to print on one line of a CI log: control, formatting and bidirectional
// characters become spaces, workflow commands (::name, ##[name], ##vso[, ##teamcity[) are broken up, and more than
// maxBytes bytes are cut with an ellipsis. GitHub's runner finds ##[ anywhere in a line, not only at its start.
func Text(s string, maxBytes int) string {
	s = strings.Map(printable, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	s = strings.NewReplacer("::", ": :", "##[", "# #[", "##vso[", "# #vso[", "##teamcity[", "# #teamcity[").Replace(s)
	return cut(s, maxBytes)
}

func printable(r rune) rune {
	switch {
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
