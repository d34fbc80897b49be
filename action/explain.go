package action

import (
	"strconv"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// Explanation is what is known of one refusal of JFrog.
type Explanation struct {
	Status string // HTTP status; empty for any
	Words  string // a part of JFrog's message; empty for any
	While  string // a part of what was being done; empty for anything
	Cause  string
	Do     string
	Source string // documented, or observed and where
}

// Explanations lists what JFrog is known to answer, the most telling first: the first that matches a refusal becomes its hint.
func Explanations() []Explanation {
	var all []Explanation
	for _, e := range jfrog.Explanations() {
		status := ""
		if e.Status != 0 {
			status = strconv.Itoa(e.Status)
		}
		all = append(all, Explanation{Status: status, Words: e.Words, While: e.Call, Cause: e.Cause, Do: e.Hint, Source: e.Source})
	}
	return all
}
