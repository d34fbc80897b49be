package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// attempt is a mapping in JFrog's order, with what its claims say of a job by themselves or by implication.
type attempt struct {
	Mapping
	rank    []int64
	implied map[string][]string
}

func attempts(mappings []Mapping, release string) []attempt {
	var all []attempt
	for _, m := range ordered(mappings, release) {
		all = append(all, attempt{m, rank(m, release), m.implied()})
	}
	return all
}

// shadowed looks for a mapping that is tried before this one, for the same exchanges, and takes every job that it would.
// Only an exchange that names it by identity_mapping_name still reaches it.
func shadowed(l *linter, m Mapping) string {
	at := slices.IndexFunc(l.tries, func(a attempt) bool { return a.Name == m.Name && a.Provider == m.Provider && a.Project == m.Project })
	for _, earlier := range l.tries[:max(at, 0)] {
		if !earlier.reaches(m) || !earlier.covers(l.tries[at]) {
			continue
		}
		if slices.Equal(earlier.rank, l.tries[at].rank) {
			return fmt.Sprintf("mapping %q has the same priority and takes every job that this one would", shown(earlier.Name))
		}
		return fmt.Sprintf("mapping %q is tried before it and takes every job that this one would", shown(earlier.Name))
	}
	return ""
}

// reaches reports whether every exchange that tries m tries this one, too.
func (a attempt) reaches(m Mapping) bool {
	sameProvider := a.Provider == m.Provider || a.Provider == "" || m.Provider == ""
	return sameProvider && (a.Project == "" || a.Project == m.Project)
}

// covers reports whether each job that b's claims match is matched by a's. It may miss such a pair, and claims none that
// isn't one.
func (a attempt) covers(b attempt) bool {
	for name, value := range a.Claims {
		narrower, patterns := b.implied[name], texts(value)
		if len(narrower) == 0 {
			return false
		}
		for _, one := range narrower {
			// A * in the narrower pattern is a character that only a * of the wider one can stand for.
			if !slices.ContainsFunc(patterns, func(pattern string) bool { return glob(pattern, one) }) {
				return false
			}
		}
	}
	return true
}

// implied are the claims, and those that follow from GitHub's: the owner from the repository, and both from the subject,
// with its ref or environment. Of a list nothing follows, and behind a * nothing is known.
func (m Mapping) implied() map[string][]string {
	all := map[string][]string{}
	for name, value := range m.Claims {
		all[name] = texts(value)
	}
	imply := func(name, value string) {
		if all[name] == nil && value != "" {
			all[name] = []string{value}
		}
	}
	subjects := append(all["sub"], "")
	known, _, open := strings.Cut(subjects[0], "*")
	if s, ok := parseSubject(known); ok && len(subjects) == 2 && strings.Contains(known, "/") {
		whole := !open || strings.Count(known, ":") > 1 // of owner and repository nothing is behind the *
		imply("repository_owner_id", s.ownerID)
		if whole {
			imply("repository", s.owner+"/"+s.repository)
			imply("repository_id", s.repositoryID)
		} else if s.repositoryID == "" {
			imply("repository", s.owner+"/"+s.repository+"*")
		}
		if kind, place, _ := strings.Cut(s.context, ":"); !open && (kind == "ref" || kind == "environment") {
			imply(kind, place)
		}
	}
	if paths := all["repository"]; len(paths) == 1 {
		if owner, _, found := strings.Cut(paths[0], "/"); found {
			imply("repository_owner", owner)
		}
	}
	return all
}
