package sandbox

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// pick returns the first mapping whose every claim fits, or nil. A project's mappings are tried only for a request of
// that project, from 7.94 before the global ones (documented).
func (s *Server) pick(ordered []*Mapping, req exchangeRequest, claims jwt.MapClaims) *Mapping {
	if s.version >= projectMappingsSince {
		ofProject := func(m *Mapping) int { return min(1, len(m.ProjectKey)) }
		slices.SortStableFunc(ordered, func(a, b *Mapping) int { return ofProject(b) - ofProject(a) })
	}
	for _, m := range ordered {
		named := req.IdentityMappingName == "" || m.Name == req.IdentityMappingName
		if named && (m.ProjectKey == "" || m.ProjectKey == req.ProjectKey) && s.fits(m.Claims, claims) {
			return m
		}
	}
	return nil
}

func (s *Server) fits(wanted map[string]any, claims jwt.MapClaims) bool {
	for name, want := range wanted {
		got, ok := claims[name]
		if !ok || !s.claimFits(want, got) {
			return false
		}
	}
	return true
}

// claimFits compares one claim. Lists, of which one entry must fit, and the wildcard * came with 7.94.1; before, a
// star was a star and a list fitted nothing (inferred).
func (s *Server) claimFits(want, got any) bool {
	if list, ok := got.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return s.claimFits(want, one) })
	}
	patterns := s.version >= claimPatternsSince
	if list, ok := want.([]any); ok {
		return patterns && slices.ContainsFunc(list, func(one any) bool { return s.claimFits(one, got) })
	}
	if !patterns {
		return claimText(want) == claimText(got)
	}
	return wildcard(claimText(want), claimText(got))
}

func claimText(v any) string {
	if n, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprint(v)
}

// wildcard reports whether a text fits a pattern in which * stands for any characters.
func wildcard(pattern, text string) bool {
	if !strings.Contains(pattern, "*") {
		return pattern == text
	}
	return regexp.MustCompile("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + ")$").MatchString(text)
}

// specOf turns a mapping into a token. Without a user name the subject is <provider>/<mapping> (observed), which no
// other endpoint takes for a user.
func (s *Server) specOf(providerName string, m *Mapping, reference bool, claims jwt.MapClaims) (tokenSpec, error) {
	spec := tokenSpec{
		username: strings.ToLower(m.TokenSpec.Username), scope: cmp.Or(m.TokenSpec.Scope, userScope), audience: m.TokenSpec.Audience,
		lifetime: value(m.TokenSpec.ExpiresIn, defaultMappingExpiry), reference: reference, project: m.ProjectKey,
		description: "OIDC " + providerName + "/" + m.Name,
	}
	if pattern := m.TokenSpec.UsernamePattern; pattern != "" && s.version >= dynamicMappingSince {
		names, err := expand(pattern, claims)
		if err != nil {
			return spec, err
		}
		spec.username = strings.ToLower(names[0])
	}
	if pattern := m.TokenSpec.GroupsPattern; pattern != "" && s.version >= dynamicMappingSince {
		names, err := expand(pattern, claims)
		if err != nil {
			return spec, err
		}
		spec.scope = `applied-permissions/groups:"` + strings.Join(names, `","`) + `"`
	}
	spec.subject = s.subject(spec.username)
	if spec.username == "" {
		spec.username = providerName + "/" + m.Name
		spec.subject = spec.username
	}
	return spec, nil
}

// expand applies a pattern to a claim, which may be a list or a text with commas: what stands before the bar is a
// regular expression in which {{claim}} is the claim, what stands behind it the result, $0 being the whole match
// (documented by examples). A claim that isn't there or doesn't match fails the request.
func expand(pattern string, claims jwt.MapClaims) ([]string, error) {
	source, result, piped := strings.Cut(pattern, "|")
	if !piped {
		result = "$0"
	}
	placeholder := regexp.MustCompile(`{{\s*([^{}\s]+)\s*}}`)
	ref := placeholder.FindStringSubmatch(source)
	expression, err := regexp.Compile("^" + placeholder.ReplaceAllString(strings.TrimSpace(source), "(?:.*)") + "$")
	if ref == nil || err != nil {
		return nil, badRequest("Invalid pattern " + pattern)
	}
	// Braces, or Go would read the name of $1x as "1x".
	result = regexp.MustCompile(`\$(\d)`).ReplaceAllString(strings.TrimSpace(result), "$${$1}")
	var names []string
	for _, text := range claimList(claims[ref[1]]) {
		found := expression.FindStringSubmatchIndex(text)
		if found == nil {
			return nil, badRequest("Claim " + ref[1] + " doesn't match the pattern")
		}
		names = append(names, string(expression.ExpandString(nil, result, text, found)))
	}
	if len(names) == 0 {
		return nil, badRequest("Claim " + ref[1] + " not found in token")
	}
	return names, nil
}

func claimList(claim any) []string {
	switch v := claim.(type) {
	case nil:
		return nil
	case []any:
		texts := make([]string, len(v))
		for i, one := range v {
			texts[i] = claimText(one)
		}
		return texts
	}
	return strings.Split(claimText(claim), ",")
}
