package mapping

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// Choice is what JFrog would make of a job's exchange. The names of mapping, user and scope are as they were read: clean them
// before they go into a log.
type Choice struct {
	Job     string `json:"job"`
	Mapping string `json:"mapping"`           // the one that JFrog takes; empty where none matches
	Token   Token  `json:"token,omitzero"`    // what it gives
	Problem string `json:"problem,omitempty"` // why it would give no token, or what is unclear about this choice

	job   Job
	tried []Mapping // in JFrog's order
}

// Token is the access token of an exchange, as far as mapping and claims tell.
type Token struct {
	Username  string `json:"username"` // PROVIDER/MAPPING where the mapping names no user
	Scope     string `json:"scope"`
	Audience  string `json:"audience"`
	ExpiresIn int64  `json:"expires_in,omitempty"` // seconds; 0 where the mapping leaves it to JFrog
}

// Choose finds the mapping that JFrog would take: a project's before the global ones, the lower priority first, and of
// these the first whose every claim matches. Where two have the same priority it takes the one that stands first, and
// says so: JFrog documents no order.
func Choose(mappings []Mapping, job Job) Choice {
	return choose(ordered(mappings, job.Release), job)
}

// Check chooses for each job.
func Check(mappings []Mapping, jobs []Job) []Choice {
	choices := make([]Choice, len(jobs))
	sorted := map[string][]Mapping{} // by release
	for i, job := range jobs {
		if sorted[job.Release] == nil {
			sorted[job.Release] = ordered(mappings, job.Release)
		}
		choices[i] = choose(sorted[job.Release], job)
	}
	return choices
}

// ordered returns the mappings in the order in which JFrog tries them.
func ordered(mappings []Mapping, release string) []Mapping {
	type place struct {
		rank []int64
		Mapping
	}
	places := make([]*place, len(mappings)) // pointers share their sort with others; one of its own for Mapping is 20 kB
	for i, m := range mappings {
		places[i] = &place{append(rank(m, release), int64(i)), m}
	}
	slices.SortFunc(places, func(a, b *place) int { return slices.Compare(a.rank, b.rank) })
	sorted := make([]Mapping, len(places))
	for i, place := range places {
		sorted[i] = place.Mapping
	}
	return sorted
}

func rank(m Mapping, release string) []int64 {
	global := int64(0)
	if m.Project == "" && !jfrog.Older(release, projectsFirst) {
		global = 1
	}
	if m.Priority == 0 {
		return []int64{global, math.MaxInt64}
	}
	return []int64{global, m.Priority}
}

func choose(sorted []Mapping, job Job) Choice {
	choice := Choice{Job: shown(job.title()), job: job, tried: sorted}
	if providers := providersOf(sorted); job.Provider == "" && len(providers) > 1 {
		choice.Problem = "the mappings belong to several providers, and the job names none"
		return choice
	}
	plain := isPlain(job.Release)
	takes := func(m Mapping) bool { return m.matches(job.Claims, plain) && m.skippedFor(job) == "" }
	at := slices.IndexFunc(sorted, takes)
	if at < 0 {
		return choice
	}
	winner := sorted[at]
	choice.Mapping = winner.Name
	token, err := winner.token(job)
	if err != nil {
		choice.Problem = err.Error()
		return choice
	}
	choice.Token = token
	for _, next := range sorted[at+1:] {
		if slices.Equal(rank(winner, job.Release), rank(next, job.Release)) && takes(next) {
			choice.Problem = fmt.Sprintf("mapping %q matches, too, and has the same priority", shown(next.Name))
			break
		}
	}
	return choice
}

func providersOf(mappings []Mapping) map[string]bool {
	names := map[string]bool{}
	for _, m := range mappings {
		if m.Provider != "" {
			names[m.Provider] = true
		}
	}
	return names
}

// Refused reports whether JFrog would give no token.
func (c Choice) Refused() bool { return c.Token == Token{} }

// Results hold every mapping against the job, in the order in which JFrog tries them. They explain a choice, and cost
// more than making it.
func (c Choice) Results() []Result {
	results := make([]Result, len(c.tried))
	for i, m := range c.tried {
		results[i] = m.Compare(c.job)
	}
	return results
}

// Nearest returns the result that comes nearest to a match: the one with the fewest differences, a mapping that isn't tried
// having one more, and of these the one of which most is known how they nearly match. It reports false where there is none.
func Nearest(results []Result) (Result, bool) {
	if len(results) == 0 {
		return Result{}, false
	}
	return slices.MinFunc(results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.distance(), b.distance()), cmp.Compare(b.hints(), a.hints()))
	}), true
}

func (r Result) distance() int {
	if r.Skipped != "" {
		return r.differences() + 1
	}
	return r.differences()
}

func (r Result) hints() int {
	count := 0
	for _, claim := range r.Claims {
		if claim.Near != "" {
			count++
		}
	}
	return count
}

// token is what the mapping gives to a job that it matches. The error says why the exchange would fail.
func (m Mapping) token(job Job) (Token, error) {
	spec := m.TokenSpec
	token := Token{
		Username: strings.ToLower(spec.Username), Scope: cmp.Or(spec.Scope, jfrog.UserScope), Audience: cmp.Or(spec.Audience, anyAudience),
		ExpiresIn: spec.ExpiresIn,
	}
	dynamic := !jfrog.Older(job.Release, patternsSince)
	if spec.UsernamePattern != "" && dynamic {
		names, err := expand(spec.UsernamePattern, job.Claims)
		if err != nil {
			return Token{}, fmt.Errorf("username_pattern: %w", err)
		}
		token.Username = strings.ToLower(names[0])
	}
	if spec.GroupsPattern != "" && dynamic {
		groups, err := expand(spec.GroupsPattern, job.Claims)
		if err != nil {
			return Token{}, fmt.Errorf("groups_pattern: %w", err)
		}
		token.Scope = jfrog.GroupScope(nil) + `"` + strings.Join(groups, `","`) + `"`
	}
	if token.Username == "" {
		token.Username = m.Provider + "/" + m.Name
	}
	return token, nil
}
