package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/frogmint/frogmint/internal/redact"
)

// Status is what became of one claim of a mapping.
type Status string

// The statuses.
const (
	Matches Status = "matches"
	Differs Status = "differs"
	Missing Status = "missing" // the ID token doesn't have it
)

// Result is a mapping compared with a job.
type Result struct {
	Mapping Mapping
	Skipped string        // why JFrog doesn't try the mapping for this job; empty where it does
	Claims  []ClaimResult // one for each claim of the mapping, by name
}

// ClaimResult is one claim of a mapping compared with the job's. Values are for people: on one line, bounded, and hidden
// where the claim isn't Shown.
type ClaimResult struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	Want   string `json:"want"`
	Got    string `json:"got,omitempty"`
	Near   string `json:"near,omitempty"` // how it nearly matches, or what that says of the job; empty where nothing is known
}

// Compare holds a mapping against a job, claim by claim.
func (m Mapping) Compare(job Job) Result {
	result := Result{Mapping: m, Skipped: m.skippedFor(job)}
	for _, name := range slices.Sorted(maps.Keys(m.Claims)) {
		result.Claims = append(result.Claims, m.compareClaim(name, job))
	}
	return result
}

func (m Mapping) compareClaim(name string, job Job) ClaimResult {
	want, got := m.Claims[name], job.Claims[name]
	result := ClaimResult{Name: shown(name), Status: Matches, Want: valueOf(name, want), Got: valueOf(name, got)}
	switch {
	case got == nil:
		result.Status, result.Got, result.Near = Missing, "", nearName(name, job.Claims)
	case !fits(want, got, isPlain(job.Release)):
		result.Status, result.Near = Differs, near(name, want, got)
	}
	return result
}

// skippedFor says why JFrog doesn't try the mapping for a job.
func (m Mapping) skippedFor(job Job) string {
	switch {
	case job.Provider != "" && m.Provider != "" && m.Provider != job.Provider:
		return fmt.Sprintf("it belongs to provider %q, the exchange names another", shown(m.Provider))
	case job.Mapping != "" && job.Mapping != m.Name:
		return fmt.Sprintf("the exchange names mapping %q", shown(job.Mapping))
	case m.Project != "" && m.Project != job.Project:
		return fmt.Sprintf("it belongs to project %q, which the exchange doesn't name", shown(m.Project))
	}
	return ""
}

// Matches reports whether JFrog would take the mapping for the job, if no other is tried before it.
func (r Result) Matches() bool { return r.Skipped == "" && r.differences() == 0 }

func (r Result) differences() int {
	count := 0
	for _, claim := range r.Claims {
		if claim.Status != Matches {
			count++
		}
	}
	return count
}

// Lines explain the result to people: what was found, then each claim that keeps the mapping from matching.
func (r Result) Lines() []string {
	name := fmt.Sprintf("mapping %q", shown(r.Mapping.Name))
	switch {
	case r.Skipped != "":
		return []string{name + " isn't tried: " + r.Skipped}
	case r.Matches():
		return []string{name + " matches"}
	}
	lines := []string{fmt.Sprintf("%s doesn't match: %d of %d claims", name, r.differences(), len(r.Claims))}
	for _, claim := range r.Claims {
		if claim.Status != Matches {
			// Once more as a whole: a claim's name may end in the colon that makes a command of the one behind it.
			lines = append(lines, "  "+redact.Text(claim.line(), 4*maxShown))
		}
	}
	return lines
}

func (c ClaimResult) line() string {
	text := fmt.Sprintf("%s: the mapping wants %s, the job has %s", c.Name, c.Want, c.Got)
	if c.Status == Missing {
		text = fmt.Sprintf("%s: the mapping wants %s, the job's ID token has no such claim", c.Name, c.Want)
	}
	if c.Near != "" {
		text += " (" + c.Near + ")"
	}
	return text
}
