package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// Expectation is a line of a file of expectations: which mapping a job is to get.
type Expectation struct {
	Job     string // a job's name, subject or repository; * stands for any characters
	Mapping string // empty: JFrog is to refuse the job
	Line    int
}

// Difference is a job that gets something else than was expected.
type Difference struct {
	Job  string `json:"job"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

// refused stands for no mapping in a file of expectations.
const refused = "-"

// ParseExpectations reads lines of two words, a job and the mapping that it is to get, - for none. Empty lines are left out,
// and what follows a word that begins with #. Of several lines that fit a job the first counts.
func ParseExpectations(data []byte) ([]Expectation, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("more than %d bytes (limit of a file)", MaxFile)
	}
	var all []Expectation
	for i, line := range strings.Split(string(data), "\n") {
		words := strings.Fields(line)
		if at := slices.IndexFunc(words, func(word string) bool { return word[0] == '#' }); at >= 0 {
			words = words[:at]
		}
		switch {
		case len(words) == 0:
			continue
		case len(words) != 2:
			return nil, fmt.Errorf("line %d: want a job and a mapping, or %s for none", i+1, refused)
		case len(all) == MaxMappings:
			return nil, fmt.Errorf("line %d: more than %d expectations (limit of a file)", i+1, MaxMappings)
		}
		e := Expectation{Job: words[0], Mapping: words[1], Line: i + 1}
		if e.Mapping == refused {
			e.Mapping = ""
		}
		all = append(all, e)
	}
	return all, nil
}

// outcome is the mapping that a job gets, with what is wrong with it.
func (c Choice) outcome() string {
	if c.Problem == "" {
		return c.Mapping
	}
	return strings.TrimSpace(c.Mapping + " (" + c.Problem + ")")
}

// Differences holds choices against what was expected. A job that nobody expects is to get nothing; an expectation without a *
// that no job fits is a difference, too. They come in the order of the choices, then of the lines.
func Differences(expected []Expectation, choices []Choice) []Difference {
	var differences []Difference
	used := map[int]bool{}
	for _, c := range choices {
		want := Expectation{}
		at := slices.IndexFunc(expected, func(e Expectation) bool { return e.fits(c.job) })
		if at >= 0 {
			want, used[at] = expected[at], true
		}
		if got := c.outcome(); got != want.Mapping {
			differences = append(differences, Difference{c.Job, orNone(want.Mapping), orNone(got)})
		}
	}
	for i, e := range expected {
		if !used[i] && firmText(e.Job) {
			differences = append(differences, Difference{shown(e.Job), orNone(e.Mapping), fmt.Sprintf("no claims of such a job (line %d)", e.Line)})
		}
	}
	return differences
}

func (e Expectation) fits(job Job) bool {
	for _, name := range []string{job.Name, textOf(job.Claims["sub"]), textOf(job.Claims["repository"]), textOf(job.Claims["project_path"])} {
		if name != "" && glob(e.Job, name) {
			return true
		}
	}
	return false
}

func orNone(mapping string) string {
	if mapping == "" {
		return refused
	}
	return shown(mapping)
}
