package sandbox

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// pick returns the first mapping whose every claim fits. A project's mappings are tried only for a request of that
// project, from 7.94 before the global ones (documented).
func (s *Server) pick(mappings []Mapping, req exchangeRequest, claims jwt.MapClaims) (Mapping, bool) {
	ordered := slices.Clone(mappings)
	if s.version >= projectMappingsSince {
		slices.SortStableFunc(ordered, func(a, b Mapping) int { return cmp.Compare(rank(a), rank(b)) })
	}
	for _, m := range ordered {
		if m.ProjectKey != "" && m.ProjectKey != req.ProjectKey {
			continue
		}
		if req.IdentityMappingName != "" && m.Name != req.IdentityMappingName {
			continue
		}
		if s.fits(m.Claims, claims) {
			return m, true
		}
	}
	return Mapping{}, false
}

func rank(m Mapping) int {
	if m.ProjectKey != "" {
		return 0
	}
	return 1
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
	wanted, text := claimText(want), claimText(got)
	if !patterns || !strings.Contains(wanted, "*") {
		return wanted == text
	}
	return wildcard(wanted).MatchString(text)
}

func claimText(v any) string {
	if n, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprint(v)
}

func wildcard(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + ")$")
}

// orderOf turns a mapping into a token. Without a user name the subject is <provider>/<mapping> (observed), which no
// other endpoint takes for a user.
func (s *Server) orderOf(providerName string, m Mapping, reference bool, claims jwt.MapClaims) (order, error) {
	spec := m.TokenSpec
	username, err := s.mappedName(spec, claims)
	if err != nil {
		return order{}, err
	}
	o := order{
		username: username, subject: s.subject(username), scope: cmp.Or(spec.Scope, userScope),
		audience: spec.Audience, lifetime: value(spec.ExpiresIn, defaultMappingExpiry), reference: reference,
		project: m.ProjectKey, description: "OIDC " + providerName + "/" + m.Name,
	}
	if username == "" {
		o.username = providerName + "/" + m.Name
		o.subject = o.username
	}
	return o, s.addMappedGroups(&o, spec, claims)
}

func (s *Server) mappedName(spec TokenSpec, claims jwt.MapClaims) (string, error) {
	if spec.UsernamePattern == "" || s.version < dynamicMappingSince {
		return strings.ToLower(spec.Username), nil
	}
	names, err := expand(spec.UsernamePattern, claims)
	if err != nil {
		return "", err
	}
	return strings.ToLower(names[0]), nil
}

func (s *Server) addMappedGroups(o *order, spec TokenSpec, claims jwt.MapClaims) error {
	if spec.GroupsPattern == "" || s.version < dynamicMappingSince {
		return nil
	}
	names, err := expand(spec.GroupsPattern, claims)
	for i, name := range names {
		names[i] = `"` + name + `"`
	}
	o.scope = "applied-permissions/groups:" + strings.Join(names, ",")
	return err
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
	if ref == nil {
		return nil, badRequest("Invalid pattern " + pattern)
	}
	expression, err := regexp.Compile("^" + placeholder.ReplaceAllString(strings.TrimSpace(source), "(?:.*)") + "$")
	if err != nil {
		return nil, badRequest("Invalid pattern " + pattern)
	}
	// Braces, or Go would read the name of $1x as "1x".
	result = regexp.MustCompile(`\$(\d)`).ReplaceAllString(strings.TrimSpace(result), "$${$1}")
	return rewrite(expression, result, claims[ref[1]], ref[1])
}

func rewrite(expression *regexp.Regexp, result string, claim any, name string) ([]string, error) {
	var names []string
	for _, text := range claimList(claim) {
		found := expression.FindStringSubmatchIndex(text)
		if found == nil {
			return nil, badRequest("Claim " + name + " doesn't match the pattern")
		}
		names = append(names, string(expression.ExpandString(nil, result, text, found)))
	}
	if len(names) == 0 {
		return nil, badRequest("Claim " + name + " not found in token")
	}
	return names, nil
}

func claimList(claim any) []string {
	var texts []string
	switch v := claim.(type) {
	case nil:
	case []any:
		for _, one := range v {
			texts = append(texts, claimText(one))
		}
	default:
		texts = strings.Split(claimText(v), ",")
	}
	return texts
}

// ownsRepository holds a GitHub provider's organization against the ID token (inferred: the member is documented as
// required, what it is compared with isn't).
func (p *provider) ownsRepository(claims jwt.MapClaims) bool {
	if p.Organization == "" || !strings.HasPrefix(p.ProviderType, "GitHub") {
		return true
	}
	owner, _ := claims["repository_owner"].(string)
	return strings.EqualFold(owner, p.Organization)
}
